"""/admin on the running bot: what is decided holds for everybody, and over a restart."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from bot.app import Atelier, running
from core.jobs.models import JobState
from tests.auxil.pictures import jpeg_bytes, painting, photo
from tests.auxil.waiting import until
from tests.bot.conftest import BRISK, engine_of

if TYPE_CHECKING:
    from collections.abc import Callable
    from contextlib import AbstractAsyncContextManager

    from bot.playground.server import Playground
    from bot.settings import Settings
    from tests.auxil.chat import ChatClient
    from tests.auxil.painters import HeldPainter
    from tests.auxil.person import Person
    from tests.auxil.transcript import Entry

PICTURES = [jpeg_bytes(photo(96, 72)), jpeg_bytes(painting(80, 80))]


@pytest.fixture
def unintroduced() -> None:
    """Here the bot says who it is, as always."""


@pytest.fixture
def ben(chat: ChatClient) -> Person:
    return chat.person("Ben")


@pytest.fixture
def start(
    settings: Settings, painter: HeldPainter, ada: Person
) -> Callable[[], AbstractAsyncContextManager[Atelier]]:
    """Starts the bot with Ada as its admin, each time on the same data."""
    run_by_ada = settings.model_copy(update={"admins": frozenset({ada.user_id})})
    return lambda: running(run_by_ada, engine=engine_of(painter), overrides=BRISK)


async def orders(person: Person) -> Entry:
    """Order a painting; its status."""
    await person.send_album(PICTURES)
    question = await person.expect_text("Choose")
    await person.press(question, "Quick")
    return question


async def opens(admin: Person) -> Entry:
    await admin.send_text("/admin")
    return await admin.expect_text("State")


async def test_what_waits_waits_for_the_admin_also_over_a_restart_and_people_are_told(
    ada: Person, ben: Person, start: Callable[[], AbstractAsyncContextManager[Atelier]]
) -> None:
    async with start():
        await ada.press(await opens(ada), "Pause")
        await ada.expect_text("Painting is paused")
        status = await orders(ben)
        await until(lambda: "has paused painting" in ben.now(status).text)
    ada.catch_up()
    async with start() as second:
        assert "admin" in await second.monitor.reasons()
        desk = await opens(ada)
        assert "In the queue: 1" in desk.text
        await ada.press(desk, "Resume")
        await ben.expect_result()
        assert "admin" not in await second.monitor.reasons()


async def test_draining_lets_what_runs_end_and_tells_and_ends_with_the_next_start(
    ada: Person,
    ben: Person,
    painter: HeldPainter,
    start: Callable[[], AbstractAsyncContextManager[Atelier]],
) -> None:
    painter.hold()
    async with start() as first:
        await orders(ben)
        await ben.expect_text("Evaluation")
        desk = await opens(ada)
        await ada.press(desk, "Drain for an upgrade")
        await ada.expect_text("Draining")
        assert "You can stop me" not in ada.now(desk).text
        await orders(ben)
        painter.release()
        await ada.expect_text("Nothing is being painted now. You can stop me.")
        await ben.expect_result()
        (waiting,) = await first.store.jobs.in_states(JobState.QUEUED, JobState.RUNNING)
        assert waiting.state is JobState.QUEUED
    async with start():
        await ben.expect_result()


async def test_who_is_blocked_gets_nothing_and_their_painting_ends(
    ada: Person,
    ben: Person,
    painter: HeldPainter,
    start: Callable[[], AbstractAsyncContextManager[Atelier]],
) -> None:
    painter.hold()
    async with start() as first:
        await orders(ben)
        await ben.expect_text("Evaluation")
        await ada.send_text(f"/admin block {ben.user_id}")
        await ada.expect_text("is blocked")
        (job,) = await first.store.jobs.in_states()
        assert job.state is JobState.CANCELLED
        said = len(ben.said)
        await ben.send_text("/help")
        await ben.send_photo(PICTURES[0])
        await until(lambda: _is_quiet(first))
        assert len(ben.said) == said
    async with start() as second:
        await ben.send_text("/start")
        await until(lambda: _is_quiet(second))
        assert len(ben.said) == said
        await ada.send_text(f"/admin unblock {ben.user_id}")
        await ada.expect_text("is not blocked any more")
        await ben.send_text("/help")
        await ben.expect_text("How it works")


async def test_in_a_group_somebody_is_blocked_by_an_answer_which_is_told_in_private(
    ada: Person, ben: Person, start: Callable[[], AbstractAsyncContextManager[Atelier]]
) -> None:
    async with start() as atelier:
        await ada.send_text("/start")
        await ada.expect_text("Welcome")
        rude = await ben.in_group().send_text("Buy my coins!")
        await ada.in_group().send_text("/admin block", reply_to=rude)
        await ada.expect_text(str(ben.user_id), "is blocked")
        assert ada.in_group().said == []
        await ben.in_group().send_text("/admin")  # To others the command does not exist.
        await until(lambda: _is_quiet(atelier))
        assert ada.in_group().said == []


async def test_news_reach_all_who_wrote_once_they_are_confirmed(
    ada: Person,
    ben: Person,
    chat: ChatClient,
    start: Callable[[], AbstractAsyncContextManager[Atelier]],
) -> None:
    async with start():
        await ben.send_text("/help")
        await ben.expect_text("How it works")
        await ada.send_text("/admin announce We close on Sunday.")
        question = await ada.expect_text("to 2 people", "We close on Sunday.")
        assert not any("Sunday" in one.text for one in ben.said)
        await ada.press(question, "Send to 2 people")
        await ben.expect_text("We close on Sunday.")
        await until(lambda: sum("Sunday" in one.text for one in ada.said) == 1)
        assert chat.person("Mei").said == []


async def test_news_go_on_after_a_restart_and_can_be_stopped(
    ada: Person,
    ben: Person,
    start: Callable[[], AbstractAsyncContextManager[Atelier]],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("bot.conversation.admin_desk.ANNOUNCE_EVERY", 3600.0)
    async with start():
        for person in (ada, ben):
            await person.send_text("/help")
            await person.expect_text("How it works")
        await ada.send_text("/admin announce We close on Sunday.")
        await ada.press(await ada.expect_text("to 2 people"), "Send to 2 people")
        await ada.expect_text("on its way")
    ada.catch_up()
    async with start() as second:
        desk = await opens(ada)
        assert "still to be told: 1" in desk.text
        await ada.press(desk, "Stop the announcement")
        await until(lambda: "still to be told" not in ada.now(desk).text)
        assert await second.store.outbox.announcements() == 0


async def test_an_error_stands_there_with_its_reference(
    ada: Person, start: Callable[[], AbstractAsyncContextManager[Atelier]]
) -> None:
    async with start() as atelier:
        row = json.dumps([("E-4f0a1c", atelier.store.clock().isoformat(), "ValueError")])
        await atelier.store.preferences.set_value("admin:errors", row)
        await ada.press(await opens(ada), "Last errors")
        await ada.expect_text("E-4f0a1c", "ValueError")


async def test_only_the_admins_chat_offers_the_command(
    ada: Person,
    ben: Person,
    playground: Playground,
    start: Callable[[], AbstractAsyncContextManager[Atelier]],
) -> None:
    async with start() as atelier:
        await atelier.introduced
        identity, rooms = playground.world.identity, playground.world.rooms
        offered = {
            person: [
                one.command
                for one in identity.commands_in(
                    rooms[person.chat_id].chat.type, "en", person.chat_id
                )
            ]
            for person in (ada, ben, ada.in_group())
        }
    assert "admin" in offered.pop(ada)
    assert not any("admin" in commands for commands in offered.values())


async def _is_quiet(atelier: Atelier) -> bool:
    """Whether everything was handled and sent."""
    store = atelier.store
    handled = await store._database.rows("SELECT id FROM updates WHERE NOT done")
    return not handled and not await store.outbox.chats()
