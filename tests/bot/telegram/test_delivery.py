"""Results on their way to the person: complete, once, and in the form they asked for, whatever the network does."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pytest
from PIL import Image

from bot.conversation.events import ButtonPressed, CommandSent, LetIn
from bot.messages.keyboards import CallbackData, Verb
from bot.playground.chat_rooms import FORUM_ID
from bot.playground.faults import FaultKind
from bot.playground.photo_sizes import MAX_PHOTO_BYTES, MAX_PHOTO_RATIO, MAX_PHOTO_SIDES
from bot.telegram.budgets import Budgets
from bot.telegram.limiter import Limiter
from core.jobs.models import JobState, Person
from core.jobs.preferences import DEFAULT_PREFERENCES, Form, Handover, Sound
from core.pictures.codec import to_png
from tests.auxil.chats import content_of, kinds, labels, messages, struck, texts, trouble
from tests.auxil.pictures import photo
from tests.auxil.ptb import limited
from tests.auxil.sending import ADA, Sending, sending_with
from tests.auxil.turns import heard
from tests.auxil.waiting import until

if TYPE_CHECKING:
    from telegram.ext import ExtBot

    from bot.conversation.events import Event
    from bot.playground.server import Playground
    from core.jobs.models import Job
    from core.jobs.store import Store

PICTURE = to_png(photo(96, 72))
DOUBT = "may or may not have reached you"
FILE_BUTTON = "Full quality"
BOTH = Handover(form=Form.BOTH)


@pytest.mark.parametrize(
    ("form", "sent"),
    [(Form.PHOTO, ["photo"]), (Form.FILE, ["document"]), (Form.BOTH, ["photo", "document"])],
)
async def test_a_result_comes_as_it_was_wanted_and_counts_as_delivered(
    playground: Playground, sending: Sending, form: Form, sent: list[str]
) -> None:
    job = await delivered(sending, Handover(form=form))
    # The status message is gone.
    assert kinds(playground) == sent
    first, *others = messages(playground)
    assert "Style loss" in (first.caption or "")
    assert "Stronger" in labels(first)
    await press(sending, job, Verb.MORE)
    first, *others = messages(playground)
    assert (FILE_BUTTON in labels(first)) == (form is Form.PHOTO)
    assert all(labels(other) == [] for other in others)
    assert await state(sending, job) is JobState.DELIVERED


async def test_a_file_keeps_every_byte_and_shows_what_is_in_it(
    playground: Playground, sending: Sending
) -> None:
    await delivered(sending, Handover(form=Form.FILE))
    document = messages(playground)[0].document
    assert document is not None
    assert document.thumbnail is not None
    assert content_of(playground, document.file_id) == PICTURE


@pytest.mark.parametrize("form", [Form.PHOTO, Form.FILE])
async def test_changing_the_form_meanwhile_changes_nothing_for_a_running_job(
    playground: Playground, sending: Sending, form: Form
) -> None:
    job = await sending.running_job(handover=Handover(form=form))
    changed = replace(DEFAULT_PREFERENCES, form=Form.BOTH)
    await sending.store.preferences.save(ADA.user_id, changed)
    await sending.finish(job, PICTURE)
    await sending.all_sent()
    assert len(kinds(playground)) == 1


@pytest.mark.parametrize(
    ("sound", "heard"),
    [
        (Sound.ALL, [True, False]),
        (Sound.RESULTS, [True, False]),
        (Sound.NONE, [False, False]),
    ],
)
async def test_a_late_result_makes_one_sound_or_none(
    playground: Playground, sending: Sending, sound: Sound, heard: list[bool]
) -> None:
    await delivered(sending, Handover(form=Form.BOTH, sound=sound))
    assert [not one.silent for one in messages(playground)] == heard


@pytest.mark.parametrize("size", [(4096, 512), (410, 4096), (2600, 2600)])
async def test_large_results_fit_into_a_photo_and_the_file_keeps_all(
    playground: Playground, store: Store, limiter: Limiter, size: tuple[int, int]
) -> None:
    # Noise is what compresses worst.
    pixels = np.random.default_rng(1).integers(0, 256, (size[1], size[0], 3), dtype=np.uint8)
    picture = to_png(Image.fromarray(pixels))
    async with (
        limited(playground, limiter) as api,
        sending_with(api, store, limiter) as sending,
    ):
        await delivered(sending, picture=picture)
    assert kinds(playground) == ["photo", "document"]
    assert file_of(playground) == picture
    sizes = messages(playground)[0].photo
    assert sizes is not None
    largest = sizes[-1]
    assert largest.width + largest.height <= MAX_PHOTO_SIDES
    assert max(largest.width, largest.height) <= MAX_PHOTO_RATIO * min(
        largest.width, largest.height
    )
    assert (largest.file_size or 0) <= MAX_PHOTO_BYTES


@pytest.mark.parametrize("kind", [FaultKind.ERROR, FaultKind.FLOOD])
async def test_a_result_arrives_once_through_an_outage(
    playground: Playground, sending: Sending, kind: FaultKind
) -> None:
    for method in ("sendPhoto", "sendDocument"):
        trouble(playground, kind, method, count=1 if kind is FaultKind.FLOOD else 5)
    job = await delivered(sending)
    assert kinds(playground) == ["photo", "document"]
    assert file_of(playground) == PICTURE
    assert await state(sending, job) is JobState.DELIVERED


@pytest.mark.parametrize("kind", [FaultKind.LOST_ANSWER, FaultKind.DROP])
@pytest.mark.parametrize("part", ["sendPhoto", "sendDocument"])
async def test_after_an_unanswered_sending_the_person_decides(
    playground: Playground, sending: Sending, kind: FaultKind, part: str
) -> None:
    trouble(playground, kind, part)
    job = await delivered(sending)
    before = [] if part == "sendPhoto" else ["photo"]
    arrived = [part.removeprefix("send").lower()] if kind is FaultKind.LOST_ANSWER else []
    status, *shown = messages(playground)
    assert kinds(playground) == ["text", *before, *arrived]
    assert DOUBT in (status.text or "")
    assert labels(status) == ["Send it again"]
    assert await state(sending, job) is JobState.DELIVERED

    await press(sending, job, Verb.SEND_AGAIN)
    missing = ["photo", "document"] if part == "sendPhoto" else ["document"]
    assert kinds(playground) == [*before, *arrived, *missing]
    assert messages(playground)[: len(shown)] == shown
    assert file_of(playground) == PICTURE


@pytest.mark.parametrize(("form", "kind"), [(Form.PHOTO, "photo"), (Form.FILE, "document")])
async def test_sending_again_may_go_unanswered_too(
    playground: Playground, sending: Sending, form: Form, kind: str
) -> None:
    trouble(playground, FaultKind.DROP, f"send{kind}", count=2)
    job = await delivered(sending, Handover(form=form))
    for expected in (["text"], [kind], [kind]):
        await press(sending, job, Verb.SEND_AGAIN)
        assert kinds(playground) == expected
    assert (await sending.store.jobs.require(job.id)).missing == ()


async def test_a_result_that_was_under_way_when_the_process_died_is_asked_about(
    playground: Playground, api: ExtBot[str], store: Store
) -> None:
    job = await stored_by_a_process_that_ends(api, store)
    row = await store.outbox.next(ADA.chat_id)
    assert row is not None
    assert await store.outbox.begin(row.id)
    async with sending_with(api, store, Limiter(Budgets(unlimited=True))) as sending:
        await sending.all_sent()
        assert kinds(playground) == ["text"]
        assert DOUBT in texts(playground)[0]
        await press(sending, job, Verb.SEND_AGAIN)
    assert kinds(playground) == ["photo", "document"]


@pytest.mark.parametrize("method", ["send*", "sendDocument"])
async def test_what_waits_for_telegram_at_shutdown_is_left_for_the_next_start(
    playground: Playground, api: ExtBot[str], store: Store, method: str
) -> None:
    async with sending_with(api, store, Limiter(Budgets(unlimited=True))) as sending:
        job = await sending.running_job(handover=BOTH, late=True)
        trouble(playground, FaultKind.ERROR, method, count=1000)
        await sending.finish(job, PICTURE)
        await until(lambda: struck(playground) > 0)
    assert await state(sending, job) is JobState.FINISHED
    playground.faults.clear()
    async with sending_with(api, store, Limiter(Budgets(unlimited=True))) as sending:
        await sending.all_sent()
    assert kinds(playground) == ["photo", "document"]
    assert await state(sending, job) is JobState.DELIVERED


@pytest.mark.parametrize("status", [400, 413])
async def test_a_file_that_telegram_does_not_take_waits_behind_a_button(
    playground: Playground, sending: Sending, status: int
) -> None:
    trouble(playground, FaultKind.ERROR, "sendDocument", status=status)
    job = await delivered(sending)
    assert kinds(playground) == ["text", "photo"]
    assert "Telegram doesn't take it" in texts(playground)[0]
    assert labels(messages(playground)[0]) == ["Send it again"]
    await press(sending, job, Verb.SEND_AGAIN)
    assert kinds(playground) == ["photo", "document"]
    assert await state(sending, job) is JobState.DELIVERED


async def test_a_result_that_cannot_be_made_into_a_message_is_told(
    playground: Playground, sending: Sending, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def fail(_attachment: object) -> bytes:
        raise ZeroDivisionError

    job = await sending.running_job(handover=BOTH, late=True)
    monkeypatch.setattr(sending.outbox._parts.calls._attachments, "render", fail)
    await sending.finish(job, PICTURE)
    await sending.all_sent()
    assert "didn't work out" in texts(playground)[0]
    assert labels(messages(playground)[0]) == ["Send it again"]


async def test_the_file_of_a_photo_comes_at_a_press_and_its_button_goes(
    playground: Playground, sending: Sending
) -> None:
    job = await delivered(sending, Handover(form=Form.PHOTO))
    await press(sending, job, Verb.MORE)
    assert FILE_BUTTON in labels(messages(playground)[0])
    for _ in range(2):
        await press(sending, job, Verb.FILE)
        assert kinds(playground) == ["photo", "document"]
    assert file_of(playground) == PICTURE
    assert FILE_BUTTON not in labels(messages(playground)[0])
    assert "Loss curve" in labels(messages(playground)[0])


async def test_the_button_stays_if_the_file_may_not_have_arrived(
    playground: Playground, sending: Sending
) -> None:
    job = await delivered(sending, Handover(form=Form.PHOTO))
    await press(sending, job, Verb.MORE)
    trouble(playground, FaultKind.DROP, "sendDocument")
    await press(sending, job, Verb.FILE)
    assert kinds(playground) == ["photo", "text"]
    assert DOUBT in texts(playground)[1]
    assert FILE_BUTTON in labels(messages(playground)[0])
    assert await state(sending, job) is JobState.DELIVERED
    await press(sending, job, Verb.FILE)
    assert kinds(playground) == ["photo", "text", "document"]


@pytest.mark.parametrize("event", [LetIn(), CommandSent(heard=heard(), name="start")])
async def test_who_blocked_the_bot_and_comes_back_finds_the_result_once(
    playground: Playground, sending: Sending, event: Event
) -> None:
    job = await sending.running_job(handover=BOTH, late=True)
    playground.world.rules.block(ADA.chat_id, blocked=True)
    await sending.finish(job, PICTURE)
    await sending.all_sent()
    assert kinds(playground) == ["text"]
    playground.world.rules.block(ADA.chat_id, blocked=False)
    for _ in range(2):
        await sending.happen(event)
        await sending.all_sent()
    assert [kind for kind in kinds(playground) if kind != "text"] == ["photo", "document"]
    assert await state(sending, job) is JobState.DELIVERED


async def test_a_group_that_removed_the_bot_finds_the_result_when_it_takes_it_back(
    playground: Playground, sending: Sending
) -> None:
    here = Person(FORUM_ID, ADA.user_id)
    job = await sending.running_job(here, BOTH, late=True)
    playground.world.rules.block(FORUM_ID, blocked=True)
    await sending.finish(job, PICTURE)
    await sending.all_sent()
    (word,) = messages(playground)
    assert "removed from its group" in (word.text or "")
    playground.world.rules.block(FORUM_ID, blocked=False)
    await sending.committer.let_in(here, greets=False)
    await sending.all_sent()
    assert kinds(playground, FORUM_ID) == ["photo", "document"]
    await press(sending, job, Verb.SEND_HERE)
    assert kinds(playground) == ["text"]


async def test_start_in_private_offers_what_waits_from_a_group(
    playground: Playground, sending: Sending
) -> None:
    job = await sending.running_job(Person(FORUM_ID, ADA.user_id), BOTH, late=True)
    for chat_id in (ADA.chat_id, FORUM_ID):
        playground.world.rules.block(chat_id, blocked=True)
    await sending.finish(job, PICTURE)
    await sending.all_sent()
    playground.world.rules.block(ADA.chat_id, blocked=False)
    for _ in range(2):
        await sending.happen(CommandSent(heard=heard(), name="start"))
    await sending.all_sent()
    offers = [one for one in messages(playground) if "is waiting here" in (one.text or "")]
    assert [labels(one) for one in offers] == [["Send it here"]] * 2
    for _ in range(2):
        await press(sending, job, Verb.SEND_HERE)
    # In the form that the person has now.
    assert (kinds(playground).count("photo"), kinds(playground).count("document")) == (1, 0)
    moved = await sending.store.jobs.require(job.id)
    assert (moved.person, moved.content.message_id, moved.held) == (ADA, 0, False)


async def delivered(
    sending: Sending,
    handover: Handover = BOTH,
    picture: bytes = PICTURE,
    *,
    late: bool = True,
) -> Job:
    """A job that finished, once everything about it was sent; ``late`` if nobody looks on any more."""
    job = await sending.running_job(handover=handover, late=late)
    await sending.finish(job, picture)
    await sending.all_sent()
    return job


async def stored_by_a_process_that_ends(api: ExtBot[str], store: Store) -> Job:
    """A job whose result waits in the outbox."""
    async with sending_with(api, store, Limiter(Budgets(unlimited=True))) as sending:
        job = await sending.running_job(handover=BOTH, late=True)
        sending.limiter.close()
        await sending.outbox.close()
        await sending.finish(job, PICTURE)
    return job


async def press(sending: Sending, job: Job, verb: Verb) -> None:
    """Press one of a job's buttons, and wait until everything about it was sent."""
    data = str(CallbackData(verb, str(job.id), ADA.user_id))
    await sending.happen(ButtonPressed(query_id=None, data=data))
    await sending.all_sent()


async def state(sending: Sending, job: Job) -> JobState:
    return (await sending.store.jobs.require(job.id)).state


def file_of(playground: Playground) -> bytes:
    """The last file in the chat."""
    *_, document = [one.document for one in messages(playground) if one.document]
    return content_of(playground, document.file_id)
