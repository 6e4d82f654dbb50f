"""Jobs go through their states in order, or the store says no."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, timedelta
from typing import TYPE_CHECKING

import pytest

from core.jobs.job_errors import JobGoneError, JobStateError, PictureGoneError
from core.jobs.models import TRANSITIONS, Job, JobState, Person, Role
from core.jobs.preferences import Form, Handover, Part, Sound
from core.sentences import sentence
from core.style.options import Options, Preset
from core.style.progress import Checkpoint
from tests.auxil.engines import a_result
from tests.auxil.sessions import (
    ANNA,
    BERT,
    a_delivered_job,
    a_finished_job,
    a_job,
    a_message,
    a_picture,
    a_running_job,
    ready,
    repeated,
    submit,
)

if TYPE_CHECKING:
    from core.jobs.store import Store
    from tests.core.jobs.conftest import Clock

DAY = timedelta(days=1)


async def bring_to(store: Store, state: JobState) -> Job:
    """A job in this state, by the shortest legal way."""
    match state:
        case JobState.QUEUED:
            return await a_job(store)
        case JobState.RUNNING:
            return await a_running_job(store)
        case JobState.FINISHED:
            return await a_finished_job(store)
        case JobState.DELIVERED:
            return await a_delivered_job(store)
        case JobState.FAILED:
            return await store.jobs.fail((await a_job(store)).id, sentence("No."))
        case JobState.CANCELLED:
            job = await a_job(store)
            assert await store.jobs.cancel(job.id)
            return await store.jobs.require(job.id)


async def move(store: Store, job: Job, to: JobState) -> None:
    match to:
        case JobState.QUEUED:
            await store.jobs.requeue(job.id)
        case JobState.RUNNING:
            await store.jobs.start(job.id)
        case JobState.FINISHED:
            await store.jobs.finish(job.id, a_result())
        case JobState.FAILED:
            await store.jobs.fail(job.id, sentence("Sorry."))
        case JobState.CANCELLED:
            if not await store.jobs.cancel(job.id):
                raise JobStateError(job.id, state=job.state, wanted=to)
        case JobState.DELIVERED:
            await store.jobs.deliver(job.id)
            if (await store.jobs.require(job.id)).state is not to:
                raise JobStateError(job.id, state=job.state, wanted=to)


async def sent(store: Store, job: Job, role: Role, message_id: int) -> int:
    """The row of a message about a job."""
    return await a_message(store, job.person, role, job_id=job.id, message_id=message_id)


@pytest.mark.parametrize("to", JobState)
@pytest.mark.parametrize("state", JobState)
async def test_only_the_transitions_of_the_table_are_possible(
    store: Store, state: JobState, to: JobState
) -> None:
    before = await bring_to(store, state)
    assert before.state is state
    if to in TRANSITIONS[state]:
        await move(store, before, to)
        assert (await store.jobs.require(before.id)).state is to
    elif (state, to) == (JobState.DELIVERED, JobState.DELIVERED):
        await move(store, before, to)
        assert await store.jobs.get(before.id) == before
    else:
        with pytest.raises(JobStateError):
            await move(store, before, to)
        assert await store.jobs.get(before.id) == before


async def test_a_job_is_what_was_asked_for(store: Store) -> None:
    session = await ready(store)
    handover = Handover(form=Form.PHOTO, sound=Sound.NONE)

    job = await submit(store, session, ANNA, Options(preset=Preset.FINE, seed=3), handover)

    assert (job.content, job.style, job.size) == (session.content, session.style, (640, 480))
    assert (job.options, job.handover) == (Options(preset=Preset.FINE, seed=3), handover)
    assert (job.state, job.attempts, job.person) == (JobState.QUEUED, 0, ANNA)
    assert job.created.tzinfo is UTC
    assert await store.jobs.get(job.id) == job
    assert await store.pictures.data(job.content.id) == b"a photo"


async def test_a_job_has_the_id_that_was_foretold(store: Store) -> None:
    await a_job(store)
    async with store.transaction():
        _, foretold, _ = await store.outbox.next_ids()
        job = await a_job(store)
    assert job.id == foretold


async def test_jobs_are_listed_by_person_and_state(store: Store) -> None:
    first, second = await a_job(store), await a_job(store)
    elsewhere = await a_job(store, Person(chat_id=-9, user_id=ANNA.user_id))
    other = await a_job(store, BERT)
    await store.jobs.start(second.id)

    assert [job.id for job in await store.jobs.of(ANNA)] == [first.id, second.id]
    assert [job.id for job in await store.jobs.of(ANNA, JobState.RUNNING)] == [second.id]
    of_user = await store.jobs.of_user(ANNA.user_id, JobState.QUEUED)
    assert [job.id for job in of_user] == [first.id, elsewhere.id]
    queued = await store.jobs.in_states(JobState.QUEUED)
    assert [job.id for job in queued] == [first.id, elsewhere.id, other.id]
    assert len(await store.jobs.in_states()) == 4


async def test_what_a_user_asked_for_within_a_time_is_counted_in_all_chats(
    store: Store, clock: Clock
) -> None:
    await a_job(store)
    clock.pass_by(hours=1)
    elsewhere = await a_job(store, Person(chat_id=-9, user_id=ANNA.user_id))
    cancelled = await a_job(store)
    await store.jobs.cancel(cancelled.id)
    await store.jobs.fail((await a_job(store)).id, sentence("No."))
    await a_job(store, BERT)

    asked = await store.jobs.asked_since(ANNA.user_id, clock() - timedelta(hours=1))
    assert asked == [elsewhere.created, cancelled.created]


async def test_progress_is_remembered(store: Store) -> None:
    job = await a_running_job(store)
    await store.jobs.set_progress(job.id, 4, 90)
    assert await store.jobs.get(job.id) == replace(job, evaluation=4, evaluations=90)


async def test_attempts_count_starts_but_not_those_that_were_forgiven(store: Store) -> None:
    job = await a_job(store)
    await store.jobs.start(job.id)
    await store.jobs.requeue(job.id, forgive=True)
    await store.jobs.start(job.id)
    await store.jobs.requeue(job.id)
    assert (await store.jobs.start(job.id)).attempts == 2


async def test_a_failed_job_has_the_sentence(store: Store) -> None:
    job = await a_job(store)
    failed = await store.jobs.fail(job.id, sentence("No, {name}.", name="Anna"))
    assert (failed.state, str(failed.error)) == (JobState.FAILED, "No, Anna.")


async def test_a_repeated_job_shares_the_pictures(store: Store) -> None:
    old = await a_delivered_job(store)

    new = await repeated(store, old, Options(preset=Preset.QUICK))
    further = await repeated(store, old, from_result=True)

    assert (new.content, new.style, new.start_id) == (old.content, old.style, None)
    assert (new.state, new.options.preset) == (JobState.QUEUED, Preset.QUICK)
    assert further.start_id is not None
    assert await store.pictures.data(further.start_id) == b"painted"


async def test_what_was_cleaned_away_cannot_be_repeated(store: Store) -> None:
    old = await a_delivered_job(store)
    await store.housekeeping.clean(results_older_than=timedelta(0), inputs_older_than=DAY)
    with pytest.raises(PictureGoneError):
        await repeated(store, old, from_result=True)
    assert len(await store.jobs.of(ANNA)) == 1

    await store.housekeeping.clean(results_older_than=timedelta(0))
    with pytest.raises(PictureGoneError):
        await repeated(store, old)


async def test_the_last_checkpoint_counts_and_goes_with_the_end_unless_the_job_is_cancelled(
    store: Store,
) -> None:
    job = await a_running_job(store)
    assert await store.jobs.last_checkpoint(job.id) is None

    await store.jobs.save_checkpoint(job.id, Checkpoint(b"half", 20))
    await store.jobs.save_checkpoint(job.id, Checkpoint(b"nearly", 30))
    await store.jobs.requeue(job.id)
    await store.jobs.save_checkpoint(job.id, Checkpoint(b"too late", 40))
    assert await store.jobs.last_checkpoint(job.id) == Checkpoint(b"nearly", 30)

    await store.jobs.cancel(job.id)
    assert await store.jobs.last_checkpoint(job.id) == Checkpoint(b"nearly", 30)
    failed = await a_running_job(store)
    await store.jobs.save_checkpoint(failed.id, Checkpoint(b"half", 20))
    await store.jobs.fail(failed.id, sentence("It failed."))
    assert await store.jobs.last_checkpoint(failed.id) is None


async def test_a_result_comes_back_whole(store: Store) -> None:
    job = await a_finished_job(store)
    assert await store.jobs.result(job.id) == a_result()


async def test_a_result_that_fell_short_comes_back_as_such(store: Store) -> None:
    rough = replace(a_result(), complete=False, reduced=True, exact_losses=False)
    job = await a_finished_job(store, result=rough)
    assert await store.jobs.result(job.id) == rough


async def test_the_facts_are_what_is_still_kept(store: Store) -> None:
    queued, done = await a_job(store), await a_delivered_job(store)
    facts = await store.jobs.facts(queued)
    assert (facts.job, facts.result, facts.pictures_kept) == (queued, None, True)

    facts = await store.jobs.facts(done)
    without_bytes = replace(a_result(), picture=b"", trace=(), frames=())
    assert (facts.result, facts.pictures_kept) == (without_bytes, True)

    await store.housekeeping.clean(results_older_than=DAY, inputs_older_than=timedelta(0))
    facts = await store.jobs.facts(done)
    assert (facts.result, facts.pictures_kept) == (without_bytes, False)


async def test_the_newest_result_is_one_of_the_persons_in_this_chat(store: Store) -> None:
    assert await store.jobs.newest_result(ANNA) is None
    done = [await a_delivered_job(store) for _ in range(2)]
    await a_job(store)
    assert await store.jobs.newest_result(ANNA) == done[-1]
    assert await store.jobs.newest_result(BERT) is None
    assert await store.jobs.newest_result(Person(chat_id=-9, user_id=ANNA.user_id)) is None


async def test_an_unknown_job_is_nothing_or_a_typed_error(store: Store) -> None:
    assert await store.jobs.get(99) is None
    assert await store.jobs.cancel(99) is False
    await store.jobs.deliver(99)
    for call in (store.jobs.require(99), store.jobs.start(99)):
        with pytest.raises(JobGoneError):
            await call
    with pytest.raises(PictureGoneError):
        await store.jobs.result(99)


async def test_a_message_leads_to_the_active_job_and_to_none_of_another_chat(store: Store) -> None:
    job = await a_job(store)
    again = await repeated(store, job, Options(seed=2))
    await sent(store, again, Role.STATUS, 10_001)
    await sent(store, again, Role.PHOTO, 10_002)

    async def found(message_id: int, chat_id: int = job.person.chat_id) -> int | None:
        of_message = await store.jobs.by_message(chat_id, message_id)
        return None if of_message is None else of_message.id

    assert await found(job.content.message_id) == again.id
    await store.jobs.cancel(again.id)
    assert await found(job.style.message_id) == job.id
    assert [await found(one) for one in (10_001, 10_002, 10_003)] == [again.id, again.id, None]
    assert await found(10_001, BERT.chat_id) is None


async def test_what_was_sent_or_waits_to_be_sent_is_not_missing(store: Store) -> None:
    job = await a_finished_job(store)
    await store.jobs.set_handover(job.id, Handover(form=Form.BOTH))
    job = await store.jobs.require(job.id)
    assert (job.missing, job.result_message_id) == ((Part.PHOTO, Part.DOCUMENT), None)

    await sent(store, job, Role.PHOTO, 41)
    now = await store.jobs.require(job.id)
    assert (now.missing, now.result_message_id) == ((Part.DOCUMENT,), 41)

    row = await a_message(store, role=Role.DOCUMENT, job_id=job.id)
    await store.outbox.add(job.person, "send", turn=1, message=row, job_id=job.id)
    now = await store.jobs.require(job.id)
    assert (now.missing, now.has(Part.DOCUMENT)) == ((), True)
    await store.outbox.withdraw(row)
    assert (await store.jobs.require(job.id)).missing == (Part.DOCUMENT,)


async def test_a_status_message_that_became_the_result_has_that_role(store: Store) -> None:
    job = await a_finished_job(store)
    row = await a_message(store, role=Role.STATUS, job_id=job.id, message_id=41)
    assert (await store.jobs.require(job.id)).result_message_id is None
    await store.outbox.become_result(row)
    now = await store.jobs.require(job.id)
    assert (now.missing, now.status, now.result_message_id) == ((), None, 41)
    assert now.messages[0].captioned


async def test_a_file_alone_is_the_result(store: Store) -> None:
    handover = Handover(form=Form.FILE)
    job = await submit(store, await ready(store), handover=handover)
    assert job.missing == (Part.DOCUMENT,)
    await sent(store, job, Role.DOCUMENT, 42)
    assert (await store.jobs.require(job.id)).result_message_id == 42


async def test_of_several_messages_in_a_role_the_newest_counts(store: Store) -> None:
    job = await a_job(store)
    rows = [await sent(store, job, Role.STATUS, 10_000 + number) for number in range(2)]
    status = (await store.jobs.require(job.id)).status
    assert status is not None
    assert (status.id, status.message_id) == (rows[1], 10_001)


async def test_a_job_needs_pictures_that_are_kept(store: Store) -> None:
    session = await ready(store)
    gone = await a_picture(store)
    await store.pictures.delete_unreferenced([gone.id])
    with pytest.raises(PictureGoneError):
        await submit(store, replace(session, style=gone))
    assert (await store.jobs.of(ANNA), await store.sessions.get(ANNA)) == ([], session)
