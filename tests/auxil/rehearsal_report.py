"""What became of a rehearsal: who waited how long, and for what."""

from __future__ import annotations

from dataclasses import dataclass
from statistics import quantiles
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from tests.auxil.rehearsal import Scene
    from tests.auxil.visitor import Visit


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """What became of it. Times are in seconds.

    Attributes:
        scene: What was rehearsed.
        visits: What became of each person.
        calls: When each call was made that writes into a chat.
        flooded: How many calls Telegram refused for their number.
        edits: How many edits of status messages were made while people came or waited.
        shed: How many were dropped.
        processor: Of this process, for all of it.
    """

    scene: Scene
    visits: tuple[Visit, ...]
    calls: tuple[float, ...]
    flooded: int
    edits: int
    shed: int
    processor: float

    @property
    def asked(self) -> int:
        """How many jobs were taken in."""
        return sum(visit.asked is not None and not visit.refused for visit in self.visits)

    @property
    def delivered(self) -> int:
        """How many results came."""
        return len(self.waits)

    @property
    def refused(self) -> int:
        """How many people were told that the queue is full."""
        return sum(visit.refused for visit in self.visits)

    @property
    def waits(self) -> list[float]:
        """From the button to the result."""
        return _known(visit.until(visit.delivered) for visit in self.visits)

    @property
    def waits_for_worker(self) -> list[float]:
        """From the button to the painting's begin."""
        return _known(visit.until(visit.begun) for visit in self.visits)

    @property
    def waits_for_delivery(self) -> list[float]:
        """From the painting's end to the result."""
        return _known(
            visit.delivered - visit.ended if visit.delivered and visit.ended else None
            for visit in self.visits
        )

    @property
    def replies(self) -> list[float]:
        """From somebody's first photo to the bot's answer."""
        return _known(visit.replied for visit in self.visits)

    @property
    def shed_share(self) -> float:
        """Of the edits that were due."""
        return self.shed / max(1, self.shed + self.edits)

    @property
    def rate(self) -> float:
        """Calls a second while people came, once it had got going."""
        end = 60 * self.scene.minutes
        begin = end / 4
        return sum(begin <= at < end for at in self.calls) / (end - begin)

    @property
    def ceiling(self) -> str:
        """What people wait for longer than a painting takes: ``workers``, ``calls``, or ""."""
        for_workers = percentile(self.waits_for_worker, 95)
        for_calls = max(percentile(self.replies, 95), percentile(self.waits_for_delivery, 95))
        if max(for_workers, for_calls) < self.scene.seconds:
            return ""
        return "workers" if for_workers > for_calls else "calls"


def percentile(values: Sequence[float], which: int) -> float:
    """The value below which so many percent lie; 0 where there is none."""
    if len(values) < 2:
        return sum(values)
    return quantiles(values, n=100, method="inclusive")[which - 1]


def _known(times: Iterable[float | None]) -> list[float]:
    return [one for one in times if one is not None]
