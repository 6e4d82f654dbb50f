"""A run takes a job to its result, and stores on the way what a restart needs."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from core.jobs.job_errors import StoreFullError
from core.style.progress import Checkpoint
from tests.auxil.bench import at_work
from tests.auxil.engines import ScriptedEngine, a_progress
from tests.auxil.sessions import a_running_job

if TYPE_CHECKING:
    import pytest

    from core.jobs.store import Store


async def test_progress_is_not_stored_at_every_evaluation(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    stored = []
    set_progress = store.jobs.set_progress

    async def count(job_id: int, evaluation: int, evaluations: int) -> None:
        stored.append(evaluation)
        await set_progress(job_id, evaluation, evaluations)

    monkeypatch.setattr(store.jobs, "set_progress", count)
    async with at_work(store) as bench:
        await bench.ask()
        handle = await bench.engine.next()
        for evaluation in range(1, 50):
            handle.advance(a_progress(evaluation))
        handle.finish()
        await bench.listener.wait("ended")
    assert stored == [1]


async def test_every_checkpoint_is_stored(store: Store) -> None:
    async with at_work(store) as bench:
        job = await bench.ask()
        handle = await bench.engine.next()
        for evaluation in (3, 4):
            checkpoint = Checkpoint(b"%d" % evaluation, evaluation)
            handle.advance(replace(a_progress(evaluation), checkpoint=checkpoint))
        await bench.listener.wait("running", job, 3)
        assert await store.jobs.last_checkpoint(job.id) == Checkpoint(b"4", 4)


async def test_a_checkpoint_that_cannot_be_stored_does_not_end_the_work(
    store: Store, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    async def full(_: int, __: Checkpoint) -> None:
        raise StoreFullError

    monkeypatch.setattr(store.jobs, "save_checkpoint", full)
    async with at_work(store) as bench:
        job = await bench.ask()
        handle = await bench.engine.next()
        handle.advance(replace(a_progress(), checkpoint=Checkpoint(b"half done", 1)))
        handle.finish()
        ended = await bench.listener.wait("ended", job)
        assert ended.job.attempts == 1
    assert "could not be stored" in caplog.text


async def test_the_engine_is_told_which_attempt_the_person_sees(store: Store) -> None:
    seen, unseen, lost = [await a_running_job(store) for _ in range(3)]
    await store.jobs.set_progress(seen.id, 4, 90)
    for job in (seen, unseen):
        await store.jobs.requeue(job.id, forgive=True)
    await store.jobs.requeue(lost.id)
    async with at_work(store, ScriptedEngine(slots=3)) as bench:
        works = [(await bench.engine.next()).work for _ in range(3)]
    # One that was forgiven made progress before the person's eyes as well.
    assert [work.attempt for work in works] == [2, 1, 2]
