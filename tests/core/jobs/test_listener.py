"""What the scheduler's listener is told about jobs that wait and jobs that run."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from core.engines.protocol import Delay
from core.style.progress import Checkpoint
from tests.auxil.bench import at_work
from tests.auxil.engines import ScriptedEngine, a_progress
from tests.auxil.sessions import ANNA, BERT, CLEO

if TYPE_CHECKING:
    from collections.abc import Callable

    from core.jobs.models import Job
    from core.jobs.store import Store
    from tests.auxil.listeners import Recorder, Told


@pytest.fixture(autouse=True)
def quick_announcements(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("core.jobs.scheduler.ANNOUNCE_PAUSE", 0.01)
    monkeypatch.setattr("core.jobs.scheduler.ANNOUNCE_INTERVAL", 0.02)


async def told(listener: Recorder, what: str, job: Job, matches: Callable[[Told], bool]) -> Told:
    """The first such call that matches, once it came."""
    return await listener.wait_until(
        lambda: next((one for one in listener.of(what, job) if matches(one)), None)
    )


async def test_places_and_times_are_told_and_move(store: Store) -> None:
    async with at_work(store) as bench:
        running = await bench.ask(ANNA)
        handle = await bench.engine.next()
        await bench.listener.wait("running", running)
        second, third = await bench.ask(BERT), await bench.ask(CLEO)

        first = await bench.listener.wait("waiting", third)
        assert (first.place, first.seconds, first.delay) == (2, 30.0, None)
        assert bench.scheduler.seconds_left(third.id) == pytest.approx(30)
        assert bench.scheduler.seconds_left(second.id) == pytest.approx(20)

        handle.advance(a_progress(7, elapsed=7.0))
        handle.advance(a_progress(8, elapsed=8.0))
        await told(bench.listener, "running", running, lambda one: one.seconds == 2.0)
        assert bench.scheduler.seconds_left(running.id) == pytest.approx(2)
        assert bench.scheduler.seconds_left(third.id) == pytest.approx(22)
        sooner = await told(bench.listener, "waiting", third, lambda one: one != first)
        assert (sooner.place, sooner.seconds) == (2, 22.0)

        handle.finish()
        await told(bench.listener, "waiting", third, lambda one: one.place == 1)
        assert bench.scheduler.place(third.id) == 1
        assert bench.scheduler.place(second.id) is None


async def test_a_place_is_told_again_only_if_a_person_would_care(store: Store) -> None:
    async with at_work(store) as bench:
        running = await bench.ask(ANNA)
        handle = await bench.engine.next()
        await bench.listener.wait("running", running)
        waiting = await bench.ask(BERT)
        await bench.listener.wait("waiting", waiting)

        # Anna's job has 8 seconds left in place of 10, which moves Bert's end by 2.
        handle.advance(a_progress(2, elapsed=2.0))
        await bench.listener.wait("running", running, 2)
        later = await bench.ask(CLEO)
        await bench.listener.wait("waiting", later)

        assert bench.scheduler.seconds_left(waiting.id) == pytest.approx(18)
        assert len(bench.listener.of("waiting", waiting)) == 1


async def test_an_engine_that_goes_away_and_comes_back_is_told(store: Store) -> None:
    engine = ScriptedEngine(slots=0, speed=100.0)
    engine.delay = Delay.AWAY
    async with at_work(store, engine) as bench:
        job = await bench.ask()
        first = await bench.listener.wait("waiting", job)
        assert (first.place, first.seconds, first.delay) == (1, None, Delay.AWAY)
        engine.delay = Delay.PREPARING
        second = await bench.listener.wait("waiting", job, 2)
        assert second.delay is Delay.PREPARING
        engine.delay, engine.slots = None, 1
        await bench.listener.wait("running", job)


async def test_a_cancelled_jobs_progress_is_not_told_any_more(store: Store) -> None:
    engine = ScriptedEngine()
    engine.heeds_cancel = False
    async with at_work(store, engine) as bench:
        job = await bench.ask()
        handle = await engine.next()
        # The progress waits for the store, which the cancelling transaction holds.
        async with store.transaction():
            handle.advance(replace(a_progress(), checkpoint=Checkpoint(b"half done", 1)))
            await store.jobs.cancel(job.id)
            store.after_commit(lambda: bench.scheduler.stop(job.id))
        handle.finish()
        await bench.scheduler.close()
        assert [one.progress for one in bench.listener.of("running", job)] == [None]
