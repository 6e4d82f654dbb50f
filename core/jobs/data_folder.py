"""The folder with the database: one bot at a time in it; and what can still be read of a damaged database."""

from __future__ import annotations

import asyncio
import logging
import sqlite3
import threading
from contextlib import ExitStack, asynccontextmanager, closing, contextmanager
from typing import TYPE_CHECKING, Final

from filelock import FileLock, Timeout

from core.jobs.job_errors import FolderInUseError
from core.jobs.models import JobState, Person
from core.jobs.rows import placeholders

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator
    from pathlib import Path

log = logging.getLogger(__name__)

DATABASE: Final = "atelier.db"
LOCK: Final = "atelier.lock"
"""The files in the folder."""

REPLACED: Final = ".replaced-"
"""Follows the database's name in that of a database in whose place a backup was put."""

_LOOK_AGAIN: Final = 0.1
"""Seconds between two looks whether another bot has stopped."""

_LOOKING: Final = threading.Lock()
_UNDELIVERED: Final = (JobState.RUNNING, JobState.QUEUED, JobState.FINISHED)
_MODES: Final = ("mode=ro", "immutable=1")
"""With what stands in the log, or without it if the log is damaged as well."""


@contextmanager
def lock_data_folder(data_dir: Path) -> Iterator[None]:
    """Keep other bots out: two on one database would deliver everything twice. The lock goes with its process.

    Raises:
        FolderInUseError: Another bot is there.
    """
    data_dir.mkdir(parents=True, exist_ok=True)
    try:
        with FileLock(data_dir / LOCK, timeout=0):
            yield
    except Timeout:
        raise FolderInUseError(data_dir) from None


@asynccontextmanager
async def take_over_data_folder(data_dir: Path, *, patience: float) -> AsyncIterator[None]:
    """The same, waiting for another bot to stop: in an upgrade the next one may be started before.

    Args:
        data_dir: The folder.
        patience: Seconds to wait at most.

    Raises:
        FolderInUseError: Another bot is still there.
    """
    clock = asyncio.get_running_loop().time
    end = clock() + patience
    waits = False
    with ExitStack() as stack:
        while True:
            try:
                stack.enter_context(lock_data_folder(data_dir))
                break
            except FolderInUseError:
                if clock() >= end:
                    raise
            if not waits:
                waits = True
                log.warning(
                    "Another Atelier is at work in %s; this one begins when it stops, and waits for %.0f s.",
                    data_dir,
                    patience,
                )
            await asyncio.sleep(_LOOK_AGAIN)
        if waits:
            log.info("The other one has stopped.")
        yield


def bot_runs_in(data_dir: Path) -> bool | None:
    """Whether a bot works in a folder just now; None if none ever did. Changes nothing.

    A bot that starts in the moment in which this looks finds the folder in use.
    """
    if not (data_dir / LOCK).exists():
        return None
    try:
        # One look at a time: two would find each other.
        with _LOOKING, lock_data_folder(data_dir):
            return False
    except FolderInUseError:
        return True


def people_with_jobs(path: Path) -> list[Person]:
    """Everybody who had an undelivered job in a damaged database, as far as it can be read; it is not changed."""
    found: dict[Person, None] = {}
    for mode in _MODES:
        try:
            with closing(sqlite3.connect(f"{path.as_uri()}?{mode}", uri=True)) as connection:
                # Along the table and not along an index, since an index may be what is damaged.
                for row in connection.execute(
                    f"SELECT chat_id, user_id FROM jobs NOT INDEXED WHERE state IN ({placeholders(_UNDELIVERED)})",  # noqa: S608
                    _UNDELIVERED,
                ):
                    found[Person(*row)] = None
        except sqlite3.Error as error:
            log.info("A part of the damaged database could not be read: %s", error)
    return list(found)
