"""Jobs that are alike are painted together, where the engine says that it pays."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from core.engines.protocol import EngineUnreachableError, WorkCancelledError, WorkLostError
from core.jobs.cohort import Cohort, group
from core.jobs.job_errors import PictureGoneError
from core.jobs.models import JobState
from core.style.options import Options, Preset
from core.style.progress import Checkpoint
from core.style.style_errors import OutOfMemoryError
from tests.auxil.bench import QUICK, Bench, at_work
from tests.auxil.engines import ScriptedEngine, ScriptedHandle, a_progress, a_result
from tests.auxil.painters import work
from tests.auxil.sessions import ANNA, BERT, CLEO, repeated

if TYPE_CHECKING:
    from core.jobs.models import Job, Person
    from core.jobs.store import Store

SIZE = (640, 480)
FINE = Options(preset=Preset.FINE)
CLASSIC = Options(preset=Preset.CLASSIC)


def an_engine(*, slots: int = 1) -> ScriptedEngine:
    return ScriptedEngine(slots=slots, speed=100.0, batch=4)


async def busy(bench: Bench) -> ScriptedHandle:
    """Have the only slot taken by a job, so that all others wait until it is finished."""
    job = await bench.ask(ANNA, CLASSIC)
    await bench.listener.wait("running", job)
    return await bench.engine.next()


async def ask(bench: Bench, *people: Person, options: Options = QUICK) -> list[Job]:
    """One job of each; the seeds of their options are 1, 2, 3 and so on."""
    return [
        await bench.ask(who, replace(options, seed=seed))
        for seed, who in enumerate(people, start=1)
    ]


async def handles(bench: Bench, count: int) -> dict[int, ScriptedHandle]:
    """The next works, by their seeds."""
    found = [await bench.engine.next() for _ in range(count)]
    return {handle.work.options.seed: handle for handle in found}


@pytest.mark.parametrize(
    ("keys", "groups"),
    [
        ("aaaaaa", [[0, 1, 2, 3], [4, 5]]),
        ("abab", [[0, 2], [1, 3]]),
        ("-a-a", [[0], [1, 3], [2]]),
        ("abbbbba", [[0, 6], [1, 2, 3, 4], [5]]),
        ("", []),
    ],
)
def test_each_job_joins_the_next_batch_that_has_room(keys: str, groups: list[list[int]]) -> None:
    known = [None if key == "-" else key for key in keys]
    assert group(known, 4) == groups
    assert group(known, 1) == [[place] for place in range(len(keys))]


async def test_jobs_that_wait_and_are_alike_start_together(store: Store) -> None:
    async with at_work(store, an_engine()) as bench:
        first = await busy(bench)
        jobs = await ask(bench, ANNA, BERT, CLEO, ANNA, BERT)
        first.finish()
        painted = await handles(bench, 4)
        assert bench.engine.together == [1, 4]
        assert sorted(painted) == [1, 2, 3, 4]
        assert bench.scheduler.place(jobs[4].id) == 1

        for handle in painted.values():
            handle.advance(a_progress(5))
            handle.finish()
        for job in jobs[:4]:
            told = await bench.listener.wait("ended", job)
            assert told.job.state is JobState.FINISHED
        await bench.engine.next()
        assert bench.engine.together == [1, 4, 1]


async def test_a_job_alone_waits_for_nobody(store: Store) -> None:
    async with at_work(store, an_engine(slots=2)) as bench:
        await ask(bench, ANNA, BERT)
        await handles(bench, 2)
        assert bench.engine.together == [1, 1]


async def test_only_what_is_alike_is_painted_together_and_the_next_comes_first(
    store: Store,
) -> None:
    async with at_work(store, an_engine()) as bench:
        first = await busy(bench)
        fine = await bench.ask(ANNA, replace(FINE, seed=1))
        quick = await bench.ask(BERT, replace(QUICK, seed=2))
        other = await bench.ask(CLEO, replace(FINE, seed=3, strength=0.9))
        classic = [await bench.ask(who, CLASSIC) for who in (BERT, CLEO)]
        first.finish()
        painted = await handles(bench, 2)
        assert sorted(painted) == [1, 3]
        assert bench.scheduler.place(quick.id) == 1
        for handle in painted.values():
            handle.finish()
        for job in (fine, other):
            await bench.listener.wait("ended", job)
        for _ in (quick, *classic):
            (await bench.engine.next()).finish()
        for job in (quick, *classic):
            await bench.listener.wait("ended", job)
        assert bench.engine.together == [1, 2, 1, 1, 1]


async def test_what_goes_on_from_a_result_or_a_checkpoint_is_painted_alone(store: Store) -> None:
    async with at_work(store, an_engine()) as bench:
        resumed = await bench.ask(BERT)
        handle = await bench.engine.next()
        handle.advance(replace(a_progress(7), checkpoint=Checkpoint(b"half done", 7)))
        await bench.listener.wait("running", resumed, 2)
    async with at_work(store, an_engine()) as bench:
        handle = await bench.engine.next()
        assert handle.work.done == 7
        fresh = await bench.ask(CLEO)
        handle.finish()
        await bench.listener.wait("ended", resumed)
        handle = await bench.engine.next()
        for _ in range(2):
            bench.scheduler.add(await repeated(store, resumed, QUICK, from_result=True))
        handle.finish()
        await bench.listener.wait("ended", fresh)
        (await bench.engine.next()).finish()
        await bench.engine.next()
        assert bench.engine.together == [1, 1, 1, 1]


async def test_one_that_is_cancelled_leaves_the_others_and_their_slot(store: Store) -> None:
    async with at_work(store, an_engine()) as bench:
        first = await busy(bench)
        jobs = await ask(bench, ANNA, BERT)
        first.finish()
        painted = await handles(bench, 2)
        following = await bench.ask(CLEO)
        await bench.listener.wait("running", jobs[1])

        assert await bench.cancel(jobs[0])

        assert painted[1].cancelled.is_set()
        assert not painted[2].cancelled.is_set()
        painted[2].advance(a_progress(3))
        await bench.listener.wait("running", jobs[1], 2)
        assert await bench.state(jobs[0]) is JobState.CANCELLED
        assert bench.scheduler.place(following.id) == 1
        painted[2].finish()
        await bench.listener.wait("ended", jobs[1])
        await bench.listener.wait("running", following)


async def test_one_that_fails_is_told_alone(store: Store) -> None:
    async with at_work(store, an_engine()) as bench:
        first = await busy(bench)
        jobs = await ask(bench, ANNA, BERT, CLEO)
        first.finish()
        painted = await handles(bench, 3)
        painted[2].fail(OutOfMemoryError())
        failed = await bench.listener.wait("ended", jobs[1])
        assert failed.job.error == OutOfMemoryError().spoken
        for number in (1, 3):
            painted[number].finish()
            told = await bench.listener.wait("ended", jobs[number - 1])
            assert told.job.state is JobState.FINISHED


async def test_one_whose_pictures_are_gone_is_not_waited_for(store: Store) -> None:
    async with at_work(store, an_engine()) as bench:
        first = await busy(bench)
        jobs = await ask(bench, ANNA, BERT, CLEO)
        await store._database.run(
            "UPDATE pictures SET data = NULL WHERE id = ?", (jobs[1].style.id,)
        )
        first.finish()
        painted = await handles(bench, 2)
        assert sorted(painted) == [1, 3]
        told = await bench.listener.wait("ended", jobs[1])
        assert told.job.error == PictureGoneError().spoken
        assert bench.engine.together == [1, 2]


@pytest.mark.parametrize("last", [False, True])
async def test_one_that_is_cancelled_while_it_loads_is_not_waited_for(
    store: Store, last: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    slow, go_on = asyncio.Event(), asyncio.Event()
    load = store.pictures.data

    async def data(picture_id: int) -> bytes:
        if picture_id == held.content.id:
            slow.set()
            await go_on.wait()
        return await load(picture_id)

    async with at_work(store, an_engine()) as bench:
        first = await busy(bench)
        jobs = await ask(bench, ANNA, BERT)
        held, cancelled = jobs[0], jobs[0 if last else 1]
        monkeypatch.setattr(store.pictures, "data", data)
        first.finish()
        await slow.wait()
        await bench.listener.wait("running", jobs[1])
        assert await bench.cancel(cancelled)
        go_on.set()
        painted = await handles(bench, 1)
        assert sorted(painted) == [2 if last else 1]
        assert bench.engine.together == [1, 1]
        assert await bench.state(cancelled) is JobState.CANCELLED


async def test_a_person_who_is_forgotten_stops_nobody_elses(store: Store) -> None:
    async with at_work(store, an_engine()) as bench:
        first = await busy(bench)
        _, job = await ask(bench, ANNA, BERT)
        first.finish()
        painted = await handles(bench, 2)
        await bench.listener.wait("running", job)
        await bench.forget(ANNA.user_id)
        assert [painted[number].cancelled.is_set() for number in (1, 2)] == [True, False]
        painted[2].finish()
        await bench.listener.wait("ended", job)


@pytest.mark.parametrize("error", [EngineUnreachableError("away"), WorkLostError("gone")])
async def test_each_of_a_lost_batch_has_another_try(store: Store, error: WorkLostError) -> None:
    async with at_work(store, an_engine()) as bench:
        first = await busy(bench)
        jobs = await ask(bench, ANNA, BERT, CLEO)
        first.finish()
        for handle in (await handles(bench, 3)).values():
            handle.fail(error)
        for _ in jobs:
            handle = await bench.engine.next()
            handle.finish()
        attempts = 1 if isinstance(error, EngineUnreachableError) else 2
        for job in jobs:
            told = await bench.listener.wait("ended", job)
            assert (told.job.state, told.job.attempts) == (JobState.FINISHED, attempts)


async def test_a_stop_puts_all_of_a_batch_back(store: Store) -> None:
    async with at_work(store, an_engine()) as bench:
        first = await busy(bench)
        jobs = await ask(bench, ANNA, BERT, CLEO)
        first.finish()
        await handles(bench, 3)
    assert [await bench.state(job) for job in jobs] == [JobState.QUEUED] * 3
    async with at_work(store, an_engine()) as bench:
        await handles(bench, 3)
        assert bench.engine.together == [3]


async def test_a_batch_takes_one_slot_and_the_next_in_the_queue_the_other(store: Store) -> None:
    async with at_work(store, an_engine(slots=2)) as bench:
        firsts = [await bench.ask(who, CLASSIC) for who in (ANNA, BERT)]
        taken = [await bench.engine.next() for _ in firsts]
        await ask(bench, ANNA, BERT, CLEO)
        classic = await bench.ask(ANNA, CLASSIC)
        fine = await bench.ask(BERT, FINE)
        for handle in taken:
            handle.finish()
        await handles(bench, 4)
        assert sorted(bench.engine.together) == [1, 1, 1, 3]
        assert bench.scheduler.place(classic.id) is None
        assert bench.scheduler.place(fine.id) == 1


async def test_who_is_painted_in_addition_delays_nobody(store: Store) -> None:
    async with at_work(store, an_engine()) as bench:
        first = await busy(bench)
        await bench.ask(BERT, QUICK)
        fine = await bench.ask(CLEO, FINE)
        deeper = await bench.ask(CLEO, QUICK)
        classic = await bench.ask(ANNA, CLASSIC)
        assert [bench.scheduler.place(one.id) for one in (fine, classic)] == [2, 3]
        first.finish()
        await handles(bench, 2)
        assert bench.scheduler.place(deeper.id) is None
        # Cleo's turn is still to come, and before Anna's, since the job in addition was none.
        assert [bench.scheduler.place(one.id) for one in (fine, classic)] == [1, 2]


async def test_those_of_one_batch_are_told_one_end(store: Store) -> None:
    async with at_work(store, an_engine()) as bench:
        await busy(bench)
        jobs = await ask(bench, ANNA, BERT, CLEO)
        fine = await bench.ask(BERT, FINE)
        ends = [bench.scheduler.seconds_left(job.id) for job in jobs]
        assert ends == [ends[0]] * 3
        # 40 seconds are left of the first; three together take more than one and less than three.
        assert 50 < (ends[0] or 0) < 70
        assert bench.scheduler.seconds_left(fine.id) == pytest.approx((ends[0] or 0) + 40)
        assert [bench.scheduler.place(job.id) for job in (*jobs, fine)] == [1, 2, 3, 4]


async def test_another_job_is_foretold_the_batch_that_it_will_join(store: Store) -> None:
    async with at_work(store, an_engine()) as bench:
        await busy(bench)
        await ask(bench, ANNA, BERT)
        for options, alone in ((QUICK, False), (CLASSIC, True)):
            foretold = bench.scheduler.forecast(CLEO.user_id, options, SIZE)
            with_result = bench.scheduler.forecast(CLEO.user_id, options, SIZE, from_result=True)
            job = await bench.ask(CLEO, options)
            assert bench.scheduler.place(job.id) == foretold.place == 3
            assert bench.scheduler.seconds_left(job.id) == pytest.approx(foretold.seconds)
            assert alone == (with_result.seconds == foretold.seconds)
            await bench.cancel(job)


async def test_estimates_know_how_many_were_painted_together(store: Store) -> None:
    async with at_work(store, an_engine()) as bench:
        first = await busy(bench)
        jobs = await ask(bench, ANNA, BERT)
        first.finish()
        for handle in (await handles(bench, 2)).values():
            handle.finish(a_result(seconds=14))
        for job in jobs:
            await bench.listener.wait("ended", job)
        second = await busy(bench)
        again = await ask(bench, ANNA, BERT)
        left = bench.scheduler.seconds_left(again[0].id) or 0
        second.finish()
        await handles(bench, 2)
        await bench.listener.wait("running", again[0])
        assert bench.scheduler.seconds_left(again[0].id) == pytest.approx(14)
        assert left > 14


async def test_works_that_had_to_be_painted_one_by_one_count_as_painted_alone(
    store: Store,
) -> None:
    async with at_work(store, an_engine()) as bench:
        first = await busy(bench)
        jobs = await ask(bench, ANNA, BERT)
        first.finish()
        for handle in (await handles(bench, 2)).values():
            handle.advance(replace(a_progress(1), attempt=2))
            handle.finish(a_result(seconds=20))
        for job in jobs:
            await bench.listener.wait("ended", job)
        assert bench.scheduler.estimate(QUICK, SIZE) == pytest.approx(20)


async def test_an_engine_that_raises_fails_all_of_a_batch() -> None:
    class Broken(ScriptedEngine):
        def submit_together(self, works: object) -> list[ScriptedHandle]:
            raise RuntimeError(f"cannot take {works!r:.5}")

    cohort = Cohort(Broken(), [1, 2])
    waiting = [asyncio.create_task(cohort.submit(number, work())) for number in (1, 2)]
    ends = await asyncio.gather(*waiting, return_exceptions=True)
    assert [type(end) for end in ends] == [RuntimeError] * 2


async def test_a_task_that_is_cancelled_while_it_waits_keeps_nobody() -> None:
    engine = an_engine()
    cohort = Cohort(engine, [1, 2])
    waiting = asyncio.create_task(cohort.submit(1, work(seed=1)))
    await asyncio.sleep(0)
    waiting.cancel()
    await cohort.submit(2, work(seed=2))
    cancelled = await engine.next()
    assert cancelled.work.options.seed == 1
    assert cancelled.cancelled.is_set()
    with pytest.raises(WorkCancelledError):
        await cohort.submit(1, work())
