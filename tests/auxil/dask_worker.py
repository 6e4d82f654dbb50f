"""``python -m tests.auxil.dask_worker worker --scheduler ADDRESS``: the real command around a stub painter."""

from __future__ import annotations

import os
import sys

from core.cli import main
from tests.auxil.painters import StubPainter


def stub(**_options: str) -> StubPainter:
    return StubPainter(pause=float(os.environ.get("STUB_PAUSE", "0.01")))


if __name__ == "__main__":
    sys.exit(main(painter_factory=stub))
