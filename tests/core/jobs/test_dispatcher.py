"""Jobs asked for are painted in turn, told about, cancelled, limited; an observer cannot harm them."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from core.engines.base import WorkLostError
from core.jobs import observer as observer_module
from core.jobs import workshop
from core.jobs.dispatcher import Dispatcher, Limits
from core.jobs.errors import (
    DailyLimitError,
    PersonLimitError,
    PictureGoneError,
    QueueFullError,
    StoreFullError,
    WaitingLimitError,
)
from core.jobs.models import Job, JobState, Person
from core.style.errors import OutOfMemoryError
from core.style.options import Options, Preset
from tests.auxil.engines import ScriptedEngine, an_outcome, an_update
from tests.auxil.observers import Recorder
from tests.auxil.sessions import ANNA, BERT, CLEO, ready

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from core.jobs.store import Store
    from tests.core.jobs.conftest import Clock

QUICK = Options(preset=Preset.QUICK)


def cost(options: Options, size: tuple[int, int]) -> float:
    return size[0] * size[1] / 307.2 * (1 if options.preset is Preset.QUICK else 4)


class Bench:
    """A dispatcher with everything around it in the test's hands."""

    def __init__(self, store: Store, engine: ScriptedEngine, **choices: Any) -> None:
        self.store = store
        self.engine = engine
        self.observer = Recorder(store)
        self.dispatcher = Dispatcher(store, engine, self.observer, cost=cost, **choices)

    async def ask(self, person: Person = ANNA, options: Options = QUICK) -> Job:
        return await self.dispatcher.submit(await ready(self.store, person), options)

    async def state(self, job: Job) -> JobState:
        found = await self.store.job(job.id)
        assert found is not None
        return found.state


@asynccontextmanager
async def at_work(
    store: Store, engine: ScriptedEngine | None = None, **choices: Any
) -> AsyncIterator[Bench]:
    bench = Bench(store, engine or ScriptedEngine(speed=100.0), **choices)
    await bench.dispatcher.start()
    try:
        yield bench
    finally:
        await bench.dispatcher.close(patience=0.2)


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


async def test_places_and_times_are_told_and_move(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("core.jobs.dispatcher.TELL_EVERY", 0.01)
    async with at_work(store) as bench:
        running, second, third = [await bench.ask(who) for who in (ANNA, BERT, CLEO)]
        handle = await bench.engine.next()

        told = await bench.observer.wait("waiting", third)
        assert told.place == 2
        assert told.seconds == pytest.approx(30)
        assert bench.dispatcher.seconds_left(third.id) == pytest.approx(30)
        assert bench.dispatcher.seconds_left(second.id) == pytest.approx(20)
        handle.advance(an_update(2, evaluations=4, elapsed=2.0))
        handle.advance(an_update(3, evaluations=4, elapsed=4.0))
        await bench.observer.wait_until(
            lambda: next(
                (one for one in bench.observer.of("progressed") if one.seconds == 2.0), None
            )
        )
        assert bench.dispatcher.seconds_left(running.id) == pytest.approx(2)
        assert bench.dispatcher.seconds_left(third.id) == pytest.approx(22)

        handle.finish()
        await bench.observer.wait_until(
            lambda: next(
                (one for one in bench.observer.of("waiting", third) if one.place == 1), None
            )
        )
        assert bench.dispatcher.place(third.id) == 1
        assert bench.dispatcher.place(second.id) is None


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


async def test_the_works_own_error_is_told_in_its_words(store: Store) -> None:
    async with at_work(store) as bench:
        job = await bench.ask()
        (await bench.engine.next()).fail(OutOfMemoryError())
        told = await bench.observer.wait("ended", job)
        assert (told.job.state, told.job.error) == (JobState.FAILED, str(OutOfMemoryError()))


async def test_what_nobody_foresaw_is_logged_and_told_plainly(
    store: Store, caplog: pytest.LogCaptureFixture
) -> None:
    async with at_work(store) as bench:
        job, following = await bench.ask(ANNA), await bench.ask(BERT)
        (await bench.engine.next()).fail(RuntimeError("CUDA: internal details"))
        told = await bench.observer.wait("ended", job)
        assert told.job.error == "Something went wrong on my side. Please try again."
        assert "CUDA: internal details" in caplog.text
        await bench.observer.wait("started", following)


async def test_lost_work_is_done_again_from_its_checkpoint_and_before_others(store: Store) -> None:
    async with at_work(store) as bench:
        job, _ = await bench.ask(ANNA), await bench.ask(BERT)
        handle = await bench.engine.next()
        handle.advance(replace(an_update(7), checkpoint=b"half done"))
        await bench.observer.wait("progressed", job)
        handle.fail(WorkLostError("the worker went away"))

        again = await bench.engine.next()
        assert (again.work.start, again.work.done) == (b"half done", 7)
        again.finish()
        done = await bench.observer.wait("finished", job)
        assert done.job.attempts == 2


async def test_work_that_is_lost_each_time_is_given_up(store: Store) -> None:
    async with at_work(store) as bench:
        job = await bench.ask()
        for _ in range(workshop.ATTEMPTS):
            (await bench.engine.next()).fail(WorkLostError("the worker went away"))
        told = await bench.observer.wait("ended", job)
        assert told.job.state is JobState.FAILED
        assert "tried 3 times" in (told.job.error or "")


async def test_the_queue_is_bounded_and_says_when_to_come_back(store: Store) -> None:
    async with at_work(store, limits=Limits(queue_size=2)) as bench:
        for person in (ANNA, BERT, CLEO):
            await bench.ask(person)
        session = await ready(store, BERT)
        with pytest.raises(
            QueueFullError, match=r"2 pictures are waiting.*in about a minute"
        ) as full:
            await bench.dispatcher.submit(session, QUICK)
        assert full.value.seconds == pytest.approx(20)
        assert await store.session(BERT) == session


async def test_one_person_has_a_share_and_admins_have_none(store: Store) -> None:
    limits = Limits(waiting_per_person=1, per_day=3, admins=frozenset({BERT.user_id}))
    async with at_work(store, limits=limits) as bench:
        await bench.ask(ANNA)
        await bench.ask(ANNA)
        with pytest.raises(WaitingLimitError) as waiting:
            await bench.ask(ANNA)
        assert isinstance(waiting.value, PersonLimitError)
        for _ in range(5):
            await bench.ask(BERT)


async def test_a_day_has_a_limit_that_passes(store: Store, clock: Clock) -> None:
    async with at_work(store, limits=Limits(per_day=2)) as bench:
        await bench.ask()
        clock.pass_by(hours=5)
        await bench.ask()
        clock.pass_by(hours=5)
        with pytest.raises(DailyLimitError, match="in about 14 hours"):
            await bench.ask()
        clock.pass_by(hours=14, minutes=1)
        await bench.ask()


async def test_many_presses_at_once_do_not_slip_past_the_limits(store: Store) -> None:
    async with at_work(store, limits=Limits(queue_size=3)) as bench:
        people = [Person(number, number) for number in range(10, 30)]
        ends = await asyncio.gather(*map(bench.ask, people), return_exceptions=True)
        assert sum(isinstance(end, Job) for end in ends) == 4
        assert sum(isinstance(end, QueueFullError) for end in ends) == 16


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


@pytest.mark.parametrize("what", ["waiting", "started", "progressed", "finished", "ended"])
async def test_an_observer_that_raises_does_not_hurt_the_queue(
    store: Store, what: str, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(observer_module, "RETRIES", (0.0, 0.0))

    def refuse(job: Job) -> None:
        if job.person == ANNA:
            raise ConnectionError("the chat is gone")

    async with at_work(store) as bench:
        bench.observer.hooks[what] = refuse
        await bench.ask(ANNA)
        doomed, good = await bench.ask(ANNA), await bench.ask(BERT)
        first = await bench.engine.next()
        first.advance(an_update())
        first.finish()
        if what == "ended":
            await bench.dispatcher.cancel(doomed.id)
        else:
            (await bench.engine.next()).finish()
        (await bench.engine.next()).finish()
        assert (await bench.observer.wait("finished", good)).job.state is JobState.DELIVERED
    assert "could not be told" in caplog.text or "Telling of job" in caplog.text


async def test_an_observer_that_hangs_keeps_neither_the_queue_nor_the_end(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(observer_module, "PATIENCE", 0.05)
    async with at_work(store) as bench:
        bench.observer.hooks["started"] = lambda _: asyncio.Event().wait()
        first, second = await bench.ask(ANNA), await bench.ask(BERT)
        (await bench.engine.next()).finish()
        (await bench.engine.next()).finish()
        await bench.observer.wait("finished", first)
        await bench.observer.wait("finished", second)


async def test_a_delivery_that_takes_long_does_not_keep_the_next_job(store: Store) -> None:
    gate = asyncio.Event()
    async with at_work(store) as bench:
        bench.observer.hooks["finished"] = lambda job: gate.wait() if job.person == ANNA else None
        slow, fast = await bench.ask(ANNA), await bench.ask(BERT)
        (await bench.engine.next()).finish()
        (await bench.engine.next()).finish()
        await bench.observer.wait("finished", fast)
        assert await bench.state(slow) is JobState.FINISHED
        gate.set()
        await bench.observer.wait("finished", slow)


async def test_a_delivery_that_failed_is_tried_again(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(observer_module, "RETRIES", (0.0, 0.0, 0.0))
    tries: list[Job] = []

    def twice(job: Job) -> None:
        tries.append(job)
        if len(tries) < 3:
            raise ConnectionError

    async with at_work(store) as bench:
        bench.observer.hooks["finished"] = twice
        job = await bench.ask()
        (await bench.engine.next()).finish()
        assert (await bench.observer.wait("finished", job)).job.state is JobState.DELIVERED
    assert len(tries) == 3


async def test_a_slow_observer_gets_the_newest_progress_and_no_preview_is_lost(
    store: Store,
) -> None:
    gate, reached = asyncio.Event(), asyncio.Event()

    async def hold(_: Job) -> None:
        reached.set()
        await gate.wait()

    async with at_work(store) as bench:
        bench.observer.hooks["started"] = hold
        job = await bench.ask()
        handle = await bench.engine.next()
        await reached.wait()
        for evaluation in range(1, 9):
            preview = b"preview" if evaluation == 5 else None
            handle.advance(replace(an_update(evaluation), preview=preview))
        await handle.taken()
        gate.set()

        told = await bench.observer.wait("progressed", job)
        assert told.update is not None
        assert (told.update.evaluation, told.update.preview) == (8, b"preview")
        assert len(bench.observer.of("progressed")) == 1


async def test_progress_is_not_written_at_every_evaluation(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    written = []
    write = store.set_progress

    async def count(job_id: int, progress: Any) -> None:
        written.append(progress.evaluation)
        await write(job_id, progress)

    monkeypatch.setattr(store, "set_progress", count)
    async with at_work(store) as bench:
        await bench.ask()
        handle = await bench.engine.next()
        for evaluation in range(1, 50):
            handle.advance(an_update(evaluation))
        handle.finish()
        await bench.observer.wait("finished")
    assert written == [1]


async def test_a_full_disk_waits_with_the_result_and_harms_nothing(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    refusals = 3
    finish = store.finish_job
    kept = []

    async def full(job_id: int, outcome: Any) -> Job:
        nonlocal refusals
        kept.append(len(outcome.frames))
        if refusals:
            refusals -= 1
            raise StoreFullError
        return await finish(job_id, outcome)

    monkeypatch.setattr(store, "finish_job", full)
    async with at_work(store, full_pauses=(0.0, 0.0)) as bench:
        job = await bench.ask()
        (await bench.engine.next()).finish()
        await bench.observer.wait("finished", job)
    assert kept == [2, 0, 2, 0]
    assert (await store.outcome(job.id)).picture == b"painted"


async def test_a_disk_that_stays_full_ends_in_a_sentence_not_in_a_circle(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def full(_: int, __: Any) -> Job:
        raise StoreFullError

    monkeypatch.setattr(store, "finish_job", full)
    monkeypatch.setattr(workshop, "REST", 0.0)
    async with at_work(store, full_pauses=()) as bench:
        job = await bench.ask()
        for _ in range(workshop.ATTEMPTS):
            (await bench.engine.next()).finish()
        told = await bench.observer.wait("ended", job)
        assert told.job.error == str(StoreFullError())


async def test_a_store_that_fails_for_a_moment_does_not_lose_the_job(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    refusals = 2
    start = store.start_job

    async def busy(job_id: int) -> Job:
        nonlocal refusals
        if refusals:
            refusals -= 1
            raise StoreFullError
        return await start(job_id)

    monkeypatch.setattr(store, "start_job", busy)
    monkeypatch.setattr(workshop, "REST", 0.0)
    async with at_work(store) as bench:
        job = await bench.ask()
        (await bench.engine.next()).finish()
        done = await bench.observer.wait("finished", job)
        assert done.job.attempts == 1


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
