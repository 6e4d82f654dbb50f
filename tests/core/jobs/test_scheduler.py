"""Jobs get the engine's slots in a fair order, and end as they should: finished, cancelled or forgotten."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

import pytest

from core.engines.protocol import Delay, WorkCancelledError
from core.jobs.job_errors import PictureGoneError
from core.jobs.models import Forecast, JobState, Person
from core.style.options import Colours, Options, Preset
from core.style.progress import Checkpoint
from tests.auxil.bench import QUICK, at_work
from tests.auxil.engines import ScriptedEngine, a_progress, a_result
from tests.auxil.sessions import ANNA, BERT, CLEO, a_job, repeated, undone_transaction

if TYPE_CHECKING:
    from core.jobs.store import Store
    from core.style.progress import Progress

BALANCED = replace(QUICK, preset=Preset.BALANCED)
MINE = replace(QUICK, colours=Colours.LUMINANCE)
SIZE = (640, 480)


async def test_a_job_runs_and_its_end_is_told(store: Store) -> None:
    async with at_work(store) as bench:
        job = await bench.ask()
        handle = await bench.engine.next()
        started = await bench.listener.wait("running", job)
        handle.advance(replace(a_progress(4), preview=b"small"))
        told = await bench.listener.wait("running", job, 2)
        handle.finish()
        ended = await bench.listener.wait("ended", job)

        assert (handle.work.content, handle.work.styles) == (b"a photo", (b"a painting",))
        assert (handle.work.options, handle.work.start, handle.work.done) == (QUICK, None, 0)
        assert (started.job.state, started.progress) == (JobState.RUNNING, None)
        assert told.progress is not None
        assert (told.progress.preview, told.job.state) == (b"small", JobState.RUNNING)
        assert (ended.job.state, ended.result) == (JobState.FINISHED, a_result())
        assert ended.job.evaluation == 4
        assert await store.jobs.result(job.id) == a_result()
        assert await bench.state(job) is JobState.FINISHED


async def test_people_take_turns(store: Store) -> None:
    async with at_work(store) as bench:
        jobs = [await bench.ask(who) for who in (ANNA, ANNA, ANNA, BERT, CLEO)]
        order: list[Person] = []
        for _ in jobs:
            (await bench.engine.next()).finish()
            ended = await bench.listener.wait("ended", count=len(order) + 1)
            order.append(ended.job.person)
        # Her second was asked for before anybody else came, her third was not.
        assert order == [ANNA, ANNA, BERT, CLEO, ANNA]


async def test_as_many_run_as_the_engine_has_slots(store: Store) -> None:
    async with at_work(store, ScriptedEngine(slots=2)) as bench:
        first, second, third = [await bench.ask(who) for who in (ANNA, BERT, CLEO)]
        handles = [await bench.engine.next() for _ in range(2)]
        assert bench.engine.submitted == 2
        assert bench.scheduler.place(third.id) == 1

        handles[1].finish()
        await bench.engine.next()
        assert [await bench.state(job) for job in (first, third)] == [JobState.RUNNING] * 2
        await bench.listener.wait("ended", second)


async def test_a_job_of_a_transaction_that_is_undone_never_runs(store: Store) -> None:
    async with at_work(store) as bench:
        async with undone_transaction(store):
            job = await a_job(store)
            store.after_commit(partial(bench.scheduler.add, job))
        following = await bench.ask(BERT)
        await bench.engine.next()
        assert (await bench.listener.wait("running")).job.id == following.id
        assert bench.engine.submitted == 1


async def test_a_waiting_job_is_cancelled_at_once(store: Store) -> None:
    async with at_work(store) as bench:
        await bench.ask(ANNA)
        job = await bench.ask(BERT)

        assert await bench.cancel(job)

        assert bench.scheduler.place(job.id) is None
        assert await bench.state(job) is JobState.CANCELLED
        assert not await bench.cancel(job)


async def test_a_running_job_is_cancelled_and_the_next_begins(store: Store) -> None:
    async with at_work(store) as bench:
        job, following = await bench.ask(ANNA), await bench.ask(BERT)
        handle = await bench.engine.next()
        await bench.listener.wait("running", job)

        assert await bench.cancel(job)

        assert handle.cancelled.is_set()
        await bench.engine.next()
        await bench.listener.wait("running", following)
        assert await bench.state(job) is JobState.CANCELLED
        assert bench.listener.of("ended") == []


async def test_a_result_that_comes_after_the_cancel_is_thrown_away(store: Store) -> None:
    engine = ScriptedEngine()
    engine.heeds_cancel = False
    async with at_work(store, engine) as bench:
        job, following = await bench.ask(ANNA), await bench.ask(BERT)
        handle = await engine.next()
        await bench.cancel(job)
        handle.finish()

        await bench.listener.wait("running", following)
        assert await bench.state(job) is JobState.CANCELLED
        assert bench.listener.of("ended") == []
        with pytest.raises(PictureGoneError):
            await store.jobs.result(job.id)


def _with_picture(evaluation: int, picture: bytes) -> Progress:
    return replace(a_progress(evaluation), checkpoint=Checkpoint(picture, evaluation))


async def test_a_running_job_goes_on_with_other_options_from_what_is_painted(store: Store) -> None:
    engine = ScriptedEngine()
    engine.heeds_cancel = False
    async with at_work(store, engine) as bench:
        job, other = await bench.ask(ANNA), await bench.ask(BERT)
        handle = await engine.next()
        handle.advance(_with_picture(4, b"at four"))
        await handle.taken()

        assert await bench.change(job, BALANCED)
        assert handle.cancelled.is_set()
        handle.advance(_with_picture(6, b"at six"))
        handle.fail(WorkCancelledError())

        further = await engine.next()
        assert (further.work.options, further.work.start) == (BALANCED, b"at six")
        assert (further.work.done, further.work.attempt) == (0, 1)
        started = await bench.listener.wait("running", job, 3)
        assert (started.job.options, started.job.evaluation) == (BALANCED, 0)
        further.finish()
        assert (await bench.listener.wait("ended", job)).job.options == BALANCED
        (await engine.next()).finish()
        await bench.listener.wait("ended", other)


async def test_options_that_change_in_the_last_moment_begin_with_the_result(store: Store) -> None:
    engine = ScriptedEngine()
    engine.heeds_cancel = False
    async with at_work(store, engine) as bench:
        job = await bench.ask()
        handle = await engine.next()
        await bench.change(job, BALANCED)
        handle.finish(a_result(b"done by then"))

        further = await engine.next()
        assert (further.work.options, further.work.start) == (BALANCED, b"done by then")
        further.finish()
        await bench.listener.wait("ended", job)
        assert len(bench.listener.of("ended")) == 1


async def test_a_job_begins_anew_in_other_colours_whatever_is_painted(store: Store) -> None:
    engine = ScriptedEngine()
    engine.heeds_cancel = False
    async with at_work(store, engine) as bench:
        job = await bench.ask()
        handle = await engine.next()
        handle.advance(_with_picture(4, b"at four"))
        await handle.taken()
        await bench.change(job, MINE)
        handle.advance(_with_picture(6, b"at six"))
        handle.fail(WorkCancelledError())

        further = await engine.next()
        assert (further.work.options, further.work.start) == (MINE, None)
        assert (further.work.done, further.work.attempt) == (0, 1)
        await bench.change(job, QUICK)
        further.finish(a_result(b"done by then"))

        last = await engine.next()
        assert (last.work.options, last.work.start) == (QUICK, None)
        last.finish()
        await bench.listener.wait("ended", job)


async def test_a_job_changes_its_options_as_often_as_the_person_likes(store: Store) -> None:
    async with at_work(store) as bench:
        job = await bench.ask()
        for options in (BALANCED, QUICK, BALANCED, QUICK, BALANCED):
            await bench.engine.next()
            await bench.change(job, options)
        (await bench.engine.next()).finish()
        assert (await bench.listener.wait("ended", job)).job.state is JobState.FINISHED


async def test_a_waiting_job_changes_its_options_and_keeps_its_place(store: Store) -> None:
    async with at_work(store) as bench:
        await bench.ask(ANNA)
        job, behind = await bench.ask(BERT), await bench.ask(CLEO)
        await bench.change(job, BALANCED)
        assert [bench.scheduler.place(one.id) for one in (job, behind)] == [1, 2]
        (await bench.engine.next()).finish()
        assert (await bench.engine.next()).work.options == BALANCED


async def test_the_options_of_a_job_that_is_over_stay(store: Store) -> None:
    async with at_work(store) as bench:
        job = await bench.ask()
        (await bench.engine.next()).finish()
        await bench.listener.wait("ended", job)
        assert not await bench.change(job, BALANCED)
        assert (await store.jobs.require(job.id)).options == QUICK


@pytest.mark.parametrize(
    ("options", "done", "start"),
    [(QUICK, 5, b"at five"), (BALANCED, 0, b"at five"), (MINE, 0, None)],
)
async def test_a_cancelled_job_can_be_gone_on_with(
    store: Store, options: Options, done: int, start: bytes | None
) -> None:
    engine = ScriptedEngine()
    engine.heeds_cancel = False
    async with at_work(store, engine) as bench:
        job = await bench.ask()
        handle = await engine.next()
        await bench.cancel(job)
        handle.advance(_with_picture(5, b"at five"))
        await handle.taken()
        handle.fail(WorkCancelledError())

        further = await repeated(store, job, options, continues=True)
        bench.scheduler.add(further)
        work = (await engine.next()).work
        assert (work.options, work.start, work.done) == (options, start, done)


async def test_a_cancelled_job_without_a_picture_is_begun_anew(store: Store) -> None:
    async with at_work(store) as bench:
        job = await bench.ask()
        await bench.engine.next()
        await bench.cancel(job)
        bench.scheduler.add(await repeated(store, job, QUICK, continues=True))
        work = (await bench.engine.next()).work
        assert (work.start, work.done) == (None, 0)


async def test_a_repeated_job_starts_from_the_photo_or_from_the_result(store: Store) -> None:
    async with at_work(store) as bench:
        job = await bench.ask()
        (await bench.engine.next()).finish()
        await bench.listener.wait("ended", job)

        bench.scheduler.add(await repeated(store, job, Options(seed=2)))
        plain = await bench.engine.next()
        plain.finish()
        bench.scheduler.add(await repeated(store, job, from_result=True))
        further = await bench.engine.next()

        assert (plain.work.content, plain.work.start) == (b"a photo", None)
        assert (further.work.content, further.work.start) == (b"a photo", b"painted")
        assert further.work.done == 0


async def test_forget_stops_and_removes_without_a_word(store: Store) -> None:
    async with at_work(store) as bench:
        running, waiting = await bench.ask(ANNA), await bench.ask(ANNA)
        other = await bench.ask(BERT)
        handle = await bench.engine.next()
        await bench.listener.wait("running", running)

        await bench.forget(ANNA.user_id)

        assert handle.cancelled.is_set()
        await bench.listener.wait("running", other)
        assert await store.jobs.get(running.id) is await store.jobs.get(waiting.id) is None
        assert bench.listener.of("ended") == []
        (await bench.engine.next()).finish()
        await bench.listener.wait("ended", other)


async def test_a_waiting_job_is_known_as_it_is_now(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("core.jobs.scheduler.ANNOUNCE_PAUSE", 0.01)
    async with at_work(store) as bench:
        _, first, second = [await bench.ask(who) for who in (ANNA, BERT, CLEO)]
        await bench.listener.wait("waiting", second)
        moved = replace(second, person=Person(chat_id=-1005, user_id=CLEO.user_id))

        bench.scheduler.renew(moved)
        await bench.cancel(first)

        told = await bench.listener.wait("waiting", second, 2)
        assert (told.job, told.place) == (moved, 1)


async def test_a_running_job_is_known_as_it_is_now(store: Store) -> None:
    async with at_work(store) as bench:
        job = await bench.ask()
        handle = await bench.engine.next()
        started = await bench.listener.wait("running", job)
        moved = replace(started.job, person=Person(chat_id=-1005, user_id=ANNA.user_id))

        bench.scheduler.renew(moved)
        handle.advance(a_progress())

        assert (await bench.listener.wait("running", job, 2)).job == moved
        assert bench.scheduler.place(job.id) is None


async def test_what_another_job_can_expect_when_a_slot_is_free(store: Store) -> None:
    async with at_work(store, ScriptedEngine(slots=2, speed=100.0)) as bench:
        await bench.ask()
        forecast = bench.scheduler.forecast(BERT.user_id, QUICK, SIZE)
        assert forecast == Forecast(0, 10.0, None)


async def test_a_free_slot_is_not_for_whoever_comes_behind_others(store: Store) -> None:
    async with at_work(store) as bench:
        running = await bench.ask(ANNA)
        await bench.ask(BERT)
        await bench.listener.wait("running", running)
        bench.engine.slots = 2  # A second worker has come, and nobody has noticed yet.
        assert bench.scheduler.forecast(CLEO.user_id, QUICK, SIZE) == Forecast(2, 20.0, None)


async def test_what_another_job_can_expect_behind_others(store: Store) -> None:
    async with at_work(store) as bench:
        running = await bench.ask(ANNA)
        await bench.listener.wait("running", running)
        for _ in range(3):
            await bench.ask(BERT)
        forecast = partial(bench.scheduler.forecast, options=QUICK, size=SIZE)
        # Ten seconds are left of Anna's first, and her second comes after one of Bert's three.
        assert forecast(ANNA.user_id) == Forecast(2, 30.0, None)
        assert forecast(BERT.user_id) == Forecast(4, 50.0, None)
        # Asking what to expect takes no place.
        assert forecast(CLEO.user_id) == Forecast(2, 30.0, None)


async def test_another_job_gets_the_place_that_was_foretold(store: Store) -> None:
    async with at_work(store) as bench:
        running = await bench.ask(ANNA)
        await bench.listener.wait("running", running)
        for person in (BERT, BERT, CLEO):
            await bench.ask(person)
        for person in (ANNA, BERT, CLEO):
            foretold = bench.scheduler.forecast(person.user_id, QUICK, SIZE)
            job = await bench.ask(person)
            assert bench.scheduler.place(job.id) == foretold.place
            assert bench.scheduler.seconds_left(job.id) == pytest.approx(foretold.seconds)


async def test_an_engine_that_is_away_is_said_beforehand(store: Store) -> None:
    engine = ScriptedEngine(slots=0, speed=100.0)
    engine.delay = Delay.AWAY
    async with at_work(store, engine) as bench:
        forecast = bench.scheduler.forecast(ANNA.user_id, QUICK, SIZE)
        assert forecast == Forecast(1, None, Delay.AWAY)


async def test_estimates_learn_from_what_was_done(store: Store) -> None:
    async with at_work(store) as bench:
        assert bench.scheduler.estimate(QUICK, SIZE) == pytest.approx(10)
        await bench.ask()
        (await bench.engine.next()).finish(a_result(seconds=20))
        await bench.listener.wait("ended")
        following = await bench.ask()
        await bench.engine.next()
        await bench.listener.wait("running", following)
        assert bench.scheduler.estimate(QUICK, SIZE) == pytest.approx(20)


async def test_a_job_that_was_resumed_teaches_the_estimates_nothing(store: Store) -> None:
    async with at_work(store) as bench:
        job = await bench.ask()
        (await bench.engine.next()).advance(
            replace(a_progress(7), checkpoint=Checkpoint(b"half done", 7))
        )
        await bench.listener.wait("running", job, 2)
    async with at_work(store) as bench:
        following = await bench.ask(BERT)
        (await bench.engine.next()).finish(a_result(seconds=20))
        await bench.listener.wait("running", following)
        assert bench.scheduler.estimate(QUICK, SIZE) == pytest.approx(10)
