"""After a clean stop or a crash, the next start takes everything up where it was."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from core.jobs.cohort import Cohort
from core.jobs.job_run import JobRun
from core.jobs.models import JobState
from core.jobs.scheduler import MAX_ATTEMPTS
from core.style.progress import Checkpoint
from tests.auxil.bench import Bench, at_work
from tests.auxil.engines import ScriptedEngine, a_progress
from tests.auxil.sessions import ANNA, BERT, CLEO, a_finished_job, a_job, a_running_job
from tests.auxil.waiting import PATIENCE

if TYPE_CHECKING:
    from core.jobs.store import Store


async def test_a_running_job_continues_from_its_checkpoint_before_those_that_wait(
    store: Store,
) -> None:
    waiting = await a_job(store, ANNA)
    running = await a_running_job(store, BERT)
    await store.jobs.save_checkpoint(running.id, Checkpoint(b"half done", 40))

    async with at_work(store) as bench:
        handle = await bench.engine.next()
        told = await bench.listener.wait("running")

        assert (told.job.id, told.job.attempts) == (running.id, 2)
        assert (handle.work.start, handle.work.done) == (b"half done", 40)
        assert bench.scheduler.place(waiting.id) == 1
        handle.finish()
        (await bench.engine.next()).finish()
        await bench.listener.wait("ended", waiting)


async def test_waiting_jobs_keep_their_order(store: Store) -> None:
    jobs = [await a_job(store, who) for who in (ANNA, ANNA, BERT, CLEO)]
    async with at_work(store, ScriptedEngine(slots=0)) as bench:
        places = [bench.scheduler.place(job.id) for job in jobs]
        assert places == [1, 4, 2, 3]


async def test_a_job_that_took_the_process_down_three_times_fails(store: Store) -> None:
    job = await a_job(store)
    for _ in range(MAX_ATTEMPTS - 1):
        await store.jobs.start(job.id)
        await store.jobs.requeue(job.id)
    await store.jobs.start(job.id)

    async with at_work(store) as bench:
        told = await bench.listener.wait("ended", job)
        assert told.job.state is JobState.FAILED
        assert "thrown off" in str(told.job.error)
        assert bench.engine.submitted == 0


async def test_what_is_over_is_not_taken_up_and_not_told_again(store: Store) -> None:
    cancelled = await a_job(store, ANNA)
    await store.jobs.cancel(cancelled.id)
    # The listener knew of the result in the transaction that stored it, so the start says nothing of it.
    finished = await a_finished_job(store, BERT)

    async with at_work(store) as bench:
        job = await bench.ask(CLEO)
        (await bench.engine.next()).finish()
        await bench.listener.wait("ended", job)
        assert [told.job.id for told in bench.listener.told] == [job.id, job.id]
    assert (await store.jobs.require(finished.id)).state is JobState.FINISHED


async def test_a_clean_stop_puts_running_jobs_back_and_does_not_count_it(store: Store) -> None:
    for _ in range(MAX_ATTEMPTS + 1):
        async with at_work(store) as bench:
            if not await store.jobs.in_states():
                await bench.ask()
            handle = await bench.engine.next()
            await bench.listener.wait("running")
        assert handle.cancelled.is_set()
        (job,) = await store.jobs.in_states()
        assert (job.state, job.attempts) == (JobState.QUEUED, 0)


async def test_a_job_that_is_stopped_as_it_begins_is_not_failed_by_its_forecast(
    store: Store,
) -> None:
    begun = await a_job(store)
    run = JobRun(begun.id, Cohort(ScriptedEngine(), [begun.id]))
    run.suspend()
    assert run.together == 1  # A forecast divides by it.
    async with at_work(store) as bench:
        handle = await bench.engine.next()
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(bench.scheduler._prospects, "of_run", lambda _: 1 // 0)
            handle.advance(a_progress())
            handle.finish()
            told = await bench.listener.wait("ended", begun)
            assert told.job.state is JobState.FINISHED


async def test_a_stop_does_not_wait_for_an_engine_that_does_not_heed_it(store: Store) -> None:
    engine = ScriptedEngine()
    engine.heeds_cancel = False
    async with at_work(store, engine) as bench:
        job = await bench.ask()
        await engine.next()
        await bench.listener.wait("running")
        async with asyncio.timeout(PATIENCE):
            await bench.scheduler.close(timeout=0.05)
        assert await bench.state(job) is JobState.QUEUED


@pytest.mark.parametrize("turns", range(6))
async def test_a_stop_that_coincides_with_a_change_comes_to_its_end(
    store: Store, turns: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("core.jobs.scheduler.ANNOUNCE_PAUSE", 0.0)
    job = await a_job(store)
    async with at_work(store, ScriptedEngine(slots=0)) as bench:
        await bench.listener.wait("waiting", job)
        for _ in range(9):
            await asyncio.sleep(0)
        bench.scheduler.stop(job.id)
        for _ in range(turns):
            await asyncio.sleep(0)
        async with asyncio.timeout(PATIENCE):
            await bench.scheduler.close()


async def test_what_is_asked_for_during_a_stop_waits_for_the_next_start(store: Store) -> None:
    bench = Bench(store, ScriptedEngine())
    await bench.scheduler.start()
    await bench.scheduler.close(timeout=0.05)
    job = await bench.ask()
    assert bench.engine.submitted == 0
    async with at_work(store) as later:
        await later.engine.next()
        await later.listener.wait("running", job)
