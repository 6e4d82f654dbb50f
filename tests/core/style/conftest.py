"""One loaded stylizer for all tests of this package."""

from __future__ import annotations

import pytest

from core.style.stylizer import Stylizer


@pytest.fixture(scope="session")
def stylizer() -> Stylizer:
    loaded = Stylizer(device="cpu")
    loaded.load()
    return loaded
