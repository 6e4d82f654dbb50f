"""Results as a photo, as a file or as both, heard or not, through everything that may happen to them."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from bot.delivery import Delivery
from bot.messages.languages import Languages
from bot.outbox import UNNOTED, Outbox, UnansweredError
from bot.playground.faults import Fault, FaultKind
from bot.status import StatusBoard, View
from core.jobs.models import JobState, Person
from core.jobs.preferences import Form, Sound
from core.jobs.store import Store
from core.pictures.codec import to_png
from tests.auxil.engines import an_outcome
from tests.auxil.pictures import photo
from tests.auxil.ptb import budgeted
from tests.auxil.sessions import a_running_job
from tests.auxil.waiting import until

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from bot.playground.server import Playground
    from bot.playground.telegram_objects import ApiMessage
    from core.jobs.models import Job

ADA = Person(chat_id=11, user_id=11)
PICTURE = to_png(photo(96, 72))


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[Store]:
    store = await Store.open(tmp_path / "direct.db")
    yield store
    await store.close()


@pytest.fixture
async def board(playground: Playground, store: Store) -> AsyncIterator[StatusBoard]:
    async with budgeted(playground, Outbox(unlimited=True, pauses=(0.01,))) as bot:
        board = StatusBoard(bot, store, pace=0.01)
        yield board
        await board.close()


@pytest.fixture
async def delivery(
    playground: Playground, store: Store, board: StatusBoard
) -> AsyncIterator[Delivery]:
    async with budgeted(playground, Outbox(unlimited=True, pauses=(0.01,))) as bot:
        yield Delivery(bot, store, board, Languages(store))


async def finished(store: Store, form: Form, sound: Sound = Sound.RESULTS) -> Job:
    await store.change_preferences(ADA.user_id, lambda now: replace(now, form=form, sound=sound))
    job = await a_running_job(store, ADA)
    return await store.finish_job(job.id, replace(an_outcome(PICTURE), size=(96, 72)))


async def now(store: Store, job: Job) -> Job:
    found = await store.job(job.id)
    assert found is not None
    return found


def said(playground: Playground) -> list[ApiMessage]:
    return playground.world.messages(ADA.chat_id)


def kinds(playground: Playground) -> list[str]:
    return [
        "photo" if message.photo else "document" if message.document else "text"
        for message in said(playground)
    ]


def labels(message: ApiMessage) -> list[str]:
    keyboard = message.reply_markup
    return [button.text for row in keyboard.inline_keyboard for button in row] if keyboard else []


@pytest.mark.parametrize(
    ("form", "sent"),
    [(Form.PHOTO, ["photo"]), (Form.FILE, ["document"]), (Form.BOTH, ["photo", "document"])],
)
async def test_a_result_comes_as_it_was_wanted_and_counts_as_delivered(
    playground: Playground, delivery: Delivery, store: Store, form: Form, sent: list[str]
) -> None:
    job = await finished(store, form)
    await delivery.deliver(job)
    assert kinds(playground) == sent
    first, *others = said(playground)
    assert "Style loss" in (first.caption or "")
    assert "Stronger" in labels(first)
    assert all(labels(other) == [] for other in others)
    assert (await now(store, job)).state is JobState.DELIVERED


async def test_a_file_alone_keeps_every_byte_and_shows_what_is_in_it(
    playground: Playground, delivery: Delivery, store: Store
) -> None:
    await delivery.deliver(await finished(store, Form.FILE))
    document = said(playground)[0].document
    assert document is not None
    assert document.thumbnail is not None
    stored = playground.world.files.find(document.file_id)
    assert stored is not None
    assert playground.world.files.read(stored) == PICTURE


@pytest.mark.parametrize("form", [Form.PHOTO, Form.FILE])
async def test_changing_the_form_meanwhile_changes_nothing_for_a_painting_under_way(
    playground: Playground, delivery: Delivery, store: Store, form: Form
) -> None:
    job = await finished(store, form)
    await store.change_preferences(ADA.user_id, lambda now: replace(now, form=Form.BOTH))
    await delivery.deliver(await now(store, job))
    assert len(kinds(playground)) == 1


@pytest.mark.parametrize(("form", "method"), [(Form.PHOTO, "Photo"), (Form.FILE, "Document")])
async def test_an_unanswered_result_is_asked_about_and_sent_again_once(
    playground: Playground, delivery: Delivery, store: Store, form: Form, method: str
) -> None:
    job = await finished(store, form)
    playground.faults.add(Fault(kind=FaultKind.DROP, method=f"send{method}"))
    await delivery.deliver(job)
    assert kinds(playground) == ["text"]
    await delivery.again(await now(store, job))
    assert kinds(playground) == [method.lower()]
    assert (await now(store, job)).missing == ()


@pytest.mark.parametrize("form", list(Form))
async def test_after_a_kill_only_what_is_missing_is_sent(
    playground: Playground, delivery: Delivery, store: Store, form: Form
) -> None:
    job = await finished(store, form)
    first = form.parts[0]
    mark = {"photo": store.mark_photo, "document": store.mark_document}[first]
    await mark(job.id, 41)
    await delivery.deliver(await now(store, job))
    assert kinds(playground) == [str(part) for part in form.parts[1:]]
    assert (await now(store, job)).state is JobState.DELIVERED


async def test_the_file_of_a_photo_comes_at_a_press_and_its_button_goes(
    playground: Playground, delivery: Delivery, store: Store
) -> None:
    job = await finished(store, Form.PHOTO)
    await delivery.deliver(job)
    assert "The file in full quality" in labels(said(playground)[0])
    outcome = await store.outcome(job.id)
    await delivery.hand_file(await now(store, job), outcome, UNNOTED)
    assert kinds(playground) == ["photo", "document"]
    assert "The file in full quality" not in labels(said(playground)[0])
    assert "Stronger" in labels(said(playground)[0])


async def test_the_button_stays_where_the_file_may_not_have_arrived(
    playground: Playground, delivery: Delivery, store: Store
) -> None:
    job = await finished(store, Form.PHOTO)
    await delivery.deliver(job)
    outcome = await store.outcome(job.id)
    playground.faults.add(Fault(kind=FaultKind.DROP, method="sendDocument"))
    with pytest.raises(UnansweredError):
        await delivery.hand_file(await now(store, job), outcome, UNNOTED)
    assert "The file in full quality" in labels(said(playground)[0])
    left = await now(store, job)
    assert (left.state, left.sending) == (JobState.DELIVERED, None)


@pytest.mark.parametrize(
    ("sound", "heard"),
    [
        (Sound.ALL, [True, True, False]),
        (Sound.RESULTS, [False, True, False]),
        (Sound.NONE, [False] * 3),
    ],
)
async def test_only_what_was_chosen_is_heard_and_no_result_twice(
    playground: Playground,
    delivery: Delivery,
    board: StatusBoard,
    store: Store,
    sound: Sound,
    heard: list[bool],
) -> None:
    job = await finished(store, Form.BOTH, sound)
    board.show(job, View("at work"))
    await until(lambda: bool(said(playground)))
    status = said(playground)[0]
    await delivery.deliver(await now(store, job))
    assert [not one.silent for one in (status, *said(playground))] == heard
