"""One job on the engine: from its pictures in the store to its outcome in the store."""

from __future__ import annotations

import asyncio
import logging
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Final, Protocol

from core.engines.protocol import Work
from core.jobs.estimates import Pace
from core.jobs.job_errors import StoreError, StoreFullError
from core.jobs.models import JobProgress

if TYPE_CHECKING:
    from core.engines.protocol import Engine, Handle
    from core.jobs.models import Job
    from core.jobs.store import Store
    from core.style.events import Progress, Result

log = logging.getLogger(__name__)

PROGRESS_EVERY: Final = 1.0
"""Seconds between two progress rows of a job, at least."""


class Listener(Protocol):
    """Who wants to know how a run goes; its methods return at once."""

    def began(self, run: Run) -> None:
        """The job is RUNNING."""

    def moved(self, run: Run) -> None:
        """``run.take()`` has something new."""


@dataclass(slots=True, eq=False)
class Run:
    """A job that has one of the engine's slots.

    Attributes:
        job_id: The job.
        user_id: Whose.
        job: The job as last read; None until it is RUNNING.
        handle: The work on the engine, once submitted.
        stopped: It is to end, for whichever reason.
        resumed: It goes on from a checkpoint.
        pace: How fast it goes.
    """

    job_id: int
    user_id: int
    job: Job | None = None
    handle: Handle | None = None
    stopped: bool = False
    resumed: bool = False
    pace: Pace = field(default_factory=Pace)
    task: asyncio.Task[None] | None = None
    _latest: Progress | None = None
    _written: float = float("-inf")

    def stop(self) -> None:
        """Make the engine stop within one evaluation."""
        self.stopped = True
        if self.handle is not None:
            self.handle.cancel()

    def take(self) -> Progress | None:
        """The newest update, once; with the newest preview, even if that came with an older one."""
        update, self._latest = self._latest, None
        return update

    async def paint(
        self, store: Store, engine: Engine, listener: Listener, *, checkpoint_every: float
    ) -> Result:
        """QUEUED to the outcome, which is not stored yet.

        Raises:
            JobGoneError: It was forgotten.
            JobStateError: It was cancelled.
            PictureGoneError: Its pictures are not there.
            WorkCancelledError: The work was cancelled.
            WorkLostError: The work was lost.
            core.style.style_errors.StyleError: The transfer failed.
            core.pictures.picture_errors.PictureError: One of its pictures cannot be read.
        """
        self.job = await store.start_job(self.job_id)
        listener.began(self)
        work = await self._work(store, self.job, checkpoint_every)
        self.handle = engine.submit(work)
        if self.stopped:
            self.handle.cancel()
        async for update in self.handle.progress():
            if not self.stopped:
                await self._note(store, update)
                listener.moved(self)
        return await self.handle.result()

    async def _work(self, store: Store, job: Job, checkpoint_every: float) -> Work:
        checkpoint = await store.last_checkpoint(job.id)
        self.resumed = checkpoint is not None
        if checkpoint is not None:
            start: bytes | None = checkpoint.picture
        else:
            start = None if job.start_id is None else await store.picture(job.start_id)
        return Work(
            content=await store.picture(job.content.id),
            styles=(await store.picture(job.style.id),),
            options=job.options,
            start=start,
            done=checkpoint.evaluation if checkpoint else 0,
            attempt=_attempt(job),
            checkpoint_every=checkpoint_every,
        )

    async def _note(self, store: Store, update: Progress) -> None:
        self.pace.note(update)
        try:
            if update.checkpoint is not None:
                await store.checkpoint(self.job_id, update.checkpoint, update.evaluation)
            await self._write(store, update)
        except StoreError as error:
            # Worth less than the work itself: the next one may fit again.
            log.warning("The progress of job %d could not be kept: %s", self.job_id, error)
        preview = update.preview or (self._latest.preview if self._latest else None)
        self._latest = replace(update, preview=preview, checkpoint=None)

    async def _write(self, store: Store, update: Progress) -> None:
        now = asyncio.get_running_loop().time()
        if now - self._written < PROGRESS_EVERY:
            return
        self._written = now
        await store.set_progress(
            self.job_id,
            JobProgress(
                evaluation=update.evaluation,
                evaluations=update.evaluations,
                losses=update.losses,
            ),
        )
        # The bot may have set the status message meanwhile.
        self.job = await store.job(self.job_id) or self.job


async def keep(store: Store, job_id: int, outcome: Result, *, pauses: tuple[float, ...]) -> Job:
    """Store an outcome: on a full disk without trace and frames, or after waiting for room.

    Raises:
        JobGoneError: The job was forgotten.
        JobStateError: It was cancelled.
        StoreFullError: There was no room in all that time.
    """
    plain = replace(outcome, trace=(), frames=())
    for pause in pauses:
        for form in (outcome, plain):
            try:
                return await store.finish_job(job_id, form)
            except StoreFullError:
                continue
        log.error("The disk is full; the result of job %d waits for room.", job_id)
        await asyncio.sleep(pause)
    return await store.finish_job(job_id, plain)


def _attempt(job: Job) -> int:
    """Which attempt the person sees; one that was forgiven made progress before their eyes as well."""
    return job.attempts + (job.attempts == 1 and job.progress is not None)
