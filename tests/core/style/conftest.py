"""One loaded stylizer for all tests of this package."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from core.style.stylizer import Stylizer

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture(scope="session")
def stylizer(measured: Path) -> Stylizer:
    loaded = Stylizer(device="cpu", cache_dir=measured)
    loaded.load()
    return loaded
