"""What goes wrong, and how it is told."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from bot.app import running
from bot.messages.keyboards import Verb
from bot.messages.message_kinds import MessageKind
from core.engines.local import LocalEngine
from core.engines.protocol import Delay
from core.jobs.preferences import Form, Preferences
from core.style.options import Preset
from core.style.style_errors import OutOfMemoryError, WeightsError
from tests.auxil.pictures import jpeg_bytes, photo, png_bytes
from tests.bot.conftest import BRISK, engine_of
from tests.bot.transcripts.conftest import IN_ALL_LANGUAGES, MANNER, OTHER, PHOTO, Play

if TYPE_CHECKING:
    from bot.settings import Settings
    from tests.auxil.chat import ChatClient
    from tests.auxil.painters import HeldPainter
    from tests.auxil.person import Person


@pytest.mark.usefixtures("atelier")
@IN_ALL_LANGUAGES
async def test_what_cannot_be_used(play: Play) -> None:
    guest, texts = play.guest, play.texts
    await play.writes(guest, "A cat on a roof, please")
    await play.hears(guest)
    for kind in ("animated_sticker", "voice", "video", "location", "contact"):
        await play.sends_other(guest, kind)
        await play.hears(guest)
    await play.sends_other(guest, "animation", b"no film", name="wave.mp4")
    await play.hears(guest, texts.cannot_use(MessageKind.ANIMATION))
    await play.writes(guest, "/dance")
    await play.hears(guest, "/help")
    for name, file in (
        ("notes.txt", b"a cat on a roof\n"),
        ("cut.jpg", jpeg_bytes(photo(320, 240))[:4000]),
        ("huge.png", PHOTO + bytes(21_000_000)),
        ("tiny.png", png_bytes(photo(300, 63))),
        ("strip.png", png_bytes(photo(1410, 70))),
    ):
        await play.sends_file(guest, file, name)
        await play.hears(guest)
    await play.sends_album(guest, [jpeg_bytes(photo(300, 63)), MANNER])
    await play.hears(guest)
    await play.hears(guest, texts.photo_lost())
    await play.writes(guest, "/cancel")
    await play.hears(guest)
    await play.sends_album(guest, [PHOTO, MANNER, OTHER])
    await play.hears(guest, texts.blended_album(2))
    await play.sends(guest, OTHER)
    question = await play.hears(guest, texts.ask_preset(replaced=True))
    await play.presses_old(guest, question, f"cancel:99:{guest.user_id}")
    await play.presses_old(guest, question, "preset:quick:1")
    play.ends()


@pytest.mark.usefixtures("atelier")
async def test_a_painting_that_fails(play: Play, painter: HeldPainter) -> None:
    for error in (
        OutOfMemoryError(),
        WeightsError("There is no weights file /srv/vgg19.pth."),
        ZeroDivisionError("secret detail"),
    ):
        status = await play.looks_on(await play.gives_both())
        painter.mishap = error
        painter.release()
        failed = await play.hears(play.guest, play.texts.failed(None))
        assert failed.message_id == status.message_id
        painter.mishap = None
    play.ends()


async def test_more_than_can_be_painted(
    play: Play, settings: Settings, painter: HeldPainter, chat: ChatClient
) -> None:
    guest, texts = play.guest, play.texts
    others = [chat.person(name) for name in ("Ben", "Ada", "Mei") if name != guest.name]
    narrow = settings.model_copy(update={"queue_size": 2, "jobs_per_person": 1})
    painter.hold()
    async with running(narrow, engine=engine_of(painter), overrides=BRISK):
        await _asks(others[0])
        await others[0].expect_text("33.3")
        play.remarks("Somebody else's painting is at work.")
        await play.presses(guest, await play.gives_both(), Verb.PRESET, Preset.QUICK)
        await play.hears(guest, texts.preset_name(Preset.QUICK))
        question = await play.gives_both()
        await play.presses(guest, question, Verb.PRESET, Preset.QUICK)
        await _asks(others[1])
        await others[1].expect(lambda entry: bool(entry.buttons) and "cancel:" in str(entry.raw))
        play.remarks("Another one waits as well.")
        await play.presses(guest, question, Verb.PRESET, Preset.QUICK)
        play.ends()


async def test_machines_that_are_away(play: Play, settings: Settings, painter: HeldPainter) -> None:
    guest, texts = play.guest, play.texts
    away = DelayedEngine(stylizer_factory=lambda: painter)
    async with running(settings, engine=away, overrides=BRISK):
        await play.presses(guest, await play.gives_both(), Verb.PRESET, Preset.FINE)
        await play.hears(guest, texts.preset_name(Preset.FINE))
        await play.writes(guest, "/status")
        await play.hears(guest, texts.for_another())
    preparing = DelayedEngine(stylizer_factory=lambda: painter)
    preparing.delay = Delay.PREPARING
    play.remarks("The machines are back, and load what they need.")
    async with running(settings, engine=preparing, overrides=BRISK):
        await play.hears(guest, texts.preset_name(Preset.FINE))
        play.ends()


async def test_an_answer_that_got_lost(
    play: Play, chat: ChatClient, settings: Settings, painter: HeldPainter
) -> None:
    guest, texts = play.guest, play.texts
    async with running(settings, engine=engine_of(painter), overrides=BRISK) as atelier:
        await atelier.store.preferences.save(guest.user_id, Preferences(ask=True, form=Form.BOTH))
        status = await play.looks_on(await play.gives_both())
        await chat.switch_fault("sendDocument", "lost_answer")
        result = await play.gets_result(status)
        await play.hears(guest, kind="document")
        unsure = await play.hears(guest, texts.unanswered(file_only=True))
        await play.presses(guest, unsure, Verb.SEND_AGAIN)
        await play.hears(guest, kind="document")
        await play.sees_gone(guest, unsure)
        await chat.switch_fault("sendAnimation", "lost_answer")
        await play.presses(guest, await play.opens_more(result), Verb.COMPARE)
        await play.hears(guest, kind="animation")
        await play.hears(guest, texts.perhaps_sent())
        await chat.switch_fault("download", "error", count=20)
        await play.sends(guest, PHOTO)
        await play.hears(guest, texts.download_failed())
        play.ends()


async def test_a_private_atelier(play: Play, settings: Settings, painter: HeldPainter) -> None:
    private = settings.model_copy(update={"allowed_users": frozenset({1})})
    async with running(private, engine=engine_of(painter), overrides=BRISK):
        await play.writes(play.guest, "/start")
        await play.hears(play.guest, play.texts.not_allowed())
        play.ends()


async def test_what_admins_decide(
    play: Play, chat: ChatClient, settings: Settings, painter: HeldPainter
) -> None:
    admin, ben, texts = play.guest, chat.person("Ben"), play.texts
    run = settings.model_copy(update={"admins": frozenset({admin.user_id})})
    async with running(run, engine=engine_of(painter), overrides=BRISK) as atelier:
        await ben.send_text("/help")
        await ben.expect_text("How it works")
        await play.writes(admin, "/admin")
        desk = await play.hears(admin, texts.admin_usage())
        await play.presses(admin, desk, Verb.ADMIN, "pause")
        desk = await play.hears(admin, texts.admin_usage())
        await play.sends_album(admin, [PHOTO, MANNER])
        question = await play.hears(admin, texts.ask_preset())
        await play.presses(admin, question, Verb.PRESET, Preset.QUICK)
        status = await play.hears(
            admin, texts.delayed(Preset.QUICK, 1, Delay.PAUSED).splitlines()[-1]
        )
        await play.presses(admin, desk, Verb.ADMIN, "resume")
        await play.hears(admin, texts.admin_usage())
        await play.gets_result(status)
        await play.presses(admin, desk, Verb.ADMIN, "errors")
        desk = await play.hears(admin, texts.admin_errors((), atelier.store.clock()))
        await play.writes(admin, f"/admin block {ben.user_id}")
        await play.hears(admin, texts.admin_blocked(ben.user_id))
        await play.writes(admin, f"/admin unblock {ben.user_id}")
        await play.hears(admin, texts.admin_unblocked(ben.user_id))
        await play.writes(admin, "/admin block")
        await play.hears(admin, texts.admin_whom())
        await play.writes(admin, "/admin announce We close on Sunday.")
        news = await play.hears(admin, "We close on Sunday.")
        await play.presses(admin, news, Verb.ADMIN, "drop")
        await play.hears(admin, texts.admin_dropped())
        play.ends()


class DelayedEngine(LocalEngine):
    """An engine whose machines cannot be reached, or are not ready."""

    delay = Delay.AWAY
    slots = 0


async def _asks(person: Person) -> None:
    await person.send_album([PHOTO, MANNER])
    question = await person.expect(lambda entry: bool(entry.buttons))
    await person.press_data(question, question.buttons[0].data or "")
