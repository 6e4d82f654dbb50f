"""Jobs that are painted together: which ones, and how their works reach the engine in one call."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, TypeAlias

from core.engines.protocol import WorkCancelledError
from core.log_context import logged_about

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Iterable, Sequence

    from core.engines.protocol import Engine, Handle, Work
    from core.jobs.models import Job
    from core.style.options import Options

BatchKey: TypeAlias = "Callable[[Options, tuple[int, int]], Hashable | None]"
"""What transfers must have in common to be painted together; None for one that is painted alone."""


def batch_key_of(job: Job, batch_key: BatchKey) -> Hashable | None:
    """The key of a waiting job; None if it goes on from a result, or was started before.

    Such a job may have a checkpoint, or it took its worker down and must not do that to others.
    """
    fresh = job.start_id is None and job.attempts == job.evaluation == 0
    return batch_key(job.options, job.size) if fresh else None


def group(keys: Iterable[Hashable | None], batch: int) -> list[list[int]]:
    """Which jobs will be painted together if nothing changes: the next one, with those that are like it.

    Args:
        keys: The keys of the jobs that wait, in their order.
        batch: How many may be painted together.

    Returns:
        The places in ``keys``, from 0, of the jobs that start together, the next ones first.
    """
    groups: list[list[int]] = []
    growing: dict[Hashable, list[int]] = {}
    for place, key in enumerate(keys):
        if key is not None and len(growing.get(key, ())) % batch:
            growing[key].append(place)
            continue
        groups.append([place])
        if key is not None:
            growing[key] = groups[-1]
    return groups


class Cohort:
    """Jobs that start together and share one of the engine's slots. A job that runs alone is one, too.

    Each loads its pictures by itself. The last one to come submits all; whoever leaves is not waited for.

    Args:
        engine: Does the works.
        job_ids: The jobs.
    """

    def __init__(self, engine: Engine, job_ids: Iterable[int]) -> None:
        self._engine = engine
        self._missing = set(job_ids)
        self._arrived: dict[int, tuple[Work, asyncio.Future[Handle]]] = {}
        self.together = len(self._missing)
        """How many are painted together: those that did not leave before."""

    async def submit(self, job_id: int, work: Work) -> Handle:
        """Submit a job's work together with all others.

        Raises:
            WorkCancelledError: The job left.
        """
        if job_id not in self._missing:
            raise WorkCancelledError
        self._missing.remove(job_id)
        arrival: asyncio.Future[Handle] = asyncio.get_running_loop().create_future()
        self._arrived[job_id] = work, arrival
        self._submit_if_complete()
        return await arrival

    def leave(self, job_id: int) -> None:
        """Do not wait for a job that has no work to submit. Changes nothing once they are submitted."""
        if job_id in self._missing:
            self._missing.remove(job_id)
        elif job_id in self._arrived:
            _, arrival = self._arrived.pop(job_id)
            _fail(arrival, WorkCancelledError())
        else:
            return
        self.together -= 1
        self._submit_if_complete()

    def _submit_if_complete(self) -> None:
        if self._missing or not self._arrived:
            return
        works, arrivals = zip(*self._arrived.values(), strict=True)
        self._arrived = {}
        try:
            handles = _submit(self._engine, works)
        except Exception as error:  # noqa: BLE001 - it is each job's own, or all but one would wait for ever
            for arrival in arrivals:
                _fail(arrival, error)
            return
        for arrival, handle in zip(arrivals, handles, strict=True):
            if arrival.done():  # Its task was cancelled while it waited.
                handle.cancel()
            else:
                arrival.set_result(handle)


def _submit(engine: Engine, works: Sequence[Work]) -> Sequence[Handle]:
    if len(works) == 1:
        return [engine.submit(works[0])]
    # What is logged while they are painted is about all of them.
    with logged_about():
        return engine.submit_together(works)


def _fail(arrival: asyncio.Future[Handle], error: Exception) -> None:
    if not arrival.done():
        arrival.set_exception(error)
        arrival.exception()  # marks it as retrieved: its task may be cancelled
