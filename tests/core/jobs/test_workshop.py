"""What goes wrong with a work or with the store ends well, or in a sentence."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from core.engines.protocol import WorkLostError
from core.jobs import workshop
from core.jobs.job_errors import (
    StoreFullError,
)
from core.jobs.models import Job, JobState
from core.pictures.picture_errors import UnknownFormatError
from core.style.style_errors import OutOfMemoryError
from tests.auxil.bench import at_work
from tests.auxil.engines import an_update
from tests.auxil.sessions import ANNA, BERT

if TYPE_CHECKING:
    from core.jobs.store import Store
    from core.sentences import SpokenError


@pytest.mark.parametrize("error", [OutOfMemoryError(), UnknownFormatError()])
async def test_the_works_own_error_is_told_in_its_words(store: Store, error: SpokenError) -> None:
    async with at_work(store) as bench:
        job = await bench.ask()
        (await bench.engine.next()).fail(error)
        told = await bench.observer.wait("ended", job)
        assert (told.job.state, told.job.error) == (JobState.FAILED, error.spoken)


async def test_what_nobody_foresaw_is_logged_and_told_plainly(
    store: Store, caplog: pytest.LogCaptureFixture
) -> None:
    async with at_work(store) as bench:
        job, following = await bench.ask(ANNA), await bench.ask(BERT)
        (await bench.engine.next()).fail(RuntimeError("CUDA: internal details"))
        told = await bench.observer.wait("ended", job)
        assert str(told.job.error) == "Something went wrong on my side. Please try again."
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
        assert "tried 3 times" in str(told.job.error)


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
        assert told.job.error == StoreFullError().spoken


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
