"""``python -m tests.auxil.dask_worker worker --scheduler ADDRESS``: the real command around a stub painter.

``... cluster`` starts workers of this kind, and starts them again sooner; with STUB_GPUS it believes that torch sees so
many GPUs. With STUB_HELD, paintings stay at the second evaluation while there is a file of that name.
"""

from __future__ import annotations

import os
import sys
import time
from pathlib import Path

from core.command_line import main
from core.engines import cluster_machine as machine
from tests.auxil.painters import HeldPainter, StubPainter


class FileHeldPainter(HeldPainter):
    """Held from another process."""

    def _may_go_on(self) -> bool:
        time.sleep(0.05)
        return not Path(os.environ["STUB_HELD"]).exists()


def stub(**_options: str) -> StubPainter:
    if "STUB_HELD" in os.environ:
        return FileHeldPainter()
    return StubPainter(pause=0.01)


if __name__ == "__main__":
    module = "tests.auxil.dask_worker"
    machine.WORKER = (sys.executable, "-m", module, "worker", "--exit-with-stdin")  # type: ignore[misc]
    if gpus := os.environ.get("STUB_GPUS"):
        machine.COUNT_GPUS = (sys.executable, "-c", f"print({gpus})")  # type: ignore[misc]
    machine.RESTART_DELAY = 0.2  # type: ignore[misc]
    sys.exit(main(painter_factory=stub))
