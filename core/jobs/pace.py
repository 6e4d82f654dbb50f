"""How fast a running job goes, and so how long it still takes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Sequence

    from core.jobs.durations import StageTime
    from core.style.progress import Progress

_DOUBT: Final = 2
"""A scale's own pace counts as much as what was expected of it once so many evaluations were timed."""

_ALIKE: Final = 3.0
"""By how much a whole device may be faster or slower than expected: a busy machine measures that much too little.

What an evaluation takes beyond that it takes whatever its size, so the larger ones to come take so many seconds more, and
not so many times as long.
"""


class Pace:
    """The time that a job's evaluations take, by its progress."""

    def __init__(self) -> None:
        self._scales: dict[int, tuple[Progress, Progress]] = {}
        self._last: Progress | None = None

    def note(self, progress: Progress) -> None:
        """Note a progress."""
        if self._last is not None and self._last.attempt != progress.attempt:
            self._scales.clear()
        first, _ = self._scales.get(progress.scale, (progress, progress))
        if first.size != progress.size:  # The size was reduced for lack of memory.
            first = progress
        self._scales[progress.scale] = first, progress
        self._last = progress

    def left(
        self, times: Sequence[StageTime] | None, time_limit: float | None = None
    ) -> float | None:
        """Seconds left; None if unknown.

        Args:
            times: What is expected of the job; None if nothing is.
            time_limit: Seconds after which it ends in any case.
        """
        left = self._left(times)
        if time_limit is None:
            return left
        limit = max(0.0, time_limit - (self._last.elapsed if self._last is not None else 0.0))
        return limit if left is None else min(left, limit)

    def _left(self, times: Sequence[StageTime] | None) -> float | None:
        last = self._last
        if last is None:
            return None if times is None else sum(one.total for one in times)
        begun = last.scale - last.scales - 2
        if times is None or -begun > len(times):
            return self._at_this_rate(last)
        further = [one.stage for one in times[begun + 1 :]]
        here = last.evaluations - last.evaluation - sum(stage.evaluations for stage in further)
        seconds = self._seconds(last, times)
        return max(0, here) * seconds[0] + sum(
            stage.passes * each for stage, each in zip(further, seconds[1:], strict=True)
        )

    def _seconds(self, last: Progress, times: Sequence[StageTime]) -> list[float]:
        """Seconds of an evaluation at the present scale and at each later stage."""
        scales = times[-last.scales - 1 :]
        seen, before, seconds = scales[0].seconds, scales[0].seconds, []
        for scale, one in enumerate(scales, start=last.scales + 2 - len(scales)):
            factor = min(_ALIKE, max(1 / _ALIKE, seen / before))
            each = factor * one.seconds + max(0.0, seen - factor * before)
            if scale <= last.scale:
                seen, before = self._blend(scale, each), one.seconds
                each = seen
            if scale >= last.scale:
                seconds.append(each)
        return seconds

    def _blend(self, scale: int, expected: float) -> float:
        rate, timed = self._rate(scale)
        weight = timed / (timed + _DOUBT) if rate else 0.0
        return float(expected ** (1 - weight) * (rate or 1.0) ** weight)

    def _rate(self, scale: int) -> tuple[float | None, int]:
        """Seconds of an evaluation at a scale, and how many were timed."""
        if scale not in self._scales:
            return None, 0
        first, last = self._scales[scale]
        timed = last.evaluation - first.evaluation
        return ((last.elapsed - first.elapsed) / timed, timed) if timed > 0 else (None, 0)

    def _at_this_rate(self, last: Progress) -> float | None:
        rate, _ = self._rate(last.scale)
        return None if rate is None else rate * (last.evaluations - last.evaluation)
