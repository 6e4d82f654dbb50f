from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from core.jobs.store import Store

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path


class Clock:
    """The store's time, which the test moves."""

    def __init__(self) -> None:
        self.time = datetime(2026, 5, 1, 12, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.time

    def pass_by(self, **what: float) -> None:
        self.time += timedelta(**what)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "data" / "atelier.db"


@pytest.fixture
async def store(path: Path, clock: Clock) -> AsyncIterator[Store]:
    async with await Store.open(path, clock=clock) as store:
        yield store


@pytest.fixture
async def another_store(store: Store, path: Path, clock: Clock) -> AsyncIterator[Store]:
    """The same file, opened a second time, as by another process."""
    del store
    async with await Store.open(path, clock=clock) as another:
        yield another
