"""Where waiting jobs get the engine's slots, and what becomes of each."""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING, Final

from core.engines.protocol import EngineUnreachableError, WorkCancelledError, WorkLostError
from core.jobs.estimates import ends
from core.jobs.job_errors import (
    JobGoneError,
    JobStateError,
    PictureGoneError,
    StoreError,
    StoreFullError,
    TooManyCrashesError,
    UnexpectedError,
)
from core.jobs.queue import FairQueue
from core.jobs.run import Run, keep
from core.pictures.picture_errors import PictureError
from core.style.style_errors import StyleError

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from core.engines.protocol import Engine
    from core.jobs.estimates import Estimator
    from core.jobs.models import Job
    from core.jobs.observer import Teller
    from core.jobs.store import Store
    from core.sentences import SpokenError

log = logging.getLogger(__name__)

ATTEMPTS: Final = 3
"""How often a job may take the process or its worker down before it is set aside."""

REST: Final = 10.0
"""Seconds without new starts after the store failed, so that it is not asked in a circle."""


class Workshop:
    """The queue, the running jobs, and the way from one to the other.

    Attributes:
        queue: The jobs that wait.
        runs: Those that have a slot.
        changed: Set when a place may have changed.
    """

    def __init__(
        self,
        store: Store,
        engine: Engine,
        teller: Teller,
        estimator: Estimator,
        *,
        checkpoint_every: float,
        full_pauses: tuple[float, ...],
    ) -> None:
        self.queue = FairQueue()
        self.runs: dict[int, Run] = {}
        self.changed = asyncio.Event()
        self._store = store
        self._engine = engine
        self._teller = teller
        self._estimator = estimator
        self._checkpoint_every = checkpoint_every
        self._full_pauses = full_pauses
        self._waiting: dict[int, Job] = {}
        self._open = False
        self._rest_until = 0.0

    def open(self) -> None:
        """Begin to give out slots."""
        self._open = True
        self.fill()

    def add(self, job: Job, *, first: bool = False) -> None:
        """Let a QUEUED job wait for a slot, which it may get at once."""
        self._waiting[job.id] = job
        self.queue.push(job.id, job.person.user_id, first=first)
        self.fill()

    def renew(self, job: Job) -> None:
        """Know a waiting job as the store has it now."""
        if job.id in self._waiting:
            self._waiting[job.id] = job

    def remove(self, job_id: int) -> None:
        """Take a job out, or stop it; what it becomes is decided already."""
        if self.queue.remove(job_id):
            del self._waiting[job_id]
            self.changed.set()
        elif job_id in self.runs:
            self.runs[job_id].stop()

    def fill(self) -> None:
        """Give the free slots to those whose turn it is."""
        now = asyncio.get_running_loop().time()
        while self._open and self.queue and len(self.runs) < self._engine.slots:
            if now < self._rest_until:
                break
            job_id, user_id = self.queue.pop()
            run = Run(job_id, user_id)
            self.runs[job_id] = run
            run.task = asyncio.create_task(
                self._run(run, self._waiting.pop(job_id)), name=f"job-{job_id}"
            )
        self.changed.set()

    def jobs_of(self, user_id: int) -> list[int]:
        """All of a person's jobs in here."""
        running = [run.job_id for run in self.runs.values() if run.user_id == user_id]
        return [*running, *self.queue.of(user_id)]

    def waiting(self) -> list[tuple[Job, float | None]]:
        """The jobs that wait, in order, with the seconds until each one's end."""
        jobs = [self._waiting[job_id] for job_id in self.queue.order()]
        running = [self._left(run) for run in self.runs.values()]
        done = ends(running, map(self._takes, jobs), self._engine.slots)
        return list(zip(jobs, done, strict=True))

    def seconds_left(self, job_id: int) -> float | None:
        """Seconds until a job's end; None where that cannot be told."""
        run = self.runs.get(job_id)
        if run is not None:
            return self._left(run)
        if job_id not in self.queue:
            return None
        return next(seconds for job, seconds in self.waiting() if job.id == job_id)

    async def close(self, *, patience: float) -> None:
        """Stop what runs and put it back into the queue; a matter of ``patience`` seconds."""
        self._open = False
        runs = list(self.runs.values())
        tasks = {run.task for run in runs if run.task is not None}
        for run in runs:
            run.stop()
        if not tasks:
            return
        _, late = await asyncio.wait(tasks, timeout=patience)
        for task in late:
            task.cancel()
        await asyncio.gather(*late, return_exceptions=True)
        for run in runs:
            if run.task in late:
                await self._put_back_for_next_start(run)

    async def _run(self, run: Run, job: Job) -> None:
        try:
            await self._paint(run)
        except (JobGoneError, JobStateError):
            log.debug("Job %d was cancelled or forgotten while it ran.", run.job_id)
        except (StyleError, PictureError, PictureGoneError) as error:
            await self._fail(run, error)
        except (WorkLostError, WorkCancelledError) as error:
            await self._put_back(run, error, TooManyCrashesError(attempts=ATTEMPTS))
        except StoreError as error:
            await self._wait_for_the_store(run, job, error)
        except Exception:
            log.exception("Job %d failed.", run.job_id)
            await self._fail(run, UnexpectedError())
        finally:
            run.stop()
            self._release(run)
            self.fill()

    async def _paint(self, run: Run) -> None:
        outcome = await run.paint(
            self._store, self._engine, self, checkpoint_every=self._checkpoint_every
        )
        job = await keep(self._store, run.job_id, outcome, pauses=self._full_pauses)
        self._teller.finished(job)
        if run.resumed:
            return
        try:
            await self._estimator.learn(
                job.options, _size(job), outcome, from_result=job.start_id is not None
            )
        except Exception:
            log.exception("Nothing was learnt from job %d.", job.id)

    def began(self, run: Run) -> None:
        """A run's job is RUNNING."""
        if run.job is not None:
            self._teller.started(run.job)

    def moved(self, run: Run) -> None:
        """A run made an evaluation."""
        self._teller.progressed(run, lambda: self._left(run))

    async def _fail(self, run: Run, error: SpokenError) -> None:
        job = await self._insist(lambda: self._store.fail_job(run.job_id, error.spoken))
        if job is not None:
            self._teller.ended(job)

    async def _put_back(self, run: Run, reason: Exception, verdict: SpokenError) -> None:
        """Let it have another try, unless it had enough of them: then it fails with the verdict."""
        if not self._open:
            await self._put_back_for_next_start(run)
            return
        # Nobody's job is at fault when the engine went away with all of them.
        forgive = isinstance(reason, EngineUnreachableError)
        if not forgive and run.job is not None and run.job.attempts >= ATTEMPTS:
            await self._fail(run, verdict)
        else:
            job = await self._insist(lambda: self._store.requeue_job(run.job_id, forgive=forgive))
            if job is not None:
                log.warning("Job %d was interrupted and waits again: %s", job.id, reason)
                self._release(run)
                self.add(job, first=True)

    async def _put_back_for_next_start(self, run: Run) -> None:
        try:
            await self._store.requeue_job(run.job_id, forgive=True)
        except StoreError as error:
            # Cancelled, finished or not begun meanwhile; or still RUNNING, which the start puts right.
            log.debug("Job %d stays as it is: %s", run.job_id, error)

    async def _wait_for_the_store(self, run: Run, job: Job, error: StoreError) -> None:
        """The store failed: have the job tried again later."""
        log.error("Job %d: %s", run.job_id, error)
        self._rest_until = asyncio.get_running_loop().time() + REST
        if run.job is None:
            self._release(run)
            self.add(job, first=True)
        else:
            full = isinstance(error, StoreFullError)
            await self._put_back(run, error, error if full else UnexpectedError())

    async def _insist(self, change: Callable[[], Awaitable[Job]]) -> Job | None:
        """Make a change of state, waiting for a store that fails; None where it is out of date."""
        while True:
            try:
                return await change()
            except (JobGoneError, JobStateError):
                return None
            except StoreError as error:
                log.error("A job's state could not be kept: %s", error)  # noqa: TRY400
            await asyncio.sleep(REST)

    def _release(self, run: Run) -> None:
        if self.runs.get(run.job_id) is run:
            del self.runs[run.job_id]

    def _left(self, run: Run) -> float | None:
        return run.pace.left(self._takes(run.job) if run.job else None)

    def _takes(self, job: Job) -> float | None:
        return self._estimator.seconds(
            job.options, _size(job), from_result=job.start_id is not None
        )


def _size(job: Job) -> tuple[int, int]:
    return job.content.width, job.content.height
