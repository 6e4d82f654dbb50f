"""How long a transfer takes on this machine, and when waiting jobs will end."""

from __future__ import annotations

import heapq
import json
import logging
from typing import TYPE_CHECKING, Final, TypeAlias

from core.jobs.job_errors import StoreError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from core.engines.protocol import Engine
    from core.jobs.store import Store
    from core.style.options import Options
    from core.style.progress import Progress, Result

log = logging.getLogger(__name__)

Cost: TypeAlias = "Callable[[Options, tuple[int, int]], float]"
"""GFLOP of a transfer with these options and a content picture of this (width, height) in pixels."""

_KEY: Final = "estimates"
_WEIGHT: Final = 0.3
"""Weight of the newest duration in the running mean: a few jobs are enough, and one odd job changes little."""

_LOW, _HIGH = 0.1, 10.0

_FROM_RESULT: Final = 0.45
"""Share of a whole transfer's time if it starts from a result: 0.4 to 0.55 was measured, as coarse scales are skipped."""


class Estimator:
    """Cost divided by speed, corrected by the real durations of past jobs with the same preset.

    Both the engine's last known speed and the corrections outlive the process, so the first buttons
    after a restart already say how long each preset takes. Nothing in them is about a person.
    """

    def __init__(self, store: Store, engine: Engine, cost: Cost) -> None:
        self._store = store
        self._engine = engine
        self._cost = cost
        self._speed: float | None = None
        self._corrections: dict[str, float] = {}

    async def load(self) -> None:
        """Read what was learned before; unreadable values are learned again."""
        try:
            kept = json.loads(await self._store.preferences.value(_KEY) or "{}")
            speed = kept.get("speed")
            corrections = {str(name): float(one) for name, one in kept["corrections"].items()}
            self._speed, self._corrections = speed and float(speed), corrections
        except (AttributeError, KeyError, TypeError, ValueError):
            log.debug("No durations are known yet.")

    def seconds(
        self, options: Options, size: tuple[int, int], *, from_result: bool = False
    ) -> float | None:
        """Seconds from start to end; None before anything was measured.

        Args:
            options: The choices.
            size: (width, height) of the content picture in pixels.
            from_result: It goes on from an earlier result.
        """
        raw, key = self._raw(options, size), _key(options, from_result=from_result)
        usual = self._corrections.get(options.preset, 1.0) * (_FROM_RESULT if from_result else 1.0)
        estimate = None if raw is None else raw * self._corrections.get(key, usual)
        if estimate is None or options.time_limit is None:
            return options.time_limit if estimate is None else estimate
        return min(estimate, options.time_limit)

    async def learn(
        self,
        options: Options,
        size: tuple[int, int],
        result: Result,
        *,
        from_result: bool = False,
    ) -> None:
        """Learn from a job that ran without interruption; arguments as for ``seconds``."""
        if not result.complete or result.reduced or result.seconds <= 0:
            return
        self._speed = self._engine.speed or self._speed
        if self._speed is None and not from_result:
            self._speed = self._cost(options, size) / result.seconds
        raw = self._raw(options, size)
        if raw:
            factor = min(_HIGH, max(_LOW, result.seconds / raw))
            key = _key(options, from_result=from_result)
            old = self._corrections.get(key, factor)
            self._corrections[key] = old + _WEIGHT * (factor - old)
        try:
            kept = {"speed": self._speed, "corrections": self._corrections}
            await self._store.preferences.set_value(_KEY, json.dumps(kept))
        except StoreError as error:
            log.warning("The durations could not be kept: %s", error)

    def _raw(self, options: Options, size: tuple[int, int]) -> float | None:
        speed = self._engine.speed or self._speed
        return self._cost(options, size) / speed if speed else None


def _key(options: Options, *, from_result: bool) -> str:
    return f"{options.preset} from result" if from_result else str(options.preset)


class Pace:
    """How fast a running job goes, by its progress."""

    def __init__(self) -> None:
        self._first: Progress | None = None
        self._last: Progress | None = None

    def note(self, progress: Progress) -> None:
        """Note a progress. The evaluations of one scale take the same time, those of different scales do not."""
        if self._first is None or (progress.attempt, progress.scale, progress.size) != (
            self._first.attempt,
            self._first.scale,
            self._first.size,
        ):
            self._first = progress
        self._last = progress

    def left(self, estimate: float | None) -> float | None:
        """Seconds left of a job; ``estimate`` is the estimate for the whole job."""
        last, rest = self._last, self._at_this_rate()
        if last is None:
            return estimate
        by_estimate = None if estimate is None else max(0.0, estimate - last.elapsed)
        if rest is None:
            return by_estimate
        if last.scale == last.scales or by_estimate is None:
            return rest
        return max(rest, by_estimate)

    def _at_this_rate(self) -> float | None:
        first, last = self._first, self._last
        if first is None or last is None or last.evaluation <= first.evaluation:
            return None
        rate = (last.elapsed - first.elapsed) / (last.evaluation - first.evaluation)
        return rate * (last.evaluations - last.evaluation)


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
