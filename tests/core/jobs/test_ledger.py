"""Jobs go through their states in order, or the store says no."""

from __future__ import annotations

import asyncio
from datetime import UTC, timedelta
from typing import TYPE_CHECKING

import pytest

from core.jobs.job_errors import (
    JobGoneError,
    JobStateError,
    PictureGoneError,
    SessionOverError,
)
from core.jobs.models import FLOW, Checkpoint, Job, JobProgress, JobState, Person, Step
from core.jobs.preferences import Part
from core.sentences import sentence
from core.style.options import Options, Preset
from tests.auxil.engines import an_outcome, losses
from tests.auxil.sessions import ANNA, BERT, a_job, a_running_job, ready

if TYPE_CHECKING:
    from core.jobs.store import Store


async def bring_to(store: Store, state: JobState) -> Job:
    """A job in this state, by the shortest legal way."""
    job = await a_job(store)
    match state:
        case JobState.CANCELLED:
            await store.cancel_job(job.id)
        case JobState.FAILED:
            await store.fail_job(job.id, sentence("No."))
        case JobState.RUNNING:
            await store.start_job(job.id)
        case JobState.FINISHED | JobState.DELIVERED:
            await store.start_job(job.id)
            await store.finish_job(job.id, an_outcome())
            if state is JobState.DELIVERED:
                await store.deliver_job(job.id)
        case JobState.QUEUED:
            pass
    brought = await store.job(job.id)
    assert brought is not None
    assert brought.state is state
    return brought


async def move(store: Store, job: Job, to: JobState) -> object:
    match to:
        case JobState.QUEUED:
            return await store.requeue_job(job.id)
        case JobState.RUNNING:
            return await store.start_job(job.id)
        case JobState.FINISHED:
            return await store.finish_job(job.id, an_outcome())
        case JobState.DELIVERED:
            return await store.deliver_job(job.id)
        case JobState.FAILED:
            return await store.fail_job(job.id, sentence("Sorry."))
        case JobState.CANCELLED:
            if await store.cancel_job(job.id) is None:
                raise JobStateError(job.id, state=job.state, wanted=to)
            return None


@pytest.mark.parametrize("to", JobState)
@pytest.mark.parametrize("state", JobState)
async def test_only_the_ways_that_are_drawn_are_open(
    store: Store, state: JobState, to: JobState
) -> None:
    before = await bring_to(store, state)
    if to in FLOW[state]:
        await move(store, before, to)
        after = await store.job(before.id)
        assert after is not None
        assert after.state is to
    else:
        with pytest.raises(JobStateError):
            await move(store, before, to)
        assert await store.job(before.id) == before


async def test_a_job_has_the_conversations_pictures_and_clears_it(store: Store) -> None:
    session = await ready(store)

    job = await store.create_job(session, Options(preset=Preset.FINE, seed=3))

    assert (job.content, job.style) == (session.content, session.style)
    assert job.options == Options(preset=Preset.FINE, seed=3)
    assert (job.state, job.attempts, job.person) == (JobState.QUEUED, 0, ANNA)
    assert job.created.tzinfo is UTC
    assert await store.job(job.id) == job
    assert (await store.session(ANNA)).step is Step.CONTENT
    assert await store.picture(job.content.id) == b"a photo"


async def test_five_presses_of_one_button_are_one_job(store: Store) -> None:
    session = await ready(store)

    presses = [store.create_job(session, Options()) for _ in range(5)]
    made = await asyncio.gather(*presses, return_exceptions=True)

    assert sum(isinstance(one, Job) for one in made) == 1
    assert sum(isinstance(one, SessionOverError) for one in made) == 4
    assert len(await store.jobs_of(ANNA)) == 1


async def test_jobs_are_listed_by_person_and_state(store: Store) -> None:
    first, second = await a_job(store), await a_job(store)
    elsewhere = await a_job(store, Person(chat_id=-9, user_id=ANNA.user_id))
    other = await a_job(store, BERT)
    await store.start_job(second.id)

    assert [job.id for job in await store.jobs_of(ANNA)] == [first.id, second.id]
    assert [job.id for job in await store.jobs_of(ANNA, JobState.RUNNING)] == [second.id]
    queued = await store.jobs_in(JobState.QUEUED)
    assert [job.id for job in queued] == [first.id, elsewhere.id, other.id]


async def test_what_the_bot_notes_comes_back(store: Store) -> None:
    job = await a_running_job(store)
    progress = JobProgress(evaluation=4, evaluations=90, losses=losses())

    await store.set_status(job.id, 51)
    await store.set_progress(job.id, progress)
    await store.mark_photo(job.id, 52)
    await store.mark_document(job.id, 53)

    noted = await store.job(job.id)
    assert noted is not None
    assert (noted.status_id, noted.photo_id, noted.document_id) == (51, 52, 53)
    assert noted.progress == progress
    await store.set_status(job.id, None)
    assert getattr(await store.job(job.id), "status_id", 0) is None


async def test_a_part_is_under_way_until_it_is_marked(store: Store) -> None:
    job = await a_running_job(store)
    seen = []
    for step in (
        store.set_sending(job.id, Part.PHOTO),
        store.mark_photo(job.id, 52),
        store.set_sending(job.id, Part.DOCUMENT),
        store.set_sending(job.id, None),
    ):
        await step
        seen.append(getattr(await store.job(job.id), "sending", "gone"))
    assert seen == [Part.PHOTO, None, Part.DOCUMENT, None]


async def test_attempts_count_starts_but_not_those_that_were_forgiven(store: Store) -> None:
    job = await a_job(store)
    await store.start_job(job.id)
    await store.requeue_job(job.id, forgive=True)
    await store.start_job(job.id)
    await store.requeue_job(job.id)
    assert (await store.start_job(job.id)).attempts == 2


async def test_a_repeated_job_shares_the_pictures(store: Store) -> None:
    old = await bring_to(store, JobState.DELIVERED)

    new = await store.repeat_job(old, Options(preset=Preset.QUICK))
    further = await store.repeat_job(old, Options(), from_result=True)

    assert (new.content, new.style, new.start_id) == (old.content, old.style, None)
    assert (new.state, new.options.preset) == (JobState.QUEUED, Preset.QUICK)
    assert further.start_id is not None
    assert await store.picture(further.start_id) == b"painted"


async def test_what_was_cleaned_away_cannot_be_repeated(store: Store) -> None:
    old = await bring_to(store, JobState.DELIVERED)
    await store.clean(results_older_than=timedelta(0), inputs_older_than=timedelta(days=1))
    with pytest.raises(PictureGoneError):
        await store.repeat_job(old, Options(), from_result=True)
    assert len(await store.jobs_of(ANNA)) == 1

    await store.clean(results_older_than=timedelta(0))
    with pytest.raises(PictureGoneError):
        await store.repeat_job(old, Options())


async def test_the_last_checkpoint_counts_and_goes_with_the_end(store: Store) -> None:
    job = await a_running_job(store)
    assert await store.last_checkpoint(job.id) is None

    await store.checkpoint(job.id, b"half", 20)
    await store.checkpoint(job.id, b"nearly", 30)
    await store.requeue_job(job.id)
    assert await store.last_checkpoint(job.id) == Checkpoint(b"nearly", 30)

    await store.cancel_job(job.id)
    assert await store.last_checkpoint(job.id) is None


async def test_an_outcome_comes_back_whole(store: Store) -> None:
    job = await a_running_job(store)
    await store.finish_job(job.id, an_outcome())
    assert await store.outcome(job.id) == an_outcome()


async def test_an_unknown_job_is_nothing_or_a_typed_error(store: Store) -> None:
    assert await store.job(99) is None
    assert await store.cancel_job(99) is None
    with pytest.raises(JobGoneError):
        await store.start_job(99)
    with pytest.raises(PictureGoneError):
        await store.outcome(99)


async def test_a_message_leads_to_the_job_that_goes_on_and_to_none_of_another_chat(
    store: Store,
) -> None:
    job = await a_job(store)
    again = await store.repeat_job(job, Options(seed=2))
    await store.set_status(again.id, 10_001)
    await store.mark_photo(again.id, 10_002)

    async def found(message_id: int, chat_id: int = job.person.chat_id) -> int | None:
        of_message = await store.job_with(chat_id, message_id)
        return None if of_message is None else of_message.id

    assert await found(job.content.message_id) == again.id
    await store.cancel_job(again.id)
    assert await found(job.style.message_id) == job.id
    assert [await found(one) for one in (10_001, 10_002, 10_003)] == [again.id, again.id, None]
    assert await found(10_001, BERT.chat_id) is None
