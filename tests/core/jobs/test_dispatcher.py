"""Jobs asked for are painted in turn, told about, cancelled, forgotten."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from core.jobs.job_errors import (
    PictureGoneError,
)
from core.jobs.models import JobState, Person
from core.style.options import Options
from tests.auxil.bench import QUICK, at_work
from tests.auxil.engines import ScriptedEngine, an_outcome, an_update
from tests.auxil.sessions import ANNA, BERT, CLEO, ready

if TYPE_CHECKING:
    from core.jobs.store import Store


async def test_a_job_is_painted_told_and_delivered(store: Store) -> None:
    async with at_work(store) as bench:
        job = await bench.ask()
        handle = await bench.engine.next()
        await bench.observer.wait("started", job)
        handle.advance(replace(an_update(4), preview=b"small"))
        told = await bench.observer.wait("progressed", job)
        handle.finish()
        finished = await bench.observer.wait("finished", job)

        assert (handle.work.content, handle.work.styles) == (b"a photo", (b"a painting",))
        assert (handle.work.options, handle.work.start, handle.work.done) == (QUICK, None, 0)
        assert told.update is not None
        assert (told.update.preview, told.job.state) == (b"small", JobState.RUNNING)
        assert finished.job.state is JobState.DELIVERED
        assert finished.job.progress is not None
        assert finished.job.progress.evaluation == 4
        assert await store.outcome(job.id) == an_outcome()
        assert await store.untold() == []


async def test_people_take_turns(store: Store) -> None:
    async with at_work(store) as bench:
        jobs = [await bench.ask(who) for who in (ANNA, ANNA, ANNA, BERT, CLEO)]
        order: list[Person] = []
        for _ in jobs:
            handle = await bench.engine.next()
            handle.finish()
            order.append((await bench.observer.wait("finished", None, len(order) + 1)).job.person)
        # Her second was asked for before anybody else came, her third was not.
        assert order == [ANNA, ANNA, BERT, CLEO, ANNA]


async def test_as_many_run_as_the_engine_has_slots(store: Store) -> None:
    async with at_work(store, ScriptedEngine(slots=2)) as bench:
        first, second, third = [await bench.ask(who) for who in (ANNA, BERT, CLEO)]
        handles = [await bench.engine.next() for _ in range(2)]
        assert bench.engine.submitted == 2
        assert bench.dispatcher.place(third.id) == 1

        handles[1].finish()
        await bench.engine.next()
        assert [await bench.state(job) for job in (first, third)] == [JobState.RUNNING] * 2
        await bench.observer.wait("finished", second)


async def test_a_waiting_job_is_cancelled_at_once(store: Store) -> None:
    async with at_work(store) as bench:
        await bench.ask(ANNA)
        job = await bench.ask(BERT)

        assert await bench.dispatcher.cancel(job.id)
        told = await bench.observer.wait("ended", job)

        assert told.job.state is JobState.CANCELLED
        assert bench.dispatcher.place(job.id) is None
        assert not await bench.dispatcher.cancel(job.id)
        assert len(bench.observer.of("ended")) == 1


async def test_a_running_job_is_cancelled_and_the_next_begins(store: Store) -> None:
    async with at_work(store) as bench:
        job, following = await bench.ask(ANNA), await bench.ask(BERT)
        handle = await bench.engine.next()
        await bench.observer.wait("started", job)

        assert await bench.dispatcher.cancel(job.id)

        assert handle.cancelled.is_set()
        await bench.observer.wait("ended", job)
        await bench.engine.next()
        await bench.observer.wait("started", following)
        assert await bench.state(job) is JobState.CANCELLED


async def test_a_result_that_comes_after_the_cancel_is_thrown_away(store: Store) -> None:
    engine = ScriptedEngine()
    engine.heeds_cancel = False
    async with at_work(store, engine) as bench:
        job, following = await bench.ask(ANNA), await bench.ask(BERT)
        handle = await engine.next()
        await bench.dispatcher.cancel(job.id)
        handle.finish()

        await bench.observer.wait("started", following)
        assert await bench.state(job) is JobState.CANCELLED
        assert bench.observer.of("finished") == []
        with pytest.raises(PictureGoneError):
            await store.outcome(job.id)


async def test_a_caller_that_goes_away_does_not_lose_the_job(store: Store) -> None:
    async with at_work(store) as bench:
        session = await ready(store)
        asking = asyncio.create_task(bench.dispatcher.submit(session, QUICK))
        await asyncio.sleep(0)
        asking.cancel()
        handle = await bench.engine.next()
        handle.finish()
        await bench.observer.wait("finished")


async def test_again_takes_the_same_pictures_or_goes_on_from_the_result(store: Store) -> None:
    async with at_work(store) as bench:
        job = await bench.ask()
        (await bench.engine.next()).finish()
        done = (await bench.observer.wait("finished", job)).job

        await bench.dispatcher.resubmit(done, Options(seed=2))
        plain = await bench.engine.next()
        plain.finish()
        await bench.dispatcher.resubmit(done, Options(), from_result=True)
        further = await bench.engine.next()

        assert (plain.work.content, plain.work.start) == (b"a photo", None)
        assert (further.work.content, further.work.start) == (b"a photo", b"painted")
        assert further.work.done == 0


async def test_forget_stops_and_removes_without_a_word(store: Store) -> None:
    async with at_work(store) as bench:
        running, waiting = await bench.ask(ANNA), await bench.ask(ANNA)
        other = await bench.ask(BERT)
        handle = await bench.engine.next()
        await bench.observer.wait("started", running)

        await bench.dispatcher.forget(ANNA.user_id)

        assert handle.cancelled.is_set()
        await bench.observer.wait("started", other)
        assert await store.job(running.id) is await store.job(waiting.id) is None
        assert bench.observer.of("ended") == []
        (await bench.engine.next()).finish()
        await bench.observer.wait("finished", other)


async def test_estimates_learn_from_what_was_done(store: Store) -> None:
    async with at_work(store) as bench:
        assert bench.dispatcher.estimate(QUICK, (640, 480)) == pytest.approx(10)
        await bench.ask()
        (await bench.engine.next()).finish(an_outcome(seconds=20))
        await bench.observer.wait("finished")
        following = await bench.ask()
        await bench.engine.next()
        await bench.observer.wait("started", following)
        assert bench.dispatcher.estimate(QUICK, (640, 480)) == pytest.approx(20)
