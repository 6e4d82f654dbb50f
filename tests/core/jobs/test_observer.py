"""Whoever is told cannot harm the queue, however slow or broken."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from core.jobs import observer as observer_module
from core.jobs.models import Job, JobState
from tests.auxil.bench import at_work
from tests.auxil.engines import an_update
from tests.auxil.sessions import ANNA, BERT, CLEO

if TYPE_CHECKING:
    from core.jobs.store import Store


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
