"""Who is told about jobs, and how telling goes on when that fails."""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING, Final, Protocol

from core.jobs.notices import Notices

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from core.engines.protocol import Delay
    from core.jobs.models import Job
    from core.jobs.run import Run
    from core.jobs.store import Store
    from core.style.events import Progress

log = logging.getLogger(__name__)

PATIENCE: Final = 60.0
"""Seconds that an observer has for one call, but for the last of a job."""

RETRIES: Final = (5.0, 30.0, 120.0, 600.0)
"""Pauses in seconds after an observer failed to deliver; after the last the next start tries again."""


class Observer(Protocol):
    """Who is told. For one job, one call at a time; none of them keeps a job from running."""

    async def waiting(self, job: Job, place: int, seconds: float | None) -> None:
        """Its place (from 1) or the seconds until its end changed."""
        ...

    async def delayed(self, job: Job, place: int, delay: Delay) -> None:
        """It waits, and nothing is painted just now, for this reason of the engine's."""
        ...

    async def started(self, job: Job) -> None:
        """It is being painted; again after it was interrupted."""
        ...

    async def progressed(self, job: Job, update: Progress, seconds: float | None) -> None:
        """It made an evaluation; ``seconds`` are left. Only the newest is told to a slow observer."""
        ...

    async def finished(self, job: Job) -> None:
        """Its outcome is stored. To be delivered, and then ``store.deliver_job``.

        Called again, with what ``mark_photo`` and the like noted, after it raised and at each start
        until the job is delivered.
        """
        ...

    async def ended(self, job: Job) -> None:
        """It was cancelled or failed; ``job.error`` has the sentence.

        Called again after it raised, and at the next start if the process died meanwhile.
        """
        ...


class Teller:
    """The dispatcher's side of an observer. Nothing here waits for it."""

    def __init__(self, store: Store, observer: Observer) -> None:
        self._store = store
        self._observer = observer
        self._notices = Notices(patience=PATIENCE)

    def waiting(self, job: Job, place: int, seconds: float | None) -> None:
        """Tell its place; a newer one replaces it."""
        self._notices.tell(job.id, lambda: self._observer.waiting(job, place, seconds))

    def delayed(self, job: Job, place: int, delay: Delay) -> None:
        """Tell that nothing is painted just now; news of its place replace it."""
        self._notices.tell(job.id, lambda: self._observer.delayed(job, place, delay))

    def started(self, job: Job) -> None:
        """Tell that it began."""
        self._notices.tell(job.id, lambda: self._observer.started(job), shed=False)

    def progressed(self, run: Run, left: Callable[[], float | None]) -> None:
        """Tell the newest that the run has when the observer is ready for it."""

        async def call() -> None:
            update = run.take()
            if update is not None and run.job is not None and not run.stopped:
                await self._observer.progressed(run.job, update, left())

        self._notices.tell(run.job_id, call)

    def finished(self, job: Job) -> None:
        """Have it delivered."""
        self._notices.last(job.id, lambda: self._insist(job, self._observer.finished))

    def ended(self, job: Job) -> None:
        """Tell the end, and remember that it was told."""

        async def tell(job: Job) -> None:
            await self._observer.ended(job)
            await self._store.mark_told(job.id)

        self._notices.last(job.id, lambda: self._insist(job, tell))

    def drop(self, job_id: int) -> None:
        """Say nothing more about a job that was forgotten."""
        self._notices.drop(job_id)

    async def close(self, *, patience: float) -> None:
        """Let what is being said be said, for so many seconds."""
        await self._notices.close(patience=patience)

    async def _insist(self, job: Job, call: Callable[[Job], Awaitable[None]]) -> None:
        for pause in RETRIES:
            try:
                await call(job)
            except Exception:
                now = await self._store.job(job.id)
                if now is None or now.state is not job.state:
                    log.debug("Job %d was delivered or forgotten meanwhile.", job.id)
                    return
                log.exception("The end of job %d could not be told; trying again.", job.id)
                await asyncio.sleep(pause)
                job = now
            else:
                return
        await call(job)
