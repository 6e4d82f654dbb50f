"""The status message: one a job, the newest version wins, Telegram's pace is kept, the end always arrives."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from bot.app import Tuning, running
from bot.outbox import ClosedError, Outbox
from bot.playground.faults import Fault, FaultKind
from bot.playground.server import Playground
from bot.status import StatusBoard, View
from core.jobs.models import Person
from core.jobs.store import Store
from tests.auxil.chat import ChatClient
from tests.auxil.pictures import jpeg_bytes, painting, photo
from tests.auxil.ptb import budgeted
from tests.auxil.sessions import a_job
from tests.auxil.waiting import until
from tests.bot.conftest import engine_of, settings_for

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from bot.playground.telegram_objects import ApiMessage
    from core.jobs.models import Job
    from tests.auxil.painters import HeldPainter

ADA = Person(chat_id=11, user_id=11)
PREVIEW = jpeg_bytes(photo(64, 48))


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[Store]:
    async with await Store.open(tmp_path / "atelier.db") as store:
        yield store


@pytest.fixture
async def job(store: Store) -> Job:
    return await a_job(store, ADA)


@pytest.fixture
def outbox() -> Outbox:
    return Outbox(unlimited=True, pauses=(0.01,))


@pytest.fixture
async def board(playground: Playground, store: Store, outbox: Outbox) -> AsyncIterator[StatusBoard]:
    async with budgeted(playground, outbox, read_timeout=0.5) as bot:
        board = StatusBoard(bot, store, pace=0.01)
        yield board
        await board.close()


def messages(playground: Playground) -> list[ApiMessage]:
    return playground.world.messages(ADA.chat_id)


def texts(playground: Playground) -> list[str | None]:
    return [message.text or message.caption for message in messages(playground)]


def trouble(playground: Playground, kind: FaultKind, **how: float) -> None:
    playground.faults.add(Fault.model_validate({"kind": kind, **how}))


async def shown(playground: Playground, text: str) -> None:
    """Wait until the chat ends with this text."""
    async with asyncio.timeout(5):
        while True:
            changed = playground.world.event_log.changed.next
            if texts(playground)[-1:] == [text]:
                return
            await changed.wait()


async def test_a_job_has_one_message_in_reply_to_its_photo_and_the_store_knows_it(
    playground: Playground, board: StatusBoard, store: Store, job: Job
) -> None:
    for text in ("waiting", "painting", "still painting"):
        board.show(job, View(text))
        await shown(playground, text)
    await board.settle(job, View("over"))
    assert texts(playground) == ["over"]
    stored = await store.job(job.id)
    assert stored is not None
    assert stored.status_id == messages(playground)[0].message_id


async def test_of_what_comes_faster_than_telegram_takes_it_the_newest_is_shown(
    playground: Playground, board: StatusBoard, job: Job, chat: ChatClient
) -> None:
    board.show(job, View("0"))
    await shown(playground, "0")
    trouble(playground, FaultKind.SLOW, seconds=0.2, count=2)
    for number in range(1, 101):
        board.show(job, View(f"{number}"))
        await asyncio.sleep(0)
    await shown(playground, "100")
    assert (await chat.counters())["calls"]["editMessageText"] <= 3


async def test_a_preview_is_shown_though_newer_words_come_before_it_was_sent(
    playground: Playground, board: StatusBoard, job: Job
) -> None:
    board.show(job, View("first", picture=PREVIEW))
    await shown(playground, "first")
    await until(lambda: bool(messages(playground)[0].photo))
    smaller = jpeg_bytes(photo(32, 24))
    board.show(job, View("second", picture=smaller))
    board.show(job, View("third"))
    await shown(playground, "third")
    (message,) = messages(playground)
    assert message.photo is not None
    assert message.photo[-1].width == 32


async def test_a_preview_takes_the_message_over_and_stays(
    playground: Playground, board: StatusBoard, job: Job
) -> None:
    board.show(job, View("waiting"))
    await shown(playground, "waiting")
    board.show(job, View("painting", picture=PREVIEW))
    await shown(playground, "painting")
    await board.settle(job, View("over"))
    (message,) = messages(playground)
    assert (message.caption, bool(message.photo)) == ("over", True)


async def test_after_a_restart_the_same_message_goes_on_whatever_its_kind(
    playground: Playground, board: StatusBoard, store: Store, outbox: Outbox, job: Job
) -> None:
    board.show(job, View("painting", picture=PREVIEW))
    await shown(playground, "painting")
    board.show(job, View("with a picture", picture=PREVIEW))
    await shown(playground, "with a picture")
    await board.close()
    again = await store.job(job.id)
    assert again is not None
    async with budgeted(playground, outbox) as bot:
        await StatusBoard(bot, store, pace=0.01).settle(again, View("over"))
    assert texts(playground) == ["over"]


async def test_a_message_that_the_person_deleted_is_written_anew(
    playground: Playground, board: StatusBoard, store: Store, job: Job
) -> None:
    board.show(job, View("painting", picture=PREVIEW))
    await shown(playground, "painting")
    board.show(job, View("more", picture=PREVIEW))
    await shown(playground, "more")
    playground.world.delete(messages(playground)[0])
    board.show(job, View("yet more"))
    await shown(playground, "yet more")
    await board.settle(job, View("over"))
    (message,) = messages(playground)
    stored = await store.job(job.id)
    assert message.text == "over"
    assert stored is not None
    assert stored.status_id == message.message_id


async def test_what_says_nothing_new_does_no_harm(
    playground: Playground, board: StatusBoard, job: Job, chat: ChatClient
) -> None:
    board.show(job, View("the same"))
    await shown(playground, "the same")
    board.show(job, View("the same"))
    await until_refused(chat, "editMessageText 400")
    board.show(job, View("new"))
    await shown(playground, "new")
    assert len(messages(playground)) == 1


async def test_the_end_does_not_wait_for_the_pace(
    playground: Playground, store: Store, outbox: Outbox, job: Job
) -> None:
    async def known() -> bool:
        stored = await store.job(job.id)
        return stored is not None and stored.status_id is not None

    async with budgeted(playground, outbox) as bot:
        board = StatusBoard(bot, store, pace=60)
        board.show(job, View("painting"))
        await shown(playground, "painting")
        # Once the store knows the message, its task waits for the pace.
        await until(known)
        async with asyncio.timeout(2):
            await board.settle(job, View("over"))
    assert texts(playground) == ["over"]


@pytest.mark.parametrize("kind", [FaultKind.ERROR, FaultKind.DROP, FaultKind.LOST_ANSWER])
async def test_the_end_arrives_through_an_outage(
    playground: Playground, board: StatusBoard, job: Job, kind: FaultKind
) -> None:
    board.show(job, View("painting"))
    await shown(playground, "painting")
    trouble(playground, kind, count=5)
    board.show(job, View("more"))
    await board.settle(job, View("over"))
    assert texts(playground) == ["over"]


async def test_the_end_arrives_though_an_edit_before_it_got_no_answer(
    playground: Playground, board: StatusBoard, job: Job
) -> None:
    board.show(job, View("painting"))
    await shown(playground, "painting")
    trouble(playground, FaultKind.SLOW, seconds=1)
    board.show(job, View("more"))
    await until(lambda: bool(playground.faults.struck))
    await board.settle(job, View("over"))
    assert texts(playground)[-1] == "over"


async def test_an_end_that_was_not_shown_when_the_bot_stops_is_not_taken_for_shown(
    playground: Playground, board: StatusBoard, job: Job, outbox: Outbox
) -> None:
    board.show(job, View("painting"))
    await shown(playground, "painting")
    trouble(playground, FaultKind.ERROR, count=10_000)
    settling = asyncio.create_task(board.settle(job, View("over")))
    await until(lambda: bool(playground.faults.struck))
    outbox.close()
    with pytest.raises(ClosedError):
        await settling


async def test_who_blocked_the_bot_is_not_called_without_end(
    playground: Playground, store: Store, outbox: Outbox, job: Job, chat: ChatClient
) -> None:
    async with budgeted(playground, outbox) as bot:
        board = StatusBoard(bot, store, pace=0.2)
        board.show(job, View("painting"))
        await shown(playground, "painting")
        await chat.person("Ada").block()
        for number in range(200):
            board.show(job, View(f"{number}"))
            await asyncio.sleep(0.005)
        await board.settle(job, View("over"))
        assert 1 <= (await chat.counters())["calls"]["editMessageText"] <= 15
        await chat.person("Ada").block(blocked=False)
        assert texts(playground) == ["painting"]


async def test_over_a_whole_job_telegram_never_has_to_ask_for_patience(
    tmp_path: Path, painter: HeldPainter
) -> None:
    painter.hold()
    async with (
        Playground(flood_control=True) as playground,
        running(
            settings_for(playground, tmp_path),
            engine=engine_of(painter),
            tuning=Tuning(album_quiet=0.1),
        ),
        ChatClient(playground.url) as chat,
    ):
        ada = chat.person("Ada")
        await ada.send_album([jpeg_bytes(photo()), jpeg_bytes(painting())])
        await ada.press(await ada.expect_text("Choose how much care"), "Quick")
        await ada.expect_text("Evaluation 2 of")
        await ada.expect_text("Evaluation 2 of")
        painter.release()
        await ada.expect_kind("document")
        counters = await chat.counters()
    assert not playground.flood.refused
    assert not [name for name in counters["refused"] if name.endswith("429")]


async def until_refused(chat: ChatClient, what: str) -> None:
    async def refused() -> bool:
        return what in (await chat.counters())["refused"]

    await until(refused)
