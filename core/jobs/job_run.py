"""One job on the engine: from its pictures in the store to its result."""

from __future__ import annotations

import asyncio
import logging
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from core.engines.protocol import Work
from core.jobs.job_errors import StoreError
from core.jobs.pace import Pace
from core.pictures.builtin_styles import builtin_style

if TYPE_CHECKING:
    from collections.abc import Callable

    from core.engines.protocol import Handle
    from core.jobs.cohort import Cohort
    from core.jobs.models import Job
    from core.jobs.store import Store
    from core.style.options import Options
    from core.style.progress import Progress, Result

log = logging.getLogger(__name__)

PROGRESS_INTERVAL: Final = 1.0
"""Seconds between two stored progresses of a job, at least."""


@dataclass(slots=True, eq=False)
class JobRun:
    """A job that has one of the engine's slots, or a share of one.

    Attributes:
        job_id: The job.
        cohort: The jobs that are painted together with it, in the same slot.
        job: The job as it was started; None until it is RUNNING.
        stopped: Whether it is to end, for whichever reason.
        suspended: Whether it is to end with a checkpoint, from which the next process goes on.
        resumed: Whether it continues from a checkpoint.
        redirected: Whether the job has other options by now, and is to go on with those.
        options: Those that the work has; None until it is made.
        pace: How fast it goes.
        task: What drives it.
    """

    job_id: int
    cohort: Cohort
    job: Job | None = None
    stopped: bool = False
    suspended: bool = False
    resumed: bool = False
    redirected: bool = False
    options: Options | None = None
    pace: Pace = field(default_factory=Pace)
    task: asyncio.Task[None] | None = None
    _handle: Handle | None = None
    _apart: bool = False
    _stored: float = float("-inf")

    @property
    def together(self) -> int:
        """How many are painted together; 1 also for a job that has left all others, since it was stopped."""
        return 1 if self._apart else max(1, self.cohort.together)

    def stop(self) -> None:
        """Make the engine stop within one evaluation."""
        self.stopped = True
        self.cohort.leave(self.job_id)
        if self._handle is not None:
            self._handle.cancel()

    def suspend(self) -> None:
        """Make the engine stop after one more evaluation, of which a checkpoint is stored if it can be had."""
        self.suspended = True
        self.cohort.leave(self.job_id)
        if self._handle is not None:
            self._handle.suspend()

    def redirect(self) -> None:
        """Make the engine stop within one evaluation, so that the job goes on with other options."""
        self.redirected = True
        self.cohort.leave(self.job_id)
        if self._handle is not None:
            self._handle.cancel()

    async def execute(
        self,
        store: Store,
        on_progress: Callable[[JobRun, Progress | None], None],
        *,
        checkpoint_interval: float,
    ) -> Result:
        """Take a QUEUED job to its result, which is not stored yet. What is painted when it is stopped is stored.

        Args:
            store: Has the pictures, keeps progress and checkpoints.
            on_progress: Called with each progress, and with None at the start.
            checkpoint_interval: Seconds between checkpoints.

        Raises:
            JobGoneError: The job was forgotten.
            JobStateError: It was cancelled.
            PictureGoneError: Its pictures are not there.
            WorkCancelledError: The work was cancelled.
            WorkLostError: The work was lost.
            core.style.style_errors.StyleError: The transfer failed.
            core.pictures.picture_errors.PictureError: A picture cannot be read.
        """
        try:
            self.job = await store.jobs.start(self.job_id)
            log.info("Painting begins: %s, %d x %d.", self.job.options.preset, *self.job.size)
            on_progress(self, None)
            work = await self._work(store, self.job, checkpoint_interval)
            self._handle = await self.cohort.submit(self.job_id, work)
        finally:
            self.cohort.leave(self.job_id)
        if self.stopped or self.suspended or self.redirected:
            self._handle.cancel()
        async for progress in self._handle.progress():
            # Works that cannot be painted together are painted one by one, each from its beginning.
            self._apart = progress.attempt > work.attempt
            if not self._ending:
                self.pace.note(progress)
            await self._save(store, progress)
            # A job may be cancelled while it waits for the store.
            if not self._ending:
                on_progress(self, progress)
        return await self._handle.result()

    @property
    def _ending(self) -> bool:
        return self.stopped or self.redirected

    async def _work(self, store: Store, job: Job, checkpoint_interval: float) -> Work:
        checkpoint = await store.jobs.last_checkpoint(job.id)
        self.resumed = checkpoint is not None
        self.options = job.options
        if checkpoint is not None:
            start: bytes | None = checkpoint.picture
        else:
            start = None if job.start_id is None else await store.pictures.data(job.start_id)
        names = job.options.collage
        return Work(
            content=await store.pictures.data(job.content.id),
            styles=tuple([await asyncio.to_thread(builtin_style, name) for name in names])
            or tuple([await store.pictures.data(one.id) for one in job.styles]),
            options=job.options,
            start=start,
            done=checkpoint.evaluation if checkpoint else 0,
            attempt=_visible_attempt(job),
            # A collage takes less time than what it would lose is worth: it begins anew.
            checkpoint_every=0.0 if names else checkpoint_interval,
        )

    async def _save(self, store: Store, progress: Progress) -> None:
        now = asyncio.get_running_loop().time()
        try:
            if progress.checkpoint is not None:
                await store.jobs.save_checkpoint(self.job_id, progress.checkpoint)
            if now - self._stored >= PROGRESS_INTERVAL and not self._ending:
                self._stored = now
                await store.jobs.set_progress(
                    self.job_id, progress.evaluation, progress.evaluations
                )
        except StoreError as error:
            # The work itself is worth more: the next checkpoint may fit again.
            log.warning("The progress of job %d could not be stored: %s", self.job_id, error)


def _visible_attempt(job: Job) -> int:
    """The attempt as the person sees it: one that was forgiven made progress before their eyes as well."""
    return job.attempts + (job.attempts == 1 and job.evaluation > 0)
