"""How many threads torch computes with, and how they wait for each other."""

from __future__ import annotations

import math
import os
from typing import TYPE_CHECKING

from core.style.control_groups import ROOT, control_groups, read

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


def prepare_threads() -> None:
    """Make torch's threads fit this machine. Call this before torch is imported for the first time.

    **As many as may run.** Within a container's quota, torch starts a thread for each processor of the whole machine. Once
    these have used up the quota, all of them stand still until its next period.

    **Asleep while idle.** OpenMP's threads spin between two operations, so that the next one starts at once. On a shared
    processor, beside another transfer or within a container's quota, spinning threads take time from the thread that all
    wait for. Measured with two other busy processes on two cores, an evaluation took 2 to 14 times as long.

    An OMP_NUM_THREADS or OMP_WAIT_POLICY that the operator sets stays as it is.
    """
    os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
    if (threads := quota_threads()) is not None:
        os.environ.setdefault("OMP_NUM_THREADS", str(threads))


def quota_threads(root: Path = ROOT) -> int | None:
    """The number of threads that the CPU quota of this process's control group allows, rounded up.

    Args:
        root: The folder below which ``proc`` and ``sys`` lie.

    Returns:
        1 at least; None if no quota is tighter than the processors that this process may run on. Torch then chooses a
        number itself, which leaves out hyper-threads.
    """
    cores = min(_quotas(root), default=math.inf)
    return max(1, math.ceil(cores)) if cores < usable_processors() else None


def usable_processors() -> int:
    """How many processors this process may run on, quotas apart."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def _quotas(root: Path) -> Iterator[float]:
    """The quota, in cores, of each control group that holds this process."""
    for group in control_groups("cpu", root):
        quota, _, period = read(group / "cpu.max").partition(
            " "
        )  # "max 100000" where there is none
        if not period:
            quota, period = read(group / "cpu.cfs_quota_us"), read(group / "cpu.cfs_period_us")
        try:
            cores = int(quota) / int(period)
        except (ValueError, ZeroDivisionError):
            continue
        if cores > 0:  # version 1 says -1 where there is none
            yield cores
