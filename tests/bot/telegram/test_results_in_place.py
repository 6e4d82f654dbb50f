"""The status message of who looks on becomes the result: one message a painting, wherever Telegram allows."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from bot.conversation.effects import Send
from bot.conversation.events import PictureSent, ResultLoved
from bot.playground.chat_rooms import FORUM_ID
from bot.playground.chat_rules import Right
from bot.playground.faults import FaultKind
from bot.telegram.budgets import Budgets
from bot.telegram.limiter import Limiter
from core.jobs.models import JobState, Person, Role
from core.jobs.preferences import DEFAULT_HANDOVER, Form, Handover, Sound
from core.pictures.codec import to_png
from tests.auxil.chats import kinds, labels, messages, struck, texts, trouble
from tests.auxil.pictures import jpeg_bytes, photo
from tests.auxil.sending import ADA, Sending, sending_with
from tests.auxil.turns import heard
from tests.auxil.waiting import until

if TYPE_CHECKING:
    from telegram.ext import ExtBot

    from bot.playground.server import Playground
    from core.jobs.models import Job
    from core.jobs.store import Store

PICTURE = to_png(photo(96, 72))
PREVIEW = jpeg_bytes(photo(64, 48))
BUTTONS = ["Stronger", "Softer", "New style", "More"]


@pytest.fixture
async def job(sending: Sending) -> Job:
    return await sending.running_job()


@pytest.mark.parametrize("preview", [None, PREVIEW])
async def test_a_painting_is_one_message_from_the_press_to_the_result(
    playground: Playground, sending: Sending, job: Job, preview: bytes | None
) -> None:
    sending.show(job, 1, preview)
    await until(lambda: "Evaluation 1 of" in texts(playground)[0])
    await finish(sending, job)
    assert await only_message(playground, sending, job) == number_of(job)
    await sending.happen(ResultLoved(message_id=number_of(job)))
    by_message = await sending.store.jobs.by_message(ADA.chat_id, number_of(job))
    assert by_message is not None
    assert by_message.result_message_id == number_of(job)


async def test_no_progress_comes_after_the_result(
    playground: Playground, sending: Sending, job: Job
) -> None:
    for evaluation in range(1, 20):
        sending.show(job, evaluation, PREVIEW)
    await finish(sending, job)
    sending.show(job, 20, PREVIEW)
    await sending.all_sent()
    await asyncio.gather(*sending.outbox._tasks)
    assert "Style loss" in texts(playground)[0]
    assert labels(messages(playground)[0]) == BUTTONS


async def test_whoever_wants_the_file_too_gets_two_messages(
    playground: Playground, sending: Sending
) -> None:
    job = await sending.running_job(handover=Handover(form=Form.BOTH))
    await finish(sending, job)
    assert kinds(playground) == ["photo", "document"]
    assert messages(playground)[0].message_id == number_of(job)
    assert all(one.silent for one in messages(playground))
    assert (await sending.store.jobs.require(job.id)).state is JobState.DELIVERED


@pytest.mark.parametrize(
    "kind", [FaultKind.LOST_ANSWER, FaultKind.DROP, FaultKind.ERROR, FaultKind.FLOOD]
)
async def test_an_edit_without_an_answer_is_made_again_and_nobody_is_asked(
    playground: Playground, sending: Sending, job: Job, kind: FaultKind
) -> None:
    trouble(playground, kind, "editMessageMedia", count=1 if kind is FaultKind.FLOOD else 3)
    await finish(sending, job)
    assert await only_message(playground, sending, job) == number_of(job)


@pytest.mark.parametrize(
    ("status", "words"),
    [
        (400, "Bad Request: message can't be edited"),
        (400, "Bad Request: MESSAGE_ID_INVALID"),
        (400, "Bad Request: there is no media in the message to edit"),
        (400, "Bad Request: PHOTO_INVALID_DIMENSIONS"),
        (413, "Request Entity Too Large"),
    ],
)
async def test_where_the_message_cannot_become_the_result_that_is_sent_and_the_status_goes(
    playground: Playground, sending: Sending, job: Job, status: int, words: str
) -> None:
    trouble(playground, FaultKind.ERROR, "editMessageMedia", status=status, words=words)
    await finish(sending, job)
    assert await only_message(playground, sending, job) == number_of(job) + 1
    assert not messages(playground)[0].silent


async def test_a_status_that_was_deleted_gives_way_to_a_new_message(
    playground: Playground, sending: Sending, job: Job
) -> None:
    playground.world.delete(messages(playground)[0])
    await finish(sending, job)
    assert await only_message(playground, sending, job) == number_of(job) + 1


async def test_a_message_that_shows_it_already_counts_as_the_result(
    playground: Playground, sending: Sending, job: Job
) -> None:
    words = "Bad Request: message is not modified: specified new message content is the same"
    trouble(playground, FaultKind.ERROR, "editMessageMedia", status=400, words=words)
    await finish(sending, job)
    done = await sending.store.jobs.require(job.id)
    assert (done.state, done.result_message_id) == (JobState.DELIVERED, number_of(job))


async def test_a_new_message_that_may_not_have_arrived_is_asked_about_in_the_status(
    playground: Playground, sending: Sending, job: Job
) -> None:
    words = "Bad Request: message can't be edited"
    trouble(playground, FaultKind.ERROR, "editMessageMedia", status=400, words=words)
    trouble(playground, FaultKind.DROP, "sendPhoto")
    await finish(sending, job)
    (asked,) = messages(playground)
    assert (asked.message_id, labels(asked)) == (number_of(job), ["Send it again"])


async def test_without_the_right_to_send_photos_the_result_is_one_file(
    playground: Playground, sending: Sending
) -> None:
    here = Person(FORUM_ID, ADA.user_id)
    job = await sending.running_job(here)
    playground.world.rules.forbid(FORUM_ID, {Right.PHOTOS})
    await finish(sending, job)
    assert kinds(playground, FORUM_ID) == ["document"]
    done = await sending.store.jobs.require(job.id)
    assert (done.state, done.missing) == (JobState.DELIVERED, ())


async def test_whoever_blocked_the_bot_meanwhile_has_the_result_waiting(
    playground: Playground, sending: Sending, job: Job
) -> None:
    playground.world.rules.block(ADA.chat_id, blocked=True)
    await finish(sending, job)
    assert (await sending.store.jobs.require(job.id)).held
    playground.world.rules.block(ADA.chat_id, blocked=False)
    await sending.committer.let_in(ADA, greets=False)
    await sending.all_sent()
    assert kinds(playground) == ["photo"]


@pytest.mark.parametrize(
    ("sound", "late", "heard"),
    [
        (Sound.RESULTS, False, False),
        (Sound.RESULTS, True, True),
        (Sound.ALL, True, True),
        (Sound.NONE, True, False),
    ],
)
async def test_only_who_looks_on_no_more_is_notified_and_only_if_they_want(
    playground: Playground, sending: Sending, sound: Sound, late: bool, heard: bool
) -> None:
    job = await sending.running_job(handover=Handover(sound=sound), late=late)
    await finish(sending, job)
    new = late and sound is not Sound.NONE
    assert await only_message(playground, sending, job) == number_of(job) + new
    assert messages(playground)[0].silent is not heard


async def test_a_result_under_which_the_chat_went_on_is_a_new_message(
    playground: Playground, sending: Sending, job: Job
) -> None:
    other = await sending.running_job()
    for one in (job, other):
        await finish(sending, one)
    # The first one below the second one's status, and so the second one below that.
    assert [one.message_id for one in messages(playground)] == [
        number_of(other) + 1,
        number_of(other) + 2,
    ]


async def test_what_is_said_below_a_painting_brings_its_result_below(
    playground: Playground, sending: Sending, job: Job
) -> None:
    await sending.commit(Send(text="Understood."))
    await sending.all_sent()
    await finish(sending, job)
    assert texts(playground)[0] == "Understood."
    assert "Style loss" in texts(playground)[1]
    assert not messages(playground)[1].silent


async def test_what_the_person_sends_below_a_painting_does_so_too_even_if_it_gets_no_answer(
    playground: Playground, sending: Sending, job: Job
) -> None:
    await sending.happen(PictureSent(heard=heard(number_of(job) + 1)))
    await finish(sending, job)
    assert await only_message(playground, sending, job) == number_of(job) + 1
    assert not messages(playground)[0].silent


async def test_a_kill_in_the_middle_of_the_edit_costs_nothing(
    playground: Playground, api: ExtBot[str], store: Store
) -> None:
    async with sending_with(api, store, Limiter(Budgets(unlimited=True))) as sending:
        job = await sending.running_job()
        trouble(playground, FaultKind.LOST_ANSWER, "editMessageMedia", count=1000)
        await finish(sending, job, sent=False)
        await until(lambda: struck(playground) > 0)
    playground.faults.clear()
    (row,) = await store.outbox.waiting()
    assert await store.outbox.begin(row)
    async with sending_with(api, store, Limiter(Budgets(unlimited=True))) as sending:
        await sending.all_sent()
        assert await only_message(playground, sending, job) == number_of(job)


async def finish(sending: Sending, job: Job, *, sent: bool = True) -> None:
    await sending.finish(job, PICTURE)
    if sent:
        await sending.all_sent()


async def only_message(playground: Playground, sending: Sending, job: Job) -> int:
    """The number of the one message in the chat, which is a job's delivered result."""
    (shown,) = messages(playground)
    assert kinds(playground) == ["photo"]
    assert "Style loss" in texts(playground)[0]
    assert labels(shown) == BUTTONS
    done = await sending.store.jobs.require(job.id)
    assert (done.state, done.missing) == (JobState.DELIVERED, ())
    assert done.handover.form is DEFAULT_HANDOVER.form
    last = [one for one in done.messages if one.message_id is not None]
    assert [(one.role, one.message_id, one.captioned) for one in last] == [
        (Role.PHOTO, shown.message_id, True)
    ]
    return shown.message_id


def number_of(job: Job) -> int:
    """The number of a job's status message."""
    assert job.status is not None
    assert job.status.message_id is not None
    return job.status.message_id
