"""What is kept is said, and goes when its owner wants it gone."""

from __future__ import annotations

import sqlite3
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from bot.app import running
from bot.messages.languages import ENGLISH
from core.jobs.job_errors import FolderInUseError
from core.jobs.store import Store
from tests.auxil.painters import HeldPainter
from tests.auxil.pictures import jpeg_bytes, painting, photo
from tests.auxil.refusals import assert_nothing_refused
from tests.auxil.sessions import ANNA, BERT, a_delivered_job, ready
from tests.auxil.waiting import until
from tests.bot.conftest import BRISK, engine_of

if TYPE_CHECKING:
    from pathlib import Path

    from bot.app import Atelier
    from bot.playground.server import Playground
    from bot.settings import Settings
    from tests.auxil.chat import ChatClient
    from tests.auxil.person import Person
    from tests.auxil.transcript import Entry

PHOTO = jpeg_bytes(photo(160, 120))
MANNER = jpeg_bytes(painting(128, 128))


@pytest.mark.usefixtures("atelier")
async def test_privacy_says_what_is_kept_and_how_long(ada: Person) -> None:
    await ada.send_text("/privacy")
    answer = await ada.expect_text("What I keep")
    assert "24 h after the painting is done" in answer.text
    assert "/forget" in answer.text


@pytest.mark.usefixtures("atelier")
async def test_forget_stops_the_painting_and_leaves_nothing(
    ada: Person, painter: HeldPainter, settings: Settings
) -> None:
    status = await _watch_a_painting(ada, painter)
    await until(lambda: bool(_rows(settings)["styles"]))
    await ada.send_photo(PHOTO)
    await ada.expect_text("send the style picture")
    await ada.send_text("/forget")
    await ada.press(await ada.expect_text("Shall I forget you?"), "Delete everything")
    answer = await ada.expect_text("I know nothing about you any more")
    assert answer.buttons == []
    await ada.expect_gone(status)
    await until(lambda: not any(_rows(settings).values()))
    await ada.send_text("/status")
    await ada.expect_text("send the photo you want repainted")


@pytest.mark.usefixtures("atelier")
async def test_a_result_that_was_not_delivered_is_forgotten_too(
    ada: Person, chat: ChatClient, settings: Settings, playground: Playground
) -> None:
    await ada.send_photo(PHOTO)
    await ada.expect_text("send the style picture")
    await ada.send_photo(MANNER)
    status = await ada.expect_text("Choose a quality")
    await chat.switch_fault("editMessageMedia", "error", count=1000)
    await ada.press(status, "Quick")
    await until(lambda: _rows(settings)["outcomes"] == 1)
    await until(lambda: bool(playground.faults.struck))
    await ada.send_text("/forget")
    await ada.press(await ada.expect_text("Shall I forget you?"), "Delete everything")
    await ada.expect_text("I know nothing about you any more")
    await ada.expect_gone(status)
    await until(lambda: not any(_rows(settings).values()))


@pytest.mark.usefixtures("atelier")
async def test_a_result_that_may_not_have_arrived_is_not_asked_about_any_more(
    ada: Person, chat: ChatClient, settings: Settings
) -> None:
    await ada.choose("form=file")
    await ada.send_album([PHOTO, MANNER])
    question = await ada.expect(lambda one: "Choose a quality" in one.text and bool(one.buttons))
    await chat.switch_fault("sendDocument", "lost_answer")
    await ada.press(question, "Quick")
    unanswered = await ada.expect(lambda one: [it.text for it in one.buttons] == ["Send it again"])
    await ada.send_text("/forget")
    await ada.press(await ada.expect_text("Shall I forget you?"), "Delete everything")
    await ada.expect_gone(unanswered)
    await until(lambda: not any(_rows(settings).values()))
    await assert_nothing_refused(chat)


@pytest.mark.usefixtures("atelier")
async def test_who_thinks_better_of_it_keeps_everything(ada: Person, painter: HeldPainter) -> None:
    await _watch_a_painting(ada, painter)
    await ada.send_text("/forget")
    await ada.press(await ada.expect_text("Shall I forget you?"), "Keep everything")
    await ada.expect_text("Everything stays as it was")
    painter.release()
    await ada.expect_result()


@pytest.mark.usefixtures("atelier")
async def test_nobody_forgets_another(ada: Person, chat: ChatClient) -> None:
    ada, ben = ada.in_group(), chat.person("Ben").in_group()
    await ada.send_text("/forget")
    question = await ada.expect_text("Shall I forget you?")
    query = await ben.press(question, "Delete everything")
    assert "is somebody else's" in await ben.expect_answer(query)
    assert ada.now(question).buttons == question.buttons


async def test_what_privacy_promises_is_what_becomes_of_a_database(tmp_path: Path) -> None:
    """Each line's time, a minute before it and a minute after."""
    said = ENGLISH.privacy(24, 500)
    results, waiting = "24 h after the painting is done", "until you do or send /cancel, 30 days"
    facts, numbers = "without the pictures: 30 days", "for two days"
    assert all(one in said for one in (results, waiting, facts, numbers))
    left = {
        results: "SELECT job_id FROM outcomes UNION ALL SELECT id FROM pictures WHERE user_id = 1"
        " AND data IS NOT NULL",
        waiting: "SELECT 1 FROM sessions UNION ALL SELECT 1 FROM pictures WHERE user_id = 2",
        facts: "SELECT id FROM jobs",
        numbers: "SELECT id FROM updates",
    }
    begin = now = datetime(2026, 1, 1, tzinfo=UTC)
    async with await Store.open(tmp_path / "atelier.db", clock=lambda: now) as store:
        await a_delivered_job(store, ANNA)
        await ready(store, BERT)
        await store.updates.add(7, '{"message": "Hello"}')
        await store.updates.finish(7)
        assert await store._database.rows("SELECT text FROM updates") == [{"text": ""}]
        minute = timedelta(minutes=1)
        ends = {results: 1, numbers: 2, waiting: 30, facts: 30}
        for after in (
            day * timedelta(days=1) + late for day in (1, 2, 30) for late in (-minute, minute)
        ):
            now = begin + after
            await store.housekeeping.clean(results_older_than=timedelta(hours=24))
            for what, sql in left.items():
                assert bool(await store._database.rows(sql)) == (after < timedelta(days=ends[what]))


async def test_a_second_bot_on_the_same_database_is_refused(
    atelier: Atelier, settings: Settings
) -> None:
    del atelier
    settings = settings.model_copy(update={"takeover_seconds": 0.0})
    with pytest.raises(FolderInUseError, match="Another Atelier is at work"):
        async with running(settings, engine=engine_of(HeldPainter()), overrides=BRISK):
            pass


async def _watch_a_painting(person: Person, painter: HeldPainter) -> Entry:
    painter.hold()
    await person.send_photo(PHOTO)
    await person.expect_text("send the style picture")
    await person.send_photo(MANNER)
    await person.press(await person.expect_text("Choose a quality"), "Quick")
    return await person.expect_text("Evaluation 2 of")


def _rows(settings: Settings) -> dict[str, int]:
    with sqlite3.connect(settings.data_dir / "atelier.db") as connection:
        return {
            table: connection.execute(f"SELECT COUNT(*) FROM {table}").fetchone()[0]  # noqa: S608
            for table in (
                "jobs",
                "sessions",
                "pictures",
                "outcomes",
                "styles",
                "messages",
                "outbox",
            )
        }
