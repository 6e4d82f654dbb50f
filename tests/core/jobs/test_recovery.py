"""After a clean stop or a crash, the next start takes everything up where it was."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from core.jobs.models import JobState
from core.jobs.workshop import ATTEMPTS
from core.sentences import sentence
from tests.auxil.bench import Bench, at_work
from tests.auxil.engines import ScriptedEngine, an_outcome
from tests.auxil.sessions import ANNA, BERT, CLEO, a_job, a_running_job

if TYPE_CHECKING:
    from core.jobs.models import Job
    from core.jobs.store import Store


async def test_a_running_job_goes_on_from_its_checkpoint_before_those_that_wait(
    store: Store,
) -> None:
    waiting = await a_job(store, ANNA)
    running = await a_running_job(store, BERT)
    await store.checkpoint(running.id, b"half done", 40)
    await store.set_status(running.id, 77)

    async with at_work(store) as bench:
        handle = await bench.engine.next()
        told = await bench.observer.wait("started")

        assert (told.job.id, told.job.attempts, told.job.status_id) == (running.id, 2, 77)
        assert (handle.work.start, handle.work.done) == (b"half done", 40)
        assert bench.dispatcher.place(waiting.id) == 1
        handle.finish()
        (await bench.engine.next()).finish()
        await bench.observer.wait("finished", waiting)


async def test_waiting_jobs_keep_their_order(store: Store) -> None:
    jobs = [await a_job(store, who) for who in (ANNA, ANNA, BERT, CLEO)]
    async with at_work(store, ScriptedEngine(slots=0)) as bench:
        places = [bench.dispatcher.place(job.id) for job in jobs]
        assert places == [1, 4, 2, 3]


async def test_a_job_that_took_the_process_down_three_times_is_set_aside(store: Store) -> None:
    job = await a_job(store)
    for _ in range(ATTEMPTS - 1):
        await store.start_job(job.id)
        await store.requeue_job(job.id)
    await store.start_job(job.id)

    async with at_work(store) as bench:
        told = await bench.observer.wait("ended", job)
        assert told.job.state is JobState.FAILED
        assert "thrown off" in str(told.job.error)
        assert bench.engine.submitted == 0


async def test_an_undelivered_result_is_delivered_and_a_delivered_one_is_not(store: Store) -> None:
    jobs = [await a_running_job(store, who) for who in (ANNA, BERT)]
    for job in jobs:
        await store.finish_job(job.id, an_outcome())
    await store.deliver_job(jobs[1].id)
    await store.mark_photo(jobs[0].id, 5)

    async with at_work(store) as bench:
        told = await bench.observer.wait("finished", jobs[0])
        assert told.job.photo_id == 5
    assert len(bench.observer.of("finished")) == 1


async def test_an_end_that_nobody_heard_of_is_told_once(store: Store) -> None:
    cancelled, failed = await a_job(store, ANNA), await a_job(store, BERT)
    await store.cancel_job(cancelled.id)
    await store.fail_job(failed.id, sentence("No."))

    async with at_work(store) as bench:
        await bench.observer.wait("ended", cancelled)
        assert (await bench.observer.wait("ended", failed)).job.error == sentence("No.")
    async with at_work(store) as bench:
        await bench.ask(CLEO)
        (await bench.engine.next()).finish()
        await bench.observer.wait("finished")
        assert bench.observer.of("ended") == []


async def test_a_clean_stop_puts_running_jobs_back_and_does_not_count_it(store: Store) -> None:
    for _ in range(ATTEMPTS + 1):
        async with at_work(store) as bench:
            if not await store.jobs_in():
                await bench.ask()
            handle = await bench.engine.next()
            await bench.observer.wait("started")
        assert handle.cancelled.is_set()
        (job,) = await store.jobs_in()
        assert (job.state, job.attempts) == (JobState.QUEUED, 0)


async def test_a_stop_does_not_wait_for_an_engine_that_does_not_heed_it(store: Store) -> None:
    engine = ScriptedEngine()
    engine.heeds_cancel = False
    async with at_work(store, engine) as bench:
        job = await bench.ask()
        await engine.next()
        await bench.observer.wait("started")
        async with asyncio.timeout(2):
            await bench.dispatcher.close(patience=0.05)
        assert await bench.state(job) is JobState.QUEUED


async def test_what_is_asked_for_during_a_stop_waits_for_the_next_start(store: Store) -> None:
    bench = Bench(store, ScriptedEngine())
    await bench.dispatcher.start()
    await bench.dispatcher.close(patience=0.05)
    job = await bench.ask()
    assert bench.engine.submitted == 0
    async with at_work(store) as later:
        await later.engine.next()
        await later.observer.wait("started", job)


async def test_an_end_hung_up_by_the_observer_does_not_keep_the_process(store: Store) -> None:
    reached = asyncio.Event()

    async def hang(_: Job) -> None:
        reached.set()
        await asyncio.Event().wait()

    async with at_work(store) as bench:
        bench.observer.hooks["finished"] = hang
        job = await bench.ask()
        (await bench.engine.next()).finish()
        await reached.wait()
        assert await bench.state(job) is JobState.FINISHED
        async with asyncio.timeout(2):
            await bench.dispatcher.close(patience=0.05)
    async with at_work(store) as later:
        await later.observer.wait("finished", job)
