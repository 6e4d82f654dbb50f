"""What goes wrong with a work, the store or the listener ends well, or in a sentence."""

from __future__ import annotations

import asyncio
import shutil
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from core.engines.protocol import DeviceLostError, EngineUnreachableError, WorkLostError
from core.jobs import scheduler
from core.jobs.job_errors import PictureGoneError, StoreFullError, UnexpectedError
from core.jobs.models import Job, JobState
from core.jobs.store import Store
from core.pictures.picture_errors import TruncatedPictureError
from core.style.progress import Checkpoint
from core.style.style_errors import OutOfMemoryError
from tests.auxil.bench import at_work
from tests.auxil.engines import a_progress, a_result
from tests.auxil.sessions import ANNA, BERT

if TYPE_CHECKING:
    from pathlib import Path

    from core.style.options import Options
    from core.style.progress import Result


@pytest.mark.parametrize("error", [OutOfMemoryError(), TruncatedPictureError()])
async def test_the_works_own_error_is_told_in_its_words(
    store: Store, error: OutOfMemoryError | TruncatedPictureError
) -> None:
    async with at_work(store) as bench:
        job = await bench.ask()
        (await bench.engine.next()).fail(error)
        told = await bench.listener.wait("ended", job)
        assert (told.job.state, told.job.error) == (JobState.FAILED, error.spoken)
        assert told.result is None


async def test_what_nobody_foresaw_is_logged_and_told_plainly(
    store: Store, caplog: pytest.LogCaptureFixture
) -> None:
    async with at_work(store) as bench:
        job, following = await bench.ask(ANNA), await bench.ask(BERT)
        (await bench.engine.next()).fail(RuntimeError("CUDA: internal details"))
        told = await bench.listener.wait("ended", job)
        assert str(told.job.error) == "Something went wrong on my side. Please try again."
        assert "CUDA: internal details" in caplog.text
        await bench.listener.wait("running", following)


async def test_a_job_whose_pictures_are_gone_says_so(store: Store) -> None:
    async with at_work(store) as bench:
        await bench.ask(ANNA)
        job = await bench.ask(BERT)
        await store._database.run("UPDATE pictures SET data = NULL WHERE id = ?", (job.style.id,))
        (await bench.engine.next()).finish()
        told = await bench.listener.wait("ended", job)
        assert told.job.error == PictureGoneError().spoken


async def test_lost_work_is_done_again_from_its_checkpoint_and_before_others(store: Store) -> None:
    async with at_work(store) as bench:
        job, _ = await bench.ask(ANNA), await bench.ask(BERT)
        handle = await bench.engine.next()
        handle.advance(replace(a_progress(7), checkpoint=Checkpoint(b"half done", 7)))
        await bench.listener.wait("running", job, 2)
        handle.fail(WorkLostError("the worker went away"))

        again = await bench.engine.next()
        assert (again.work.start, again.work.done) == (b"half done", 7)
        again.finish()
        ended = await bench.listener.wait("ended", job)
        assert ended.job.attempts == 2


async def test_work_that_is_lost_each_time_is_given_up(store: Store) -> None:
    async with at_work(store) as bench:
        job = await bench.ask()
        for _ in range(scheduler.MAX_ATTEMPTS):
            (await bench.engine.next()).fail(WorkLostError("the worker went away"))
        told = await bench.listener.wait("ended", job)
        assert told.job.state is JobState.FAILED
        assert "tried 3 times" in str(told.job.error)


async def test_a_job_that_took_the_gpu_away_while_the_process_ends_is_counted_by_the_next_start(
    store: Store,
) -> None:
    async with at_work(store) as bench:
        job = await bench.ask()
        handle = await bench.engine.next()
        bench.engine.heeds_cancel = handle._heeds_cancel = False
        closing = asyncio.create_task(bench.scheduler.close())
        await handle.cancelled.wait()
        handle.fail(DeviceLostError("CUDA error: unspecified launch failure"))
        await closing

    left = await store.jobs.get(job.id)
    assert left is not None
    assert (left.state, left.attempts) == (JobState.RUNNING, 1)


async def test_no_job_is_at_fault_if_the_engine_went_away(store: Store) -> None:
    async with at_work(store) as bench:
        job = await bench.ask()
        for _ in range(scheduler.MAX_ATTEMPTS + 1):
            (await bench.engine.next()).fail(EngineUnreachableError("the cluster is away"))
        (await bench.engine.next()).finish()
        ended = await bench.listener.wait("ended", job)
        assert (ended.job.state, ended.job.attempts) == (JobState.FINISHED, 1)


async def test_a_full_disk_waits_with_the_result_and_harms_nothing(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    refusals = 3
    finish = store.jobs.finish
    stored = []

    async def full(job_id: int, result: Result, options: Options) -> Job:
        nonlocal refusals
        stored.append(len(result.frames))
        if refusals:
            refusals -= 1
            raise StoreFullError
        return await finish(job_id, result, options)

    monkeypatch.setattr(store.jobs, "finish", full)
    async with at_work(store, full_disk_pauses=(0.0, 0.0)) as bench:
        job = await bench.ask()
        (await bench.engine.next()).finish()
        await bench.listener.wait("ended", job)
    assert stored == [2, 0, 2, 0]
    assert (await store.jobs.result(job.id)).picture == b"painted"


async def test_a_disk_that_stays_full_ends_in_a_sentence_not_in_a_circle(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def full(_: int, __: Result, ___: Options) -> Job:
        raise StoreFullError

    monkeypatch.setattr(store.jobs, "finish", full)
    monkeypatch.setattr(scheduler, "STORE_PAUSE", 0.0)
    async with at_work(store, full_disk_pauses=()) as bench:
        job = await bench.ask()
        for _ in range(scheduler.MAX_ATTEMPTS):
            (await bench.engine.next()).finish()
        told = await bench.listener.wait("ended", job)
        assert told.job.error == StoreFullError().spoken


async def test_a_store_that_fails_for_a_moment_does_not_lose_the_job(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    refusals = 2
    start = store.jobs.start

    async def busy(job_id: int) -> Job:
        nonlocal refusals
        if refusals:
            refusals -= 1
            raise StoreFullError
        return await start(job_id)

    monkeypatch.setattr(store.jobs, "start", busy)
    monkeypatch.setattr(scheduler, "STORE_PAUSE", 0.0)
    monkeypatch.setattr(scheduler, "ANNOUNCE_PAUSE", 0.01)
    async with at_work(store) as bench:
        job = await bench.ask()
        (await bench.engine.next()).finish()
        ended = await bench.listener.wait("ended", job)
        assert ended.job.attempts == 1


async def test_what_the_listener_writes_about_an_end_is_committed_with_it(store: Store) -> None:
    async with at_work(store) as bench:
        bench.listener.hooks["ended"] = lambda job: store.outbox.add(job.person, "say it", turn=1)
        job = await bench.ask()
        (await bench.engine.next()).finish()
        await bench.listener.wait("ended", job)
        row = await store.outbox.next(ANNA.chat_id)
        assert row is not None
        assert row.effect == "say it"


async def test_a_process_that_dies_before_the_commit_left_neither_the_end_nor_what_was_written(
    store: Store, path: Path, tmp_path: Path
) -> None:
    left = tmp_path / "left"

    async def write_and_die(job: Job) -> None:
        await store.outbox.add(job.person, "say it", turn=1)
        # What a killed process leaves is what the files hold just now.
        shutil.copytree(path.parent, left)

    async with at_work(store) as bench:
        bench.listener.hooks["ended"] = write_and_die
        job = await bench.ask()
        (await bench.engine.next()).finish()
        await bench.listener.wait("ended", job)
    async with await Store.open(left / path.name) as later:
        assert (await later.jobs.require(job.id)).state is JobState.RUNNING
        assert await later.outbox.chats() == []
    assert await store.outbox.chats() == [ANNA.chat_id]


async def test_a_result_that_cannot_be_told_of_is_told_as_a_failure(
    store: Store, caplog: pytest.LogCaptureFixture
) -> None:
    async def write_and_raise(job: Job) -> None:
        await store.outbox.add(job.person, f"it {job.state}", turn=1)
        if job.state is JobState.FINISHED:
            raise KeyError("a bug of the listener")

    async with at_work(store) as bench:
        bench.listener.hooks["ended"] = write_and_raise
        job = await bench.ask()
        (await bench.engine.next()).finish()
        told = await bench.listener.wait("ended", job)
        assert (told.job.state, told.job.error) == (JobState.FAILED, UnexpectedError().spoken)
        rows = await store._database.rows("SELECT effect FROM outbox")
        assert [row["effect"] for row in rows] == ["it failed"]
        assert "a bug of the listener" in caplog.text


async def test_an_end_that_cannot_be_told_at_all_is_stored_and_logged(
    store: Store, caplog: pytest.LogCaptureFixture
) -> None:
    async def write_and_raise(job: Job) -> None:
        await store.outbox.add(job.person, "say it", turn=1)
        raise KeyError("a bug of the listener")

    async with at_work(store) as bench:
        bench.listener.hooks["ended"] = write_and_raise
        job, following = await bench.ask(ANNA), await bench.ask(BERT)
        (await bench.engine.next()).fail(OutOfMemoryError())
        await bench.listener.wait("running", following)
        now = await store.jobs.require(job.id)
        assert (now.state, now.error) == (JobState.FAILED, OutOfMemoryError().spoken)
        assert await store.outbox.chats() == []
        assert f"The end of job {job.id} could not be told" in caplog.text
        assert "a bug of the listener" in caplog.text


@pytest.mark.parametrize("what", ["waiting", "running"])
async def test_a_listener_that_raises_does_not_hurt_the_queue(
    store: Store, what: str, caplog: pytest.LogCaptureFixture
) -> None:
    def refuse(job: Job) -> None:
        if job.person == ANNA:
            raise ConnectionError("a bug of the listener")

    async with at_work(store) as bench:
        bench.listener.hooks[what] = refuse
        await bench.ask(ANNA)
        second, other = await bench.ask(ANNA), await bench.ask(BERT)
        for job in (*await store.jobs.of(ANNA), other):
            await bench.listener.wait("waiting", other)
            handle = await bench.engine.next()
            handle.advance(a_progress())
            handle.finish()
            ended = await bench.listener.wait("ended", job)
            assert (ended.job.state, ended.result) == (JobState.FINISHED, a_result())
        assert bench.listener.of(what, second) == []
        assert f"The progress of job {second.id} could not be told" in caplog.text
