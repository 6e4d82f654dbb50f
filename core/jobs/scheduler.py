"""The scheduler: jobs that wait, jobs that run, and the way from one to the other."""

from __future__ import annotations

import asyncio
import logging
from collections import Counter
from contextlib import suppress
from typing import TYPE_CHECKING, Final

from core.engines.protocol import (
    DeviceLostError,
    EngineUnreachableError,
    WorkCancelledError,
    WorkLostError,
)
from core.jobs.admission import Admission, Limits
from core.jobs.cohort import Cohort, batch_key_of, group
from core.jobs.endings import Endings
from core.jobs.estimates import Estimator
from core.jobs.job_errors import (
    JobGoneError,
    JobStateError,
    OptionsChangedError,
    PictureGoneError,
    StoreError,
    StoreFullError,
    TooManyCrashesError,
    UnexpectedError,
)
from core.jobs.job_run import JobRun
from core.jobs.models import JobState
from core.jobs.prospects import Prospects
from core.jobs.queue import FairQueue
from core.log_context import logged_about
from core.pictures.picture_errors import PictureError
from core.style.progress import Checkpoint
from core.style.style_errors import StyleError

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from core.engines.protocol import Engine
    from core.jobs.cohort import BatchKey
    from core.jobs.estimates import Stages
    from core.jobs.job_errors import QueueError
    from core.jobs.listener import JobListener
    from core.jobs.models import Forecast, Job
    from core.jobs.store import Store
    from core.sentences import SpokenError
    from core.style.options import Options
    from core.style.progress import Progress, Result

log = logging.getLogger(__name__)

DEFAULT_LIMITS: Final = Limits()
MAX_ATTEMPTS: Final = 3
"""How often a job may take the process or its worker down before it fails."""

STORE_PAUSE: Final = 10.0
"""Seconds without new starts after the store failed, so that it is not asked in a circle."""

ANNOUNCE_INTERVAL: Final = 5.0
"""Seconds after which queue positions are announced, and slots counted, if nothing happened."""

ANNOUNCE_PAUSE: Final = 1.0
"""Seconds between two announcements, at least: a long queue moves often."""


class Scheduler:
    """Gives the engine's slots to waiting jobs in a fair order, and stores what becomes of each.

    Whoever made engine and store starts them before the scheduler and closes them after it.

    Args:
        store: Has the truth: a change is told once it is committed, or inside its transaction.
        engine: Does the works.
        listener: Learns what happens to jobs.
        stages: What a transfer computes: ``core.style.presets.stages``.
        batch_key: What can be painted together: ``core.style.presets.batch_key``.
        limits: How many jobs are accepted.
        checkpoint_interval: Seconds between the pictures from which a restart continues.
        full_disk_pauses: Seconds to wait, each time, for room for a result on a full disk.

    Attributes:
        refusals: How often somebody was told that another job is not accepted, by the kind of the limit.
    """

    def __init__(
        self,
        store: Store,
        engine: Engine,
        listener: JobListener,
        *,
        stages: Stages,
        batch_key: BatchKey,
        limits: Limits = DEFAULT_LIMITS,
        checkpoint_interval: float = 30.0,
        full_disk_pauses: tuple[float, ...] = (10.0, 60.0, 300.0),
    ) -> None:
        self._store = store
        self._engine = engine
        self._listener = listener
        self._batch_key = batch_key
        self._checkpoint_interval = checkpoint_interval
        self._endings = Endings(store, listener, full_disk_pauses)
        self._estimator = Estimator(store, engine, stages)
        self._queue = FairQueue()
        self._admission = Admission(limits, store, self._queue, self.seconds_left)
        self._waiting: dict[int, Job] = {}
        self._runs: dict[int, JobRun] = {}
        self._prospects = Prospects(
            engine,
            self._estimator,
            batch_key,
            queue=self._queue,
            waiting=self._waiting,
            runs=self._runs,
        )
        self._changed = asyncio.Event()
        self._announcing: asyncio.Task[None] | None = None
        self._open = False
        self._paused_until = 0.0
        self.refusals: Counter[type[QueueError]] = Counter()

    async def start(self) -> None:
        """Take up what an earlier process left, and begin.

        RUNNING jobs continue from their checkpoints, before all that wait; those that took the process down too
        often fail.
        """
        await self._estimator.load()
        for job in await self._store.jobs.in_states(JobState.RUNNING):
            if job.attempts >= MAX_ATTEMPTS:
                crashed = TooManyCrashesError(attempts=job.attempts)
                await self._endings.fail(job.id, crashed.spoken)
            else:
                self.add(await self._store.jobs.requeue(job.id))
        for job in await self._store.jobs.in_states(JobState.QUEUED):
            if job.id not in self._queue:
                self.add(job)
        self._open = True
        self._fill_slots()
        self._announcing = asyncio.create_task(self._announce_positions(), name="positions")

    async def close(self, *, timeout: float = 2.0) -> None:  # noqa: ASYNC109 - two waits share it
        """Put running jobs back into the queue, each with a checkpoint; within about ``timeout`` seconds."""
        self._open = False
        if self._announcing is not None:
            self._announcing.cancel()
            await asyncio.gather(self._announcing, return_exceptions=True)
        runs = list(self._runs.values())
        tasks = {run.task for run in runs if run.task is not None}
        for run in runs:
            run.suspend()
        if not tasks:
            return
        _, late = await asyncio.wait(tasks, timeout=timeout)
        for run in runs:
            run.stop()
        for task in late:
            task.cancel()
        await asyncio.gather(*late, return_exceptions=True)
        for run in runs:
            if run.task in late:
                await self._requeue_for_next_start(run)

    def add(self, job: Job, *, first: bool = False) -> None:
        """Let a QUEUED job wait for a slot, which it may get at once."""
        self._waiting[job.id] = job
        self._queue.push(job.id, job.person.user_id, first=first)
        self._fill_slots()

    @property
    def paused(self) -> bool:
        """Whether the operator has waiting jobs kept waiting; those that run go on."""
        return self._prospects.paused

    @paused.setter
    def paused(self, paused: bool) -> None:
        self._prospects.paused = paused
        self._fill_slots()

    def renew(self, job: Job) -> None:
        """Know a waiting or running job as the store has it now."""
        if job.id in self._waiting:
            self._waiting[job.id] = job
        elif job.id in self._runs and self._runs[job.id].job is not None:
            self._runs[job.id].job = job

    def redirect(self, job: Job) -> None:
        """Have a waiting or running job go on with the options that the store has now."""
        self.renew(job)
        if job.id in self._runs:
            self._runs[job.id].redirect()
        self._changed.set()

    def stop(self, job_id: int) -> None:
        """Take a job out of the queue, or stop it; what becomes of it is decided already."""
        if self._queue.remove(job_id):
            del self._waiting[job_id]
            self._changed.set()
        elif job_id in self._runs:
            self._runs[job_id].stop()

    async def refusal(self, user_id: int) -> QueueError | None:
        """Why another job of this user cannot be accepted; None if it can."""
        return await self._admission.refusal(user_id)

    def note_refusal(self, refusal: QueueError) -> None:
        """Count that somebody was told so."""
        self.refusals[type(refusal)] += 1

    async def forget(self, user_id: int) -> None:
        """In the transaction that deletes a user's jobs, before it does: remember the day's share that they used."""
        await self._admission.remember(user_id)

    def place(self, job_id: int) -> int | None:
        """A job's place in the queue, from 1; None if it does not wait."""
        return self._queue.place(job_id)

    def estimate(self, options: Options, size: tuple[int, int]) -> float | None:
        """Seconds that a transfer takes here from start to end; None before anything was measured.

        Args:
            options: Its choices.
            size: (width, height) of the content photo in pixels.
        """
        return self._estimator.seconds(options, size)

    def seconds_left(self, job_id: int) -> float | None:
        """Seconds until a waiting or running job's end; None if unknown."""
        return self._prospects.seconds_left(job_id)

    def forecast(
        self, user_id: int, options: Options, size: tuple[int, int], *, from_result: bool = False
    ) -> Forecast:
        """What another job of a user can expect.

        Args:
            user_id: The user.
            options: The job's choices.
            size: (width, height) of its content photo in pixels.
            from_result: Whether it starts from an earlier result.
        """
        return self._prospects.of_another(
            user_id,
            options,
            size,
            from_result=from_result,
            slot_is_free=self._slot_is_free(),
        )

    def _fill_slots(self) -> None:
        while self._queue and self._slot_is_free():
            jobs = [self._waiting.pop(job_id) for job_id in self._take_next()]
            cohort = Cohort(self._engine, [job.id for job in jobs])
            for job in jobs:
                run = self._runs[job.id] = JobRun(job.id, cohort)
                run.task = asyncio.create_task(self._run(run, job), name=f"job-{job.id}")
        self._changed.set()

    def _take_next(self) -> list[int]:
        """Take out of the queue the next job, and those that can be painted together with it."""
        batch = self._engine.batch
        if batch == 1:
            return [self._queue.pop()]
        order = self._queue.order()
        keys = [batch_key_of(self._waiting[job_id], self._batch_key) for job_id in order]
        together = [order[place] for place in group(keys, batch)[0]]
        for job_id in together:
            self._queue.take(job_id)
        return together

    def _slot_is_free(self) -> bool:
        paused = asyncio.get_running_loop().time() < self._paused_until
        taken = len({run.cohort for run in self._runs.values()})
        return self._open and not paused and not self.paused and taken < self._engine.slots

    async def _run(self, run: JobRun, job: Job) -> None:
        with logged_about(job=job.id):
            await self._run_to_end(run, job)

    async def _run_to_end(self, run: JobRun, job: Job) -> None:
        try:
            result = await run.execute(
                self._store,
                self._on_progress,
                checkpoint_interval=self._checkpoint_interval,
            )
            await self._finish(run, result)
        except (JobGoneError, JobStateError):
            log.debug("Job %d was cancelled or forgotten while it ran.", run.job_id)
        except (StyleError, PictureError, PictureGoneError) as error:
            await self._fail(run, error)
        except (WorkLostError, WorkCancelledError) as error:
            if run.redirected and not run.stopped:
                await self._go_on(run)
                return
            await self._retry(run, error, TooManyCrashesError(attempts=MAX_ATTEMPTS))
        except StoreError as error:
            await self._retry_after_store_error(run, job, error)
        except Exception:
            log.exception("Job %d failed.", run.job_id)
            await self._fail(run, UnexpectedError())
        finally:
            run.stop()
            self._release(run)
            self._fill_slots()

    async def _finish(self, run: JobRun, result: Result) -> None:
        try:
            job = await self._endings.finish(run.job_id, result, run.options)
        except OptionsChangedError:
            # They changed while the last evaluations were made: what is painted is where the job goes on.
            await self._store.jobs.save_checkpoint(
                run.job_id, Checkpoint(result.picture, result.evaluations)
            )
            await self._go_on(run)
            return
        log.info("Painted: %d evaluations, %.1f s.", result.evaluations, result.seconds)
        if run.resumed or job.options.collage:
            return
        try:
            await self._estimator.learn(
                job.options,
                job.size,
                result,
                from_result=job.start_id is not None,
                together=run.together,
            )
        except Exception:
            log.exception("The estimates learned nothing from job %d.", job.id)

    def _on_progress(self, run: JobRun, progress: Progress | None) -> None:
        job = run.job
        if job is not None:

            def tell(job: Job) -> None:
                self._listener.running(job, progress, self._prospects.of_run(run))

            self._tell(tell, job)

    @staticmethod
    def _tell(call: Callable[..., None], job: Job, *news: object) -> None:
        """Progress is cosmetic: a listener that raises, or a forecast, harms no job."""
        try:
            call(job, *news)
        except Exception:
            log.exception("The progress of job %d could not be told.", job.id)

    async def _fail(self, run: JobRun, error: SpokenError) -> None:
        await self._insist(lambda: self._endings.fail(run.job_id, error.spoken))

    async def _go_on(self, run: JobRun) -> None:
        """Put a job back into the queue whose options changed; what it painted is kept."""
        job = await self._insist(lambda: self._store.jobs.requeue_changed(run.job_id, run.options))
        if job is not None and self._open:
            self._release(run)
            self.add(job, first=True)

    async def _retry(self, run: JobRun, reason: Exception, verdict: SpokenError) -> None:
        """Let a job have another try; after too many it fails with the verdict."""
        if not self._open:
            # A job that took the GPU away, and this process with it, stays RUNNING: the next start counts its attempt.
            if not isinstance(reason, DeviceLostError):
                await self._requeue_for_next_start(run)
            return
        # No job is at fault if the engine went away with all of them.
        forgive = isinstance(reason, EngineUnreachableError)
        if not forgive and run.job is not None and run.job.attempts >= MAX_ATTEMPTS:
            await self._fail(run, verdict)
            return
        job = await self._insist(lambda: self._store.jobs.requeue(run.job_id, forgive=forgive))
        if job is not None:
            log.warning("Job %d was interrupted and waits again: %s", job.id, reason)
            self._release(run)
            self.add(job, first=True)

    async def _requeue_for_next_start(self, run: JobRun) -> None:
        try:
            await self._store.jobs.requeue(run.job_id, forgive=True)
        except StoreError as error:
            # It was cancelled, finished or not started meanwhile; or it is still RUNNING, which the start corrects.
            log.debug("Job %d stays as it is: %s", run.job_id, error)

    async def _retry_after_store_error(self, run: JobRun, job: Job, error: StoreError) -> None:
        log.error("Job %d: %s", run.job_id, error)
        self._paused_until = asyncio.get_running_loop().time() + STORE_PAUSE
        if run.job is None:
            self._release(run)
            self.add(job, first=True)
        else:
            full = isinstance(error, StoreFullError)
            await self._retry(run, error, error if full else UnexpectedError())

    async def _insist(self, change: Callable[[], Awaitable[Job]]) -> Job | None:
        """Make a change of state, waiting for a store that fails; None if it is out of date."""
        while True:
            try:
                return await change()
            except (JobGoneError, JobStateError):
                return None
            except StoreError as error:
                log.error("A job's state could not be stored: %s", error)  # noqa: TRY400
            await asyncio.sleep(STORE_PAUSE)

    def _release(self, run: JobRun) -> None:
        if self._runs.get(run.job_id) is run:
            del self._runs[run.job_id]

    async def _announce_positions(self) -> None:
        while True:
            self._changed.clear()
            try:
                self._fill_slots()
                for job, forecast in self._prospects.changes():
                    self._tell(self._listener.waiting, job, *forecast)
            except Exception:
                log.exception("Queue positions could not be announced.")
            self._changed.clear()
            await asyncio.sleep(ANNOUNCE_PAUSE)
            # Not by wait_for(), which before Python 3.12 may swallow a cancellation.
            with suppress(TimeoutError):
                async with asyncio.timeout(ANNOUNCE_INTERVAL - ANNOUNCE_PAUSE):
                    await self._changed.wait()
