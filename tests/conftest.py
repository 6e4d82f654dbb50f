"""What every test shares."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest
from filelock import FileLock

if TYPE_CHECKING:
    from pathlib import Path

# As the bot's own main() does; PTB reads it whenever it makes a time.
os.environ.setdefault("PTB_TIMEDELTA", "true")


@pytest.fixture(scope="session")
def measured(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A ``cache_dir`` for the network: measured once for all tests, which takes as long as a small picture."""
    folder = tmp_path_factory.getbasetemp()
    if "PYTEST_XDIST_WORKER" in os.environ:
        folder = folder.parent  # which all workers share
    folder /= "measured"
    with FileLock(folder.with_suffix(".lock")):
        if not folder.exists():
            _measure(folder)
    return folder


def _measure(folder: Path) -> None:
    import torch  # noqa: PLC0415 - for tests with the real network only

    from core.style.measurement import measure  # noqa: PLC0415
    from core.style.openmp import prepare_threads  # noqa: PLC0415
    from core.style.weights import load_weights  # noqa: PLC0415

    prepare_threads()
    measure(load_weights(), torch.device("cpu"), cache_dir=folder)
