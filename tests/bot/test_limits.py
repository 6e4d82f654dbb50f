"""Who may use the bot, how much, and who may stop what: as people meet it in the chat."""

from __future__ import annotations

import sqlite3
from typing import TYPE_CHECKING, Any

import pytest

from bot.app import running
from core.jobs.models import JobState
from tests.auxil.pictures import jpeg_bytes, painting, photo, png_bytes
from tests.bot.conftest import BRISK, engine_of

if TYPE_CHECKING:
    from contextlib import AbstractAsyncContextManager

    from bot.app import Atelier
    from bot.settings import Settings
    from tests.auxil.chat import ChatClient
    from tests.auxil.painters import HeldPainter
    from tests.auxil.person import Person
    from tests.auxil.transcript import Entry

PHOTO = jpeg_bytes(photo(96, 72))
MANNER = jpeg_bytes(painting(80, 80))
LARGE = png_bytes(photo(300, 200))


def bot(
    settings: Settings, painter: HeldPainter, **choices: Any
) -> AbstractAsyncContextManager[Atelier]:
    chosen = settings.model_copy(update=choices)
    return running(chosen, engine=engine_of(painter), overrides=BRISK)


async def question(person: Person) -> Entry:
    await person.send_album([PHOTO, MANNER])
    return await person.expect_text("Choose a quality")


@pytest.mark.parametrize(
    "choices",
    [
        {"blocked_users": frozenset({11})},
        {"allowed_users": frozenset({13})},
        {"allowed_users": frozenset({11, 13}), "blocked_users": frozenset({11})},
    ],
)
async def test_who_is_not_welcome_hears_so_and_others_are_served(
    settings: Settings,
    painter: HeldPainter,
    chat: ChatClient,
    ada: Person,
    choices: dict[str, frozenset[int]],
) -> None:
    ben = chat.person("Ben")
    assert (ada.user_id, ben.user_id) == (11, 13)
    async with bot(settings, painter, **choices):
        await ada.send_photo(PHOTO)
        await ada.expect_text("This atelier is private")
        await ben.send_photo(PHOTO)
        await ben.expect_text("send the style picture")
    assert "getFile" in (calls := (await chat.counters())["calls"])
    assert calls["getFile"] == 1


async def test_a_stranger_is_told_once_in_each_chat_and_leaves_no_trace(
    settings: Settings, painter: HeldPainter, chat: ChatClient, ada: Person
) -> None:
    ben = chat.person("Ben").in_group()
    async with bot(settings, painter, allowed_users=frozenset({ben.user_id})):
        await question(chat.person("Ben"))
        for where in (ada, ada.in_group()):
            await where.block()
            await where.block(blocked=False)
        for where in (ada, ada.in_group()):
            for _ in range(3):
                await where.send_text("/paint")
            await where.send_photo(PHOTO, caption="/paint")
            await where.expect_text("This atelier is private")
        await ben.send_text("/help")
        helped = await ben.expect_text("How it works")
        for number in range(3):
            query = await ada.in_group().press_data(helped, "preset:quick:11")
            if number == 0:
                assert "private" in await ada.in_group().expect_alert(query)
        await ben.send_text("/status")
        await ben.expect_text("send the photo you want")
    assert len(ada.said) == 1
    assert sum("private" in entry.text for entry in ben.said) == 1
    assert (await chat.counters())["calls"]["answerCallbackQuery"] == 1
    with sqlite3.connect(settings.data_dir / "atelier.db") as connection:
        ((updates,),) = connection.execute("SELECT COUNT(*) FROM updates")
        ((known,),) = connection.execute(
            "SELECT COUNT(*) FROM settings WHERE key GLOB 'person:11:*'"
        )
    assert updates == 6, (
        "Ben's two pictures and two commands, and that the bot left the group and came back"
    )
    assert known == 0


async def test_who_has_as_much_as_is_kept_for_one_hears_so_until_something_is_not_needed(
    settings: Settings, painter: HeldPainter, ada: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.settings.MEGABYTE", len(LARGE) + len(MANNER))
    painter.hold()
    async with bot(settings, painter, max_person_mb=1):
        await ada.send_file(PHOTO, name="a.jpg")
        await ada.expect_text("send the style picture")
        await ada.send_file(MANNER, name="b.jpg")
        await ada.press(await ada.expect_text("Choose a quality"), "Quick")
        await ada.expect_text("Evaluation 2 of")
        await ada.send_file(LARGE, name="c.png")
        await ada.expect_text("all of yours is in use", "For another painting, send a photo")
        painter.release()
        await ada.expect_result()
        await ada.send_file(LARGE, name="c.png")
        await ada.expect_text("send the style picture")


async def test_a_result_is_never_refused_and_older_ones_make_room_for_it(
    settings: Settings, painter: HeldPainter, ada: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with bot(settings, painter) as first_bot:
        await ada.press(await question(ada), "Quick")
        first = await ada.expect_result()
        await ada.press_under_more(first, "Loss curve")
        await ada.expect_text("at each evaluation")
        (job,) = await first_bot.store.jobs.of_user(ada.user_id, JobState.DELIVERED)
        result = len((await first_bot.store.jobs.result(job.id)).picture)
        pictures = [await first_bot.store.pictures.data(one.id) for one in (job.content, job.style)]
    monkeypatch.setattr("bot.settings.MEGABYTE", sum(map(len, pictures)) + 2 * result)
    async with bot(settings, painter, max_person_mb=1):
        await ada.press(first, "Stronger")
        await ada.expect_result()
        gone = await ada.press_under_more(first, "Loss curve")
        assert "do not have these pictures any more" in await ada.expect_alert(gone)


async def test_an_admin_cannot_be_locked_out(
    settings: Settings, painter: HeldPainter, ada: Person
) -> None:
    only = frozenset({ada.user_id})
    async with bot(settings, painter, admins=only, blocked_users=only):
        await ada.send_text("/help")
        await ada.expect_text("How it works")


async def test_whoever_has_enough_waiting_hears_when_to_come_back_and_keeps_the_photos(
    settings: Settings, painter: HeldPainter, ada: Person
) -> None:
    painter.hold()
    async with bot(settings, painter, jobs_per_person=1):
        await ada.press(await question(ada), "Quick")
        await ada.expect_text("Evaluation 2 of")
        await ada.press(await question(ada), "Quick")
        await ada.expect_text("You are next")
        asked = await question(ada)
        alert = await ada.expect_alert(await ada.press(asked, "Quick"))
        assert "1 picture waiting already" in alert
        assert "come back" in alert
        painter.release()
        await ada.expect_result()
        await ada.expect_result()
        await ada.press(asked, "Quick")
        await ada.expect_result()


async def test_a_full_queue_says_when_to_come_back(
    settings: Settings, painter: HeldPainter, chat: ChatClient, ada: Person
) -> None:
    ben = chat.person("Ben")
    painter.hold()
    async with bot(settings, painter, queue_size=1):
        for person in (ada, ada):
            await person.press(await question(person), "Quick")
            await person.expect(lambda one: "Evaluation 2" in one.text or "next" in one.text)
        alert = await ben.expect_alert(await ben.press(await question(ben), "Quick"))
        assert "The queue is full" in alert
        assert "come back" in alert
        painter.release()


async def test_words_get_no_further_painting_into_a_full_queue(
    settings: Settings, painter: HeldPainter, chat: ChatClient, ada: Person
) -> None:
    ben = chat.person("Ben")
    painter.hold()
    async with bot(settings, painter, queue_size=1):
        await ada.press(await question(ada), "Quick")
        await ada.expect_text("Evaluation 2 of")
        await ben.press(await question(ben), "Quick")
        await ben.expect_text("You are next")
        await ada.send_text("swap")
        await ada.expect_text("The queue is full")
        await ben.send_text("swap")
        await ben.expect_text("Swapped. Beginning anew.")
        painter.release()


async def test_in_a_group_only_the_owner_and_an_admin_stop_a_painting(
    settings: Settings, painter: HeldPainter, chat: ChatClient, ada: Person
) -> None:
    ben, mei = chat.person("Ben").in_group(), chat.person("Mei").in_group()
    here = ada.in_group()
    painter.hold()
    async with bot(settings, painter, admins=frozenset({mei.user_id})) as atelier:
        command = f"/paint@{atelier.application.bot.username}"
        await here.send_photo(PHOTO, caption=command)
        await here.expect_text("send the style picture")
        await here.send_photo(MANNER, caption=command)
        await here.press(await here.expect_text("Choose a quality"), "Quick")
        status = await here.expect_text("Evaluation 2 of")
        refused = await ben.expect_alert(await ben.press(status, "Cancel"))
        assert "is somebody else's" in refused
        assert here.now(status).buttons
        await mei.press(status, "Cancel")
        ended = await here.expect_text("Cancelled")
        assert ended.message_id == status.message_id
