"""What people do with the bot from day to day."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from bot.messages.keyboards import DONE, NO, YES, Verb
from core.jobs.models import MAX_NAME
from core.jobs.preference_choices import Aspect
from core.style.options import Preset
from tests.auxil.pictures import animated_bytes
from tests.auxil.scene import GOLDEN
from tests.bot.transcripts.conftest import (
    BEGINNING,
    HELD,
    IN_ALL_LANGUAGES,
    LANGUAGES,
    MANNER,
    OTHER,
    PHOTO,
)

if TYPE_CHECKING:
    from bot.playground.server import Playground
    from tests.bot.transcripts.conftest import Play

pytestmark = pytest.mark.usefixtures("nothing_refused", "atelier")


@IN_ALL_LANGUAGES
async def test_a_first_visit(play: Play) -> None:
    guest, texts = play.guest, play.texts
    await play.writes(guest, "/start")
    await play.hears(guest, texts.welcome())
    await play.writes(guest, "/help")
    await play.hears(guest, "/forget")
    await play.sends(guest, PHOTO)
    await play.hears(guest, texts.ask_style())
    await play.sends(guest, MANNER)
    question = await play.hears(guest, texts.ask_preset())
    await play.presses(guest, question, Verb.SWAP)
    question = await play.hears(guest, texts.swapped())
    status = await play.looks_on(question)
    await play.writes(guest, "/status")
    await play.sees_gone(guest, status)
    status = await play.hears(guest, texts.loss(HELD), kind="photo")
    await play.gets_result(status)
    play.ends()


async def test_pictures_of_every_kind(play: Play, playground: Playground) -> None:
    guest, texts = play.guest, play.texts
    sticker = await play.sends_other(guest, "sticker")
    await play.hears(guest, texts.ask_style())
    animation = await play.sends_other(guest, "animation")
    await play.hears(guest, texts.first_picture(), texts.ask_preset())
    await play.sends_file(guest, animated_bytes("PNG"), "wave.png")
    await play.hears(guest, texts.first_picture(), texts.ask_preset(replaced=True))
    await play.sends_other(guest, "live_photo")
    await play.hears(guest, texts.ask_preset(replaced=True))
    await play.writes(guest, "/cancel")
    await play.hears(guest, texts.dropped())
    await play.writes(guest, "/paint")
    asked = await play.hears(guest, texts.expected(BEGINNING))
    await play.presses(guest, asked, Verb.PROFILE)
    await play.hears(guest, texts.ask_style())
    await play.writes(guest, "/cancel")
    await play.hears(guest, texts.dropped())
    playground.world.profile_photos.remove(guest.user_id)
    play.remarks("The profile photo is hidden now.")
    await play.presses(guest, asked, Verb.PROFILE)
    await play.hears(guest, texts.no_profile_photo())
    await play.writes(guest, "/paint", reply_to=sticker)
    await play.hears(guest, texts.ask_style())
    await play.writes(guest, "/paint")
    await play.hears(guest, texts.or_one_of_these())
    await play.writes(guest, "Like this one", reply_to=animation)
    await play.hears(guest, texts.first_picture(), texts.ask_preset())
    play.ends()


async def test_cancelling(play: Play) -> None:
    guest, texts = play.guest, play.texts
    await play.writes(guest, "/cancel")
    await play.hears(guest, texts.nothing_to_cancel())
    await play.sends(guest, PHOTO)
    await play.hears(guest, texts.ask_style())
    await play.writes(guest, "/cancel")
    await play.hears(guest, texts.dropped())
    status = await play.looks_on(await play.gives_both())
    await play.presses(guest, status, Verb.CANCEL)
    cancelled = await play.hears(guest, texts.cancelled())
    await play.presses_old(guest, status, status.buttons[-1].data or "")
    await play.presses(guest, cancelled, Verb.GO_ON)
    await play.gets_result(status)
    status = await play.looks_on(await play.gives_both())
    await play.sends(guest, PHOTO)
    await play.hears(guest, texts.ask_style())
    await play.writes(guest, "/cancel")
    choice = await play.hears(guest, texts.what_to_cancel())
    await play.presses(guest, choice, Verb.DROP)
    await play.hears(guest, texts.dropped())
    await play.writes(guest, "/cancel")
    await play.hears_both(guest, texts.cancelling(), texts.cancelled())
    play.ends()


async def test_privacy_and_forgetting(play: Play) -> None:
    guest, texts = play.guest, play.texts
    await play.writes(guest, "/privacy")
    await play.hears(guest, "/forget")
    status = await play.looks_on(await play.gives_both())
    for answer, text in ((NO, texts.kept()), (YES, texts.forgotten())):
        await play.writes(guest, "/forget")
        question = await play.hears(guest, texts.ask_forget())
        await play.presses(guest, question, Verb.FORGET, answer)
        await play.hears(guest, text)
    await play.sees_gone(guest, status)
    play.ends()


@IN_ALL_LANGUAGES
async def test_settings(play: Play, code: str) -> None:
    guest, texts = play.guest, play.texts
    await play.writes(guest, "/settings")
    menu = await play.hears(guest, texts.settings())
    for aspect, value in (
        (Aspect.PRESET, Preset.BALANCED),
        (Aspect.STRENGTH, "0.7"),
        (Aspect.COLOURS, "luminance"),
        (Aspect.FORM, "both"),
        (Aspect.SOUND, "none"),
    ):
        await play.presses(guest, menu, Verb.SETTINGS, aspect)
        question = await play.hears(guest, texts.question(aspect))
        await play.presses(guest, question, Verb.SETTINGS, f"{aspect}={value}")
        menu = await play.hears(guest, texts.settings())
    await play.presses(guest, menu, Verb.SETTINGS, DONE)
    await play.hears(guest, texts.strength_name(0.7))
    await play.gives_both()
    await play.writes(guest, "/settings")
    menu = await play.hears(guest, texts.settings())
    await play.presses(guest, menu, Verb.SETTINGS, Aspect.LANGUAGE)
    question = await play.hears(guest, texts.question(Aspect.LANGUAGE))
    other = next(one for one in LANGUAGES if one != code)
    await play.presses(guest, question, Verb.SETTINGS, f"{Aspect.LANGUAGE}={other}")
    await play.hears(guest, LANGUAGES[other].settings())
    await play.hears(guest, LANGUAGES[other].ask_preset())
    play.ends()


async def test_my_styles(play: Play) -> None:
    guest, texts = play.guest, play.texts
    await play.writes(guest, "/styles")
    await play.hears(guest, texts.no_styles())
    await play.sends(guest, PHOTO)
    offer = await play.hears(guest, texts.ask_style())
    await play.presses(guest, offer, Verb.PICK, "glass")
    await play.has_painted(
        await play.hears(guest, texts.took(texts.builtin_name("glass"))), Verb.PRESET, Preset.QUICK
    )
    await play.has_painted(await play.gives_both(), Verb.PRESET, Preset.QUICK)
    await play.writes(guest, "/styles")
    sheet = await play.hears(guest, texts.your_styles(24), kind="photo")
    await play.presses(guest, sheet, Verb.MINE)
    card = await play.hears(guest, kind="photo")
    await play.presses(guest, card, Verb.NAME)
    await play.hears(guest, texts.ask_name(MAX_NAME))
    await play.writes(guest, "A name that is much too long for a button")
    await play.hears(guest, texts.name_too_long(MAX_NAME))
    await play.writes(guest, "<b>Dunes & sea</b>")
    card = await play.hears(guest, "&lt;b&gt;Dunes &amp; sea", kind="photo")
    await play.hears(guest, texts.named("<b>Dunes & sea</b>"))
    await play.presses(guest, card, Verb.USE)
    await play.hears(guest, texts.expected(BEGINNING))
    await play.presses(guest, card, Verb.LET_GO)
    card = await play.hears(guest, kind="photo")
    await play.presses(guest, card, Verb.REMOVE)
    await play.hears(guest, texts.no_styles())
    await play.sees_gone(guest, card)
    play.ends()


@IN_ALL_LANGUAGES
async def test_in_a_group(play: Play) -> None:
    guest, texts = play.guest.in_group(), play.texts
    await play.writes(guest, "A cat on a roof, please")
    await play.writes(guest, "/start")
    hello = await play.hears(guest, texts.welcome())
    await play.sends(guest, PHOTO, reply_to=hello)
    question = await play.hears(guest, texts.ask_style())
    await play.sends(guest, MANNER, caption="/paint", reply_to=question)
    question = await play.hears(guest, texts.ask_preset())
    play.guest = guest
    status = await play.looks_on(question)
    await play.sends(guest, OTHER)
    await play.gets_result(status)
    play.ends()


async def test_a_chat_that_went_on(play: Play) -> None:
    guest, texts = play.guest, play.texts
    status = await play.looks_on(await play.gives_both())
    await play.sends(guest, OTHER)
    await play.hears(guest, texts.ask_style())
    play.painter.release()
    result = await play.hears(guest, "→", kind="photo")
    await play.sees_gone(guest, status)
    await play.presses(guest, await play.opens_more(result), Verb.FILE)
    await play.hears(guest, kind="document")
    play.ends()


def test_no_transcript_is_left_of_a_scene_that_is_gone() -> None:
    kept = {path.stem for path in GOLDEN.glob("*/*.txt")}
    source = "".join(path.read_text() for path in GOLDEN.glob("test_*.py"))

    assert [name for name in kept if f"test_{name.replace('-', '_')}(" not in source] == []


async def test_six_styles_at_once(play: Play) -> None:
    guest, texts = play.guest, play.texts
    await play.sends(guest, PHOTO)
    offer = await play.hears(guest, texts.ask_style())
    collage = await play.has_painted_six(offer, Verb.LOOKS)
    status = await play.looks_on(collage, Verb.LOOK, "")
    await play.gets_result(status)
    others = await play.has_painted_six(collage, Verb.OTHER_LOOKS)
    await play.presses(guest, others, Verb.NEW_STYLE)
    await play.hears(guest, texts.or_one_of_these())
    play.ends()
