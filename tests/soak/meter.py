"""How a process is: its loop's lag, its memory, tasks and file descriptors."""

from __future__ import annotations

import asyncio
import json
import time
from dataclasses import asdict, dataclass, field

import psutil

TICK = 0.01
EVERY = 0.25


@dataclass(frozen=True, slots=True)
class Reading:
    """One look at a process.

    Attributes:
        at: When, in seconds of ``time.monotonic``.
        rss: Resident memory in MiB.
        tasks: How many asyncio tasks there are.
        files: How many file descriptors are open.
        cpu: Seconds of processor time so far.
        lags: How late the loop was, in seconds, at each tick since the last look.
        busy: Seconds of processor time that the loop's thread took between them.
    """

    at: float
    rss: float
    tasks: int
    files: int
    cpu: float
    lags: list[float] = field(default_factory=list)
    busy: list[float] = field(default_factory=list)

    def line(self) -> str:
        """As a line that ``read`` understands."""
        return PREFIX + json.dumps(asdict(self))


PREFIX = "READING "


def read(line: str) -> Reading | None:
    """The reading in a line of output, if there is one."""
    if not line.startswith(PREFIX):
        return None
    return Reading(**json.loads(line.removeprefix(PREFIX)))


async def tell_readings() -> None:
    """Print readings for ever."""
    process = psutil.Process()
    lags: list[float] = []
    busy: list[float] = []
    told = time.monotonic()
    while True:
        began, worked = time.monotonic(), time.thread_time()
        await asyncio.sleep(TICK)
        now = time.monotonic()
        busy.append(round(time.thread_time() - worked, 5))
        lags.append(round(max(0.0, now - began - TICK), 5))
        if now - told >= EVERY:
            told = now
            times = process.cpu_times()
            reading = Reading(
                at=now,
                rss=process.memory_info().rss / (1 << 20),
                tasks=len(asyncio.all_tasks()),
                files=process.num_fds(),
                cpu=times.user + times.system,
                lags=lags,
                busy=busy,
            )
            print(reading.line(), flush=True)
            lags, busy = [], []
