"""What every test shares."""

from __future__ import annotations

import os
import shutil
import sys
from typing import TYPE_CHECKING

import pytest
from filelock import FileLock

from core.jobs.preferences import DEFAULT_PREFERENCES

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

# As the bot's own main() does; PTB reads it whenever it makes a time.
os.environ.setdefault("PTB_TIMEDELTA", "true")
# httpcore asks for it at every request, and where it is not installed the whole path is searched each time.
sys.modules["sniffio"] = None  # type: ignore[assignment]


@pytest.fixture
def asking() -> Iterator[None]:
    """People here are asked for the quality before each painting, unless they chose otherwise."""
    # The one value that whoever chose nothing has, wherever it is imported; people would press "Ask" in /settings.
    object.__setattr__(DEFAULT_PREFERENCES, "ask", True)
    yield
    object.__setattr__(DEFAULT_PREFERENCES, "ask", False)


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

    from core.style.measurement import _key, measure  # noqa: PLC0415
    from core.style.openmp import prepare_threads  # noqa: PLC0415
    from core.style.weights import load_weights  # noqa: PLC0415

    prepare_threads()
    cpu = torch.device("cpu")
    measure(load_weights(), cpu, cache_dir=folder)
    # Processes that tests start may have another number of threads, for which it would be measured anew.
    (measured,) = folder.iterdir()
    threads = torch.get_num_threads()
    for count in range(1, (os.cpu_count() or 1) + 1):
        torch.set_num_threads(count)
        if not (copy := folder / f"speed-{_key(cpu)}.json").exists():
            shutil.copy(measured, copy)
    torch.set_num_threads(threads)
