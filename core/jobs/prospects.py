"""When waiting and running jobs will end, and what another job could expect."""

from __future__ import annotations

import heapq
from typing import TYPE_CHECKING

from core.jobs.models import Forecast

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from core.engines.protocol import Engine
    from core.jobs.durations import StageTime
    from core.jobs.estimates import Estimator
    from core.jobs.job_run import JobRun
    from core.jobs.models import Job
    from core.jobs.queue import FairQueue
    from core.style.options import Options


class Prospects:
    """Looks at the scheduler's queue and runs, and changes neither.

    Args:
        engine: Has the slots.
        estimator: Knows how long jobs take.
        queue: The order of the jobs that wait.
        waiting: The jobs that wait, by their ids.
        runs: The jobs that run, by their ids.
    """

    def __init__(
        self,
        engine: Engine,
        estimator: Estimator,
        *,
        queue: FairQueue,
        waiting: Mapping[int, Job],
        runs: Mapping[int, JobRun],
    ) -> None:
        self._engine = engine
        self._estimator = estimator
        self._queue = queue
        self._waiting = waiting
        self._runs = runs
        self._announced: dict[int, Forecast] = {}

    def seconds_left(self, job_id: int) -> float | None:
        """Seconds until a waiting or running job's end; None if unknown."""
        run = self._runs.get(job_id)
        if run is not None:
            return self.of_run(run)
        if job_id not in self._queue:
            return None
        return next(forecast.seconds for job, forecast in self._all() if job.id == job_id)

    def of_run(self, run: JobRun) -> float | None:
        """Seconds until a running job's end; None if unknown."""
        if run.job is None:
            return None
        return run.pace.left(self._stage_times(run.job), run.job.options.time_limit)

    def of_another(
        self,
        user_id: int,
        options: Options,
        size: tuple[int, int],
        *,
        from_result: bool,
        slot_is_free: bool,
    ) -> Forecast:
        """What another job could expect; see ``Scheduler.forecast``."""
        takes = self._estimator.seconds(options, size, from_result=from_result)
        place, before = self._queue.next_place(user_id)
        if place == 1 and slot_is_free:
            return Forecast(0, takes, None)
        lengths = [self._takes(self._waiting[job_id]) for job_id in before]
        done = ends(self._running_lengths(), [*lengths, takes], self._engine.slots)
        return Forecast(place, done[-1], self._engine.delay)

    def changes(self) -> Iterator[tuple[Job, Forecast]]:
        """The waiting jobs whose prospects changed since the last call so much that a person would care."""
        announced = {}
        for job, forecast in self._all():
            before = self._announced.get(job.id)
            if _differs(before, forecast):
                yield job, forecast
                before = forecast
            announced[job.id] = before or forecast
        self._announced = announced

    def _all(self) -> list[tuple[Job, Forecast]]:
        """The jobs that wait, in order."""
        jobs = [self._waiting[job_id] for job_id in self._queue.order()]
        done = ends(self._running_lengths(), map(self._takes, jobs), self._engine.slots)
        delay = self._engine.delay
        return [
            (job, Forecast(place, seconds, delay))
            for place, (job, seconds) in enumerate(zip(jobs, done, strict=True), start=1)
        ]

    def _running_lengths(self) -> list[float | None]:
        return [self.of_run(run) for run in self._runs.values()]

    def _stage_times(self, job: Job) -> tuple[StageTime, ...] | None:
        return self._estimator.stage_times(
            job.options, job.size, from_result=job.start_id is not None
        )

    def _takes(self, job: Job) -> float | None:
        return self._estimator.seconds(job.options, job.size, from_result=job.start_id is not None)


def ends(
    running: Iterable[float | None], waiting: Iterable[float | None], slots: int
) -> list[float | None]:
    """When each waiting job will end if the next one always takes the first free slot.

    Args:
        running: Seconds left of each running job.
        waiting: Seconds that each waiting job takes, in the order of the queue.
        slots: How many run at once.

    Returns:
        Seconds from now for each waiting job; None from the first on that nothing is known about.
    """
    left, takes = list(running), list(waiting)
    if slots < 1 or None in left:
        return [None] * len(takes)
    free = [0.0] * (slots - len(left)) + [one for one in left if one is not None]
    heapq.heapify(free)
    done: list[float | None] = []
    for seconds in takes:
        if seconds is None:
            break
        done.append(heapq.heappop(free) + seconds)
        heapq.heappush(free, done[-1] or 0.0)
    return done + [None] * (len(takes) - len(done))


def _differs(old: Forecast | None, new: Forecast) -> bool:
    """Whether a person would care: another place, a delay, or a time that is 5 seconds and a tenth away."""
    if old is None or (old.place, old.delay) != (new.place, new.delay):
        return True
    if old.seconds is None or new.seconds is None:
        return old.seconds is not new.seconds
    return abs(old.seconds - new.seconds) >= max(5.0, 0.1 * new.seconds)
