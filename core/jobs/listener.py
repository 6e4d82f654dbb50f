"""Who learns what happens to jobs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from core.engines.protocol import Delay
    from core.jobs.models import Job
    from core.style.progress import Progress, Result


class JobListener(Protocol):
    """The scheduler's listener. Progress is cosmetic and told in passing; an end is told inside its transaction."""

    def waiting(self, job: Job, place: int, seconds: float | None, delay: Delay | None) -> None:
        """A waiting job's prospects changed. Returns at once.

        Args:
            job: The job.
            place: Its place in the queue, from 1.
            seconds: Seconds until its end; None if unknown.
            delay: Why the engine does nothing just now, if that is so.
        """
        ...

    def running(self, job: Job, progress: Progress | None, seconds: float | None) -> None:
        """A job made an evaluation. Returns at once.

        Args:
            job: The job.
            progress: How far it is; None if it was just started.
            seconds: Seconds until its end; None if unknown.
        """
        ...

    async def ended(self, job: Job, result: Result | None) -> None:
        """A job finished or failed. Called inside the transaction that notes it, so that what follows is part of it.

        Args:
            job: The job in its new state; ``job.error`` has the sentence if it failed.
            result: What it gave, if it finished.
        """
        ...
