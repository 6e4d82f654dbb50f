"""What a run came to, and what of it may not be."""

from __future__ import annotations

import statistics
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from tests.soak.wishes import End, Tally

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tests.soak.meter import Reading
    from tests.soak.town import Town

GROWTH = 1.25
"""How much the memory may grow between the first quarter of a process's jobs and its end, once warm."""
ROOM = 24.0
"""MiB that it may grow anyway: allocators round up."""


@dataclass(slots=True)
class Figures:
    """A run in numbers.

    Attributes:
        tally: What people saw.
        seconds: Wall clock.
        town: Has counted calls, refusals and those who did not heed them.
        starts: How many processes of the bot there were.
        readings: Of the last process, in order.
        left: Jobs in the database that are not over; of which state each.
        limit: What p99 of the loop's lag may be, in seconds; None where the machine does something else meanwhile.
    """

    tally: Tally
    seconds: float
    town: Town
    starts: int
    readings: Sequence[Reading]
    left: list[str]
    limit: float | None = None
    killed: int = 0
    complaints: list[str] = field(default_factory=list)

    @property
    def struck(self) -> int:
        """How many calls met a fault other than 429."""
        return len(self.town.playground.faults.struck)

    def lag(self, share: float) -> float:
        """The loop's lag in seconds that so much of the time is not passed."""
        return _quantile(share, [lag for reading in self.readings for lag in reading.lags])

    def busy(self, share: float) -> float:
        """The same of the processor time that the loop takes from tick to tick, whatever else keeps the machine busy."""
        return _quantile(share, [busy for reading in self.readings for busy in reading.busy])

    def faults(self) -> list[str]:
        """What may not be; empty where all went well."""
        found = [
            *(f"lost: {one}" for one in self.tally.lost),
            *(f"twice: {one}" for one in self.tally.doubles),
            *(f"not over: {one}" for one in self.left),
            *self.complaints,
        ]
        early = self.town.gate.early
        if early:
            found.append(f"{early} calls came before the time that a 429 had given.")
        if self.limit is not None and self.lag(0.99) > self.limit:
            found.append(f"The loop's lag is {self.lag(0.99) * 1000:.0f} ms at p99.")
        return found + self._leaks()

    def _leaks(self) -> list[str]:
        if len(self.readings) < 12:
            return []
        warm, end = self._around(0.3), self._around(1.0)
        found = []
        if end.rss > warm.rss * GROWTH + ROOM:
            found.append(f"Memory grew from {warm.rss:.0f} to {end.rss:.0f} MiB.")
        first = self.readings[0]
        if self.readings[-1].tasks > first.tasks + 10:
            found.append(f"Tasks grew from {first.tasks} to {self.readings[-1].tasks}.")
        if self.readings[-1].files > first.files + 80:  # 64 are the pool of connections
            found.append(f"Open files grew from {first.files} to {self.readings[-1].files}.")
        return found

    def _around(self, share: float) -> Reading:
        """The reading of median memory among the five before that share of the run."""
        end = max(5, int(share * len(self.readings)))
        return sorted(self.readings[end - 5 : end], key=lambda reading: reading.rss)[2]

    def __str__(self) -> str:
        gate = self.town.gate
        ends, waited = self.tally.ends, sorted(self.tally.waited)
        last = self.readings[-1] if self.readings else None
        lines = [
            f"{ends.total()} wishes in {self.seconds:.0f} s: "
            + ", ".join(f"{count} {end}" for end, count in sorted(ends.items())),
            f"{len(self.tally.doubles)} doubled, {len(self.tally.lost)} lost, {len(self.left)} not over",
        ]
        if waited:
            lines.append(
                f"a wish took {statistics.median(waited):.1f} s at the median, {waited[-1]:.1f} s at most"
            )
        lines.append(
            f"{gate.calls} calls, {gate.calls / self.seconds:.0f} a second, {gate.refusals} of them refused (429), "
            f"{gate.early} called again before their time; {self.struck} other faults"
        )
        lines.append(f"{self.starts} starts of the bot, {self.killed} of which were killed")
        if last is not None:
            rss = [reading.rss for reading in self.readings]
            lines.append(
                f"the last process: memory {rss[0]:.0f} MiB at its start, {self._around(0.3).rss:.0f} warm, "
                f"{max(rss):.0f} at most, {rss[-1]:.0f} at the end; tasks {self.readings[0].tasks} and {last.tasks}, "
                f"open files {self.readings[0].files} and {last.files}; {last.cpu:.0f} s of processor time"
            )
            lines.append(
                f"the loop's lag: {self.lag(0.5) * 1000:.1f} ms at p50, {self.lag(0.99) * 1000:.1f} ms at p99, "
                f"{self.lag(1) * 1000:.0f} ms at most"
            )
        return "\n".join(lines)


def _quantile(share: float, times: list[float]) -> float:
    times = sorted(times)
    return times[min(len(times) - 1, int(share * len(times)))] if times else float("nan")


def delivered(tally: Tally) -> int:
    """Pictures that came."""
    return tally.ends[End.DELIVERED] + tally.ends[End.UNCERTAIN]
