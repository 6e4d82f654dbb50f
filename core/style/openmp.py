"""How torch's threads wait for each other."""

from __future__ import annotations

import os


def wait_asleep() -> None:
    """Make idle threads sleep instead of spin. Call this before torch is imported for the first time.

    OpenMP's threads spin between two operations, so that the next one starts at once. On a shared processor, beside
    another transfer or within a container's quota, spinning threads take time from the thread that all wait for.
    Measured with two other busy processes on two cores, an evaluation took 2 to 14 times as long. An OMP_WAIT_POLICY
    that the operator sets stays as it is.
    """
    os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
