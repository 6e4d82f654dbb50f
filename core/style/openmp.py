"""How torch's threads wait for one another."""

from __future__ import annotations

import os


def wait_asleep() -> None:
    """Let idle threads sleep instead of spin. Has to be called before torch is first imported.

    OpenMP's threads spin between two operations in the hope that the next comes at once. On a processor
    that is shared (another transfer, a container's quota) they spin away the time of the one that all
    wait for: measured with two other busy processes on two cores, an evaluation took 2 to 14 times as long.
    An operator's own OMP_WAIT_POLICY is left as it is.
    """
    os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
