"""The folder with the database: one bot at a time in it, and nothing in it for longer than was promised."""

from __future__ import annotations

import asyncio
import logging
from contextlib import contextmanager
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from filelock import FileLock, Timeout

from bot.settings import SettingsError
from core.jobs.job_errors import StoreError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from core.jobs.store import Store

log = logging.getLogger(__name__)

CLEANING: Final = 600.0
"""Seconds between two rounds of housekeeping."""


@contextmanager
def alone_in(data_dir: Path) -> Iterator[None]:
    """Two bots on one database would deliver everything twice; the lock goes with its process, however that ends.

    Raises:
        SettingsError: Another one is there.
    """
    data_dir.mkdir(parents=True, exist_ok=True)
    try:
        with FileLock(data_dir / "atelier.lock", timeout=0):
            yield
    except Timeout:
        raise SettingsError(
            f"Another Atelier is at work in {data_dir}. Stop it first, or give this one a DATA_DIR of its own."
        ) from None


async def keep_clean(store: Store, *, hours: float) -> None:
    """Delete what was kept for so long, again and again, for ever."""
    while True:
        try:
            await store.clean(results_older_than=timedelta(hours=hours))
        except StoreError as error:
            log.error("What is old could not be deleted; trying again later: %s", error)  # noqa: TRY400
        await asyncio.sleep(CLEANING)
