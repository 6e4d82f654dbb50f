"""Results on their way to the person: complete, once, whatever the network does."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pytest
from PIL import Image

from bot.delivery import Delivery
from bot.messages.languages import Languages
from bot.outbox import Outbox
from bot.playground.faults import Fault, FaultKind
from bot.playground.photo_sizes import MAX_PHOTO_BYTES, MAX_PHOTO_RATIO, MAX_PHOTO_SIDES
from bot.status import StatusBoard
from core.jobs.models import JobState, Person
from core.jobs.store import Store
from core.pictures.codec import to_png
from tests.auxil.engines import an_outcome
from tests.auxil.pictures import jpeg_bytes, opened, painting, photo
from tests.auxil.ptb import budgeted
from tests.auxil.sessions import a_running_job
from tests.auxil.waiting import until

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from bot.app import Atelier
    from bot.playground.server import Playground
    from bot.playground.telegram_objects import ApiMessage
    from core.jobs.models import Job
    from tests.auxil.painters import HeldPainter
    from tests.auxil.person import Person as Chatter
    from tests.auxil.transcript import Entry

ADA = Person(chat_id=11, user_id=11)
PICTURE = to_png(photo(96, 72))
PHOTO = jpeg_bytes(photo(96, 72))
MANNER = jpeg_bytes(painting(80, 80))


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[Store]:
    async with await Store.open(tmp_path / "direct.db") as store:
        yield store


@pytest.fixture
def outbox() -> Outbox:
    return Outbox(unlimited=True, pauses=(0.01,))


@pytest.fixture
async def delivery(playground: Playground, store: Store, outbox: Outbox) -> AsyncIterator[Delivery]:
    async with budgeted(playground, outbox) as bot:
        board = StatusBoard(bot, store, pace=0.01)
        yield Delivery(bot, store, board, Languages(store))
        await board.close()


async def finished(store: Store, picture: bytes = PICTURE) -> Job:
    job = await a_running_job(store, ADA)
    size = opened(picture).size
    return await store.finish_job(job.id, replace(an_outcome(picture), size=size))


async def state(store: Store, job: Job) -> JobState:
    now = await store.job(job.id)
    assert now is not None
    return now.state


def kinds(playground: Playground) -> list[str]:
    return [
        "photo" if message.photo else "document" if message.document else "text"
        for message in playground.world.messages(ADA.chat_id)
    ]


def document(playground: Playground) -> bytes:
    sent = next(one for one in playground.world.messages(ADA.chat_id) if one.document)
    stored = playground.world.files.find(sent.document.file_id) if sent.document else None
    assert stored is not None
    return playground.world.files.read(stored)


def last(playground: Playground) -> ApiMessage:
    return playground.world.messages(ADA.chat_id)[-1]


def trouble(playground: Playground, kind: FaultKind, method: str, **how: float) -> None:
    playground.faults.add(Fault.model_validate({"kind": kind, "method": method, **how}))


async def ask(ada: Chatter) -> tuple[Entry, Entry]:
    """The content's message, and the question about the preset."""
    content = await ada.send_photo(PHOTO)
    await ada.expect_text("manner it should take")
    await ada.send_photo(MANNER)
    return content, await ada.expect_text("Choose how much care")


async def test_photo_then_file_in_reply_to_the_photo_and_the_file_has_every_byte(
    ada: Chatter, atelier: Atelier
) -> None:
    content, question = await ask(ada)
    await ada.press(question, "Quick")
    result = await ada.expect(lambda one: one.kind == "photo" and "→" in one.text)
    file = await ada.expect_kind("document")
    for entry in (result, file):
        assert entry.reply_to is not None
        assert entry.reply_to.message_id == content.message_id
    assert file.media is not None
    assert file.media.name == "atelier-1.png"
    outcome = await atelier.store.outcome(1)
    assert await ada.download(file) == outcome.picture


@pytest.mark.usefixtures("atelier")
async def test_a_result_comes_although_the_photo_was_deleted_meanwhile(
    ada: Chatter, painter: HeldPainter, playground: Playground
) -> None:
    painter.hold()
    content, question = await ask(ada)
    await ada.press(question, "Quick")
    await ada.expect_text("Evaluation 2 of")
    message = playground.world.message(ada.chat_id, content.message_id)
    assert message is not None
    playground.world.delete(message)
    painter.release()
    result = await ada.expect(lambda one: one.kind == "photo" and "→" in one.text)
    assert result.reply_to is None
    await ada.expect_kind("document")


async def test_the_job_of_somebody_who_blocked_the_bot_ends_and_others_go_on(
    ada: Chatter, painter: HeldPainter, atelier: Atelier
) -> None:
    painter.hold()
    _, question = await ask(ada)
    await ada.press(question, "Quick")
    await ada.expect_text("Evaluation 2 of")
    await ada.block()
    painter.release()

    async def failed() -> bool:
        return await state(atelier.store, job) is JobState.FAILED

    job = (await atelier.store.jobs_of(ADA))[0]
    await until(failed)
    await ada.block(blocked=False)
    ada.catch_up()
    _, question = await ask(ada)
    await ada.press(question, "Quick")
    await ada.expect_kind("document")


@pytest.mark.parametrize("kind", [FaultKind.ERROR, FaultKind.FLOOD])
async def test_a_result_arrives_once_through_an_outage(
    playground: Playground, delivery: Delivery, store: Store, kind: FaultKind
) -> None:
    job = await finished(store)
    for method in ("sendPhoto", "sendDocument"):
        trouble(playground, kind, method, count=1 if kind is FaultKind.FLOOD else 5)
    await delivery.deliver(job)
    assert kinds(playground) == ["photo", "document"]
    assert document(playground) == PICTURE
    assert await state(store, job) is JobState.DELIVERED


@pytest.mark.parametrize("kind", [FaultKind.LOST_ANSWER, FaultKind.DROP])
@pytest.mark.parametrize("part", ["sendPhoto", "sendDocument"])
async def test_after_an_unanswered_sending_the_person_decides(
    playground: Playground, delivery: Delivery, store: Store, kind: FaultKind, part: str
) -> None:
    job = await finished(store)
    trouble(playground, kind, part)
    await delivery.deliver(job)

    before = [] if part == "sendPhoto" else ["photo"]
    arrived = [part.removeprefix("send").lower()] if kind is FaultKind.LOST_ANSWER else []
    assert kinds(playground) == [*before, *arrived, "text"]
    assert "may or may not have reached you" in (last(playground).text or "")
    assert last(playground).reply_markup is not None
    assert await state(store, job) is JobState.DELIVERED

    asked = await store.job(job.id)
    assert asked is not None
    await delivery.again(asked)
    missing = ["photo", "document"] if part == "sendPhoto" else ["document"]
    assert kinds(playground) == [*before, *arrived, *missing]
    assert document(playground) == PICTURE


async def test_sending_again_may_go_unanswered_too(
    playground: Playground, delivery: Delivery, store: Store
) -> None:
    job = await finished(store)
    trouble(playground, FaultKind.DROP, "sendPhoto", count=2)
    await delivery.deliver(job)
    for expected in (["text"], ["photo", "document"]):
        asked = await store.job(job.id)
        assert asked is not None
        await delivery.again(asked)
        assert kinds(playground) == expected


@pytest.mark.usefixtures("atelier")
async def test_the_button_under_an_unanswered_result_sends_it_once_however_often_it_is_pressed(
    ada: Chatter, playground: Playground
) -> None:
    _, question = await ask(ada)
    trouble(playground, FaultKind.DROP, "sendPhoto")
    await ada.press(question, "Quick")
    asking = await ada.expect_text("may or may not have reached you")
    data = asking.buttons[0].data
    assert data is not None
    queries = [await ada.press_data(asking, data) for _ in range(3)]
    for query in queries:
        await ada.expect_answer(query)
    await ada.expect_gone(asking)
    assert kinds(playground).count("document") == 1
    assert sum("→" in entry.text for entry in ada.said) == 1


async def test_a_result_that_was_under_way_when_the_process_died_is_asked_about(
    playground: Playground, delivery: Delivery, store: Store
) -> None:
    job = await finished(store)
    trouble(playground, FaultKind.SLOW, "sendPhoto", seconds=5)
    sending = asyncio.create_task(delivery.deliver(job))
    await until(lambda: bool(playground.faults.struck))
    sending.cancel()
    await asyncio.gather(sending, return_exceptions=True)
    left = await store.job(job.id)
    assert left is not None
    await delivery.deliver(left)
    assert "may or may not have reached you" in (last(playground).text or "")


async def test_a_result_that_waits_for_telegram_at_shutdown_is_left_for_the_next_start(
    playground: Playground, delivery: Delivery, store: Store, outbox: Outbox
) -> None:
    job = await finished(store)
    trouble(playground, FaultKind.ERROR, "*", count=1000)
    sending = asyncio.create_task(delivery.deliver(job))
    await until(lambda: bool(playground.faults.struck))
    outbox.close()
    async with asyncio.timeout(1):
        await sending
    left = await store.job(job.id)
    assert left is not None
    assert (left.state, left.sending) == (JobState.FINISHED, None)


async def test_a_file_that_telegram_does_not_take_is_told(
    playground: Playground, delivery: Delivery, store: Store
) -> None:
    job = await finished(store)
    trouble(playground, FaultKind.ERROR, "sendDocument", status=413)
    await delivery.deliver(job)
    assert kinds(playground) == ["photo", "text"]
    assert "Telegram does not take it" in (last(playground).text or "")
    assert await state(store, job) is JobState.FAILED
    assert await store.untold() == []


@pytest.mark.parametrize("size", [(4096, 512), (410, 4096), (2600, 2600)])
async def test_large_results_fit_into_a_photo_and_the_file_keeps_all(
    playground: Playground, delivery: Delivery, store: Store, size: tuple[int, int]
) -> None:
    # Noise is what compresses worst.
    pixels = np.random.default_rng(1).integers(0, 256, (size[1], size[0], 3), dtype=np.uint8)
    picture = to_png(Image.fromarray(pixels))
    await delivery.deliver(await finished(store, picture))
    assert kinds(playground) == ["photo", "document"]
    assert document(playground) == picture
    sent = playground.world.messages(ADA.chat_id)[0].photo
    assert sent is not None
    largest = sent[-1]
    assert largest.width + largest.height <= MAX_PHOTO_SIDES
    assert max(largest.width, largest.height) <= MAX_PHOTO_RATIO * min(
        largest.width, largest.height
    )
    assert (largest.file_size or 0) <= MAX_PHOTO_BYTES
