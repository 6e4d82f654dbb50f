"""What transfers took, and what that says about a transfer of another preset or size. Pure arithmetic."""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import accumulate, pairwise
from math import exp, log
from statistics import median_low
from typing import TYPE_CHECKING, Any, Final, NamedTuple, Self

from core.style.presets import Stage

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from core.style.progress import Result, TracePoint

WINDOW: Final = 5
"""How many durations of one kind and size are known: one odd job is outvoted, and three make a change that lasts.

Of an even number the lower median counts, since what is odd takes longer.
"""

_SAME_SIZE: Final = 0.05
"""Photos whose costs differ by less than this share count as equally large."""

# How the seconds of an evaluation grow with its GFLOP, as an exponent: by 1 where arithmetic takes the time, by 0 where a
# GPU waits for its next kernel.
_SLOPES: Final = (0.0, 1.0)
_SLOPES_BEYOND: Final = (0.5, 1.0)
"""For a larger evaluation than all that are known, which may be the first one that keeps a GPU busy."""
_LONE_SLOPE: Final = 0.8
"""Where one scale is all that is known; for photos of another shape that is nearly right in either case."""

_SETTLED: Final = 0.2
"""What is left of the seconds beside the evaluations when a shape is met again on a GPU, which has planned its convolutions
then: 0.15 to 0.3 was measured with every preset."""

_TOGETHER: Final = 0.7
"""How the seconds of works that are painted together grow with their number, as an exponent, before it is known."""


class TransferKind(NamedTuple):
    """Which transfers' durations say the most about each other.

    Attributes:
        device: Where they ran, such as ``cpu`` or ``cuda:0``.
        preset: Their preset.
        from_result: Whether they started from an earlier result, which leaves out coarse scales.
        together: How many were painted in one batch.
    """

    device: str
    preset: str
    from_result: bool
    together: int


class StageTime(NamedTuple):
    """A stage of a transfer, with the seconds that each of its evaluations takes."""

    stage: Stage
    seconds: float

    @property
    def total(self) -> float:
        """Seconds of the whole stage."""
        return self.stage.passes * self.seconds


class Duration(NamedTuple):
    """How long one transfer took.

    Attributes:
        seconds: From start to end.
        rates: Seconds of an evaluation at each of its scales, coarse to fine; None where that could not be seen.
        others: Seconds of whatever else it did at each stage, also at the last one, the final losses; None likewise.
    """

    seconds: float
    rates: tuple[float | None, ...]
    others: tuple[float | None, ...]


@dataclass(slots=True)
class History:
    """The last durations of transfers of one kind and size.

    Attributes:
        kind: What they have in common.
        stages: What each of them computed.
        durations: The last of them, the newest last.
    """

    kind: TransferKind
    stages: tuple[Stage, ...]
    durations: list[Duration] = field(default_factory=list)
    _cost: float = field(init=False)

    def __post_init__(self) -> None:
        """Add up what each of them computed."""
        self._cost = last_costs(self.stages)[-1]

    def add(self, duration: Duration) -> None:
        """Learn how long another one took."""
        self.durations = [*self.durations, duration][-WINDOW:]

    def has(self, kind: TransferKind, stages: Sequence[Stage]) -> bool:
        """Whether it is about transfers of this kind that compute as much."""
        counts = [stage.evaluations for stage in self.stages]
        return (
            kind == self.kind
            and counts == [stage.evaluations for stage in stages]
            and abs(log(last_costs(stages)[-1] / self._cost)) < _SAME_SIZE
        )

    def distance(self, kind: TransferKind, costs: Sequence[float]) -> tuple[float, ...]:
        """How little it says about transfers of another kind or size; smaller is nearer.

        Only whole transfers tell how long each scale takes, so one of another preset says more about a whole
        transfer than one of the same preset that left out the coarse scales.

        Args:
            kind: Their kind.
            costs: The ``last_costs`` of their stages.
        """
        mine = self.kind
        cost = costs[min(len(self.stages), len(costs)) - 1]
        return (
            (mine.preset, mine.from_result) != (kind.preset, kind.from_result),
            mine.from_result,
            mine.preset != kind.preset,
            abs(log(mine.together / kind.together)),
            abs(log(cost / self._cost)),
        )

    def stage_times(self, kind: TransferKind, stages: Sequence[Stage]) -> tuple[StageTime, ...]:
        """The stages of a transfer of this or another kind or size, with the seconds that they will take."""
        if kind.from_result:
            # Unless a result is smaller than the scale before the last one, only the last one is left.
            stages = stages[-len(self.stages) if self.kind.from_result else -2 :]
        points = self._points()
        seen = self._seen(points)
        own = sum(stage.passes * _seconds_at(stage.gflop, points) for stage in seen)
        factor = median_low(one.seconds for one in self.durations) / own
        factor *= (kind.together / self.kind.together) ** _TOGETHER
        if self._is_first_on_a_gpu:
            seen = [_settled(stage, known) for stage, known in zip(seen, self.stages, strict=True)]
        # What was seen beside the evaluations beyond what was computed holds for other sizes too.
        beyond = [one.other - known.other for one, known in zip(seen, self.stages, strict=True)]
        places = [max(-place, -len(beyond)) for place in range(len(stages), 0, -1)]
        return tuple(
            StageTime(
                stage._replace(other=max(0.0, stage.other + beyond[place])),
                factor * _seconds_at(stage.gflop, points),
            )
            for stage, place in zip(stages, places, strict=True)
        )

    @property
    def _is_first_on_a_gpu(self) -> bool:
        return len(self.durations) == 1 and self.kind.device.startswith("cuda")

    def to_json(self) -> dict[str, Any]:
        """As values that JSON can hold."""
        return {"kind": self.kind, "stages": self.stages, "durations": self.durations}

    @classmethod
    def from_json(cls, kept: dict[str, Any]) -> Self:
        """The inverse.

        Raises:
            KeyError: A value is missing.
            TypeError: A value is of another kind.
            ValueError: A value is out of its range.
        """
        device, preset, from_result, together = kept["kind"]
        stages = tuple(
            Stage(int(count), float(other), _positive(gflop))
            for count, other, gflop in kept["stages"]
        )
        durations = [
            Duration(
                _positive(seconds),
                tuple(None if one is None else _positive(one) for one in rates),
                tuple(None if one is None else _positive(one) for one in others),
            )
            for seconds, rates, others in kept["durations"]
        ]
        lengths = {(len(one.rates), len(one.others)) for one in durations}
        if lengths != {(len(stages) - 1, len(stages))} or last_costs(stages)[-1] <= 0:
            raise ValueError("These durations say nothing.")
        kind = TransferKind(str(device), str(preset), bool(from_result), int(_positive(together)))
        return cls(kind, stages, durations)

    def _points(self) -> list[tuple[float, float]]:
        """The GFLOP and the seconds of an evaluation at each scale where they are known, rising."""
        rates = _medians(one.rates for one in self.durations)
        # Two scales of one size are one point, or nothing could be read off the line between them.
        known: dict[float, list[float]] = {}
        for stage, rate in zip(self.stages, rates, strict=False):
            if rate is not None:
                known.setdefault(round(stage.gflop, 6), []).append(rate)
        return sorted((gflop, median_low(found)) for gflop, found in known.items())

    def _seen(self, points: Sequence[tuple[float, float]]) -> list[Stage]:
        """The stages, with what they did beside their evaluations as it was seen."""
        others = _medians(one.others for one in self.durations)
        return [
            stage
            if seconds is None or not points
            else stage._replace(other=seconds / _seconds_at(stage.gflop, points))
            for stage, seconds in zip(self.stages, others, strict=True)
        ]


def _settled(seen: Stage, computed: Stage) -> Stage:
    """A stage as it will be when the device has set up what it sets up once for a shape."""
    setup = max(0.0, seen.other - computed.other)
    return seen._replace(other=seen.other - (1 - _SETTLED) * setup)


def observed(
    stages: Sequence[Stage], result: Result, *, from_result: bool
) -> tuple[tuple[Stage, ...], Duration]:
    """The stages that a transfer had, and how long it took.

    Args:
        stages: Those of a whole transfer.
        result: What it gave.
        from_result: Whether it started from an earlier result, and so may have left out some of them.
    """
    scales = max((point.scale for point in result.trace), default=len(stages) - 1)
    left_out = max(0, len(stages) - 1 - scales)
    had = stages[left_out if from_result else 0 :]
    rates: list[float | None] = []
    others: list[float | None] = []
    before: float | None = 0.0
    for number in range(scales + 2 - len(had), scales + 1):
        points = [point for point in result.trace if point.scale == number]
        rate = _rate(points)
        rates.append(rate)
        others.append(
            None if rate is None or before is None else _duration(points[0].elapsed - before - rate)
        )
        before = points[-1].elapsed if points else None
    others.append(None if before is None else _duration(result.seconds - before))
    return tuple(had), Duration(result.seconds, tuple(rates), tuple(others))


def last_costs(stages: Sequence[Stage]) -> list[float]:
    """GFLOP of the last stage, of the last two, and so on to all of them."""
    return list(accumulate(stage.passes * stage.gflop for stage in reversed(stages)))


def by_speed(stages: Sequence[Stage], speed: float, *, together: int = 1) -> tuple[StageTime, ...]:
    """The stages of transfers that are made together on a device that was measured, at ``speed`` GFLOP a second."""
    factor = together**_TOGETHER / speed
    return tuple(StageTime(stage, factor * stage.gflop) for stage in stages)


def _rate(points: Sequence[TracePoint]) -> float | None:
    """Seconds of an evaluation, by the points of one scale."""
    if not points or points[-1].evaluation == points[0].evaluation:
        return None
    seconds = points[-1].elapsed - points[0].elapsed
    return _duration(seconds / (points[-1].evaluation - points[0].evaluation))


def _duration(seconds: float) -> float | None:
    return seconds if seconds > 0 else None


def _medians(rows: Iterable[tuple[float | None, ...]]) -> list[float | None]:
    """The median of each column, of what is known; None where nothing is."""
    columns = ([one for one in column if one is not None] for column in zip(*rows, strict=True))
    return [median_low(known) if known else None for known in columns]


def _seconds_at(gflop: float, points: Sequence[tuple[float, float]]) -> float:
    """Seconds of an evaluation by those of other sizes: straight lines between their logarithms.

    Args:
        gflop: Of the evaluation.
        points: GFLOP and seconds of other evaluations, rising; without any, seconds are in proportion.
    """
    if not points:
        return gflop
    logs = [(log(x), log(y)) for x, y in points]
    at = log(gflop)
    begin, end, limits = logs[0], logs[-1], _SLOPES
    if at > end[0]:
        begin, limits = logs[max(0, len(logs) - 2)], _SLOPES_BEYOND
    else:
        for begin, end in pairwise(logs):  # noqa: B007 - the first pair that reaches so far, or the last one
            if at <= end[0]:
                break
    if begin[0] == end[0]:
        slope = _LONE_SLOPE
    else:
        low, high = limits
        slope = min(high, max(low, (end[1] - begin[1]) / (end[0] - begin[0])))
    return exp(end[1] + slope * (at - end[0]))


def _positive(value: Any) -> float:  # noqa: ANN401 - from JSON
    number = float(value)
    if not 0 < number < float("inf"):
        raise ValueError(f"{value!r} is no duration.")
    return number
