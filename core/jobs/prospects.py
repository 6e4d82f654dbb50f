"""When waiting and running jobs will end, and what another job could expect."""

from __future__ import annotations

import heapq
from typing import TYPE_CHECKING, NamedTuple

from core.engines.protocol import Delay
from core.jobs.cohort import batch_key_of, group
from core.jobs.models import Forecast

if TYPE_CHECKING:
    from collections.abc import Hashable, Iterable, Iterator, Mapping, Sequence

    from core.engines.protocol import Engine
    from core.jobs.cohort import BatchKey, Cohort
    from core.jobs.estimates import Estimator
    from core.jobs.job_run import JobRun
    from core.jobs.models import Job
    from core.jobs.queue import FairQueue
    from core.style.options import Options


class _Asked(NamedTuple):
    """A job that waits, or could: what its length and its company depend on."""

    options: Options
    size: tuple[int, int]
    from_result: bool
    key: Hashable | None


class Prospects:
    """Looks at the scheduler's queue and runs, and changes neither.

    Args:
        engine: Has the slots.
        estimator: Knows how long jobs take.
        batch_key: Says what can be painted together.
        queue: The order of the jobs that wait.
        waiting: The jobs that wait, by their ids.
        runs: The jobs that run, by their ids.
    """

    def __init__(
        self,
        engine: Engine,
        estimator: Estimator,
        batch_key: BatchKey,
        *,
        queue: FairQueue,
        waiting: Mapping[int, Job],
        runs: Mapping[int, JobRun],
    ) -> None:
        self._engine = engine
        self._estimator = estimator
        self._batch_key = batch_key
        self._queue = queue
        self._waiting = waiting
        self._runs = runs
        self.paused = False
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
        job = run.job
        times = self._estimator.stage_times(
            job.options, job.size, from_result=job.start_id is not None, together=run.together
        )
        return run.pace.left(times, job.options.time_limit)

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
        place, waiting = self._queue.next_place(user_id)
        if place == 1 and slot_is_free:
            takes = self._estimator.seconds(options, size, from_result=from_result)
            return Forecast(0, takes, None)
        asked = [self._asked(self._waiting[job_id]) for job_id in waiting]
        key = None if from_result else self._batch_key(options, size)
        asked.insert(place - 1, _Asked(options, size, from_result, key))
        return Forecast(place, self._ends(asked)[place - 1], self._engine.delay)

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
        done = self._ends([self._asked(job) for job in jobs])
        delay = self._engine.delay
        if self.paused:
            done, delay = [None] * len(jobs), Delay.PAUSED
        return [
            (job, Forecast(place, seconds, delay))
            for place, (job, seconds) in enumerate(zip(jobs, done, strict=True), start=1)
        ]

    def _ends(self, asked: Sequence[_Asked]) -> list[float | None]:
        """Seconds until the end of each job that waits, in their order; those of one batch end together."""
        groups = group([one.key for one in asked], self._engine.batch)
        takes = [self._takes([asked[place] for place in places]) for places in groups]
        done = ends(self._slots_left(), takes, self._engine.slots)
        ordered: list[float | None] = [None] * len(asked)
        for places, seconds in zip(groups, done, strict=True):
            for place in places:
                ordered[place] = seconds
        return ordered

    def _takes(self, together: Sequence[_Asked]) -> float | None:
        """Seconds of a batch."""
        return _longest(
            self._estimator.seconds(
                one.options, one.size, from_result=one.from_result, together=len(together)
            )
            for one in together
        )

    def _slots_left(self) -> list[float | None]:
        """Seconds until each slot that is taken is free again."""
        slots: dict[Cohort, list[float | None]] = {}
        for run in self._runs.values():
            slots.setdefault(run.cohort, []).append(self.of_run(run))
        return [_longest(lengths) for lengths in slots.values()]

    def _asked(self, job: Job) -> _Asked:
        key = batch_key_of(job, self._batch_key)
        return _Asked(job.options, job.size, job.start_id is not None, key)


def _longest(lengths: Iterable[float | None]) -> float | None:
    """The longest of them; None if one is unknown."""
    known = list(lengths)
    return None if None in known else max(one for one in known if one is not None)


def ends(
    running: Iterable[float | None], waiting: Iterable[float | None], slots: int
) -> list[float | None]:
    """When each waiting job will end if the next one always takes the first free slot.

    Args:
        running: Seconds until each slot that is taken is free.
        waiting: Seconds that each waiting job, or batch of jobs, takes, in the order of the queue.
        slots: How many slots there are.

    Returns:
        Seconds from now for each that waits; None from the first on that nothing is known about.
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
