"""Checks of what the bot keeps: the folder, the database, the disk."""

from __future__ import annotations

import shutil
import sqlite3
import tempfile
from contextlib import closing
from functools import partial
from typing import TYPE_CHECKING, Final

from bot.doctor.findings import Check, MendError, in_thread
from core.jobs.data_folder import DATABASE, bot_runs_in
from core.jobs.schema import MIGRATIONS
from core.jobs.store import RESERVE

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from bot.settings import Settings

PEOPLE: Final = 2
"""How many people must be able to store within a day as much as one may, at least."""

_DAY: Final = 24.0
_LOG: Final = f"{DATABASE}-wal"


def storage_checks(settings: Settings) -> Sequence[Check]:
    """Checks of what the bot keeps."""
    folder = settings.data_dir
    return (
        Check("data folder", in_thread(partial(_folder, folder))),
        Check("database", in_thread(partial(_database, folder))),
        Check("disk", in_thread(partial(_disk, settings))),
    )


def _existing(folder: Path) -> Path:
    """The folder, or the one in which it would be made."""
    folder = folder.absolute()
    return next(one for one in (folder, *folder.parents) if one.exists())


def _folder(folder: Path) -> str:
    try:
        # Tried, since permissions do not tell of a file system that is mounted read-only.
        with tempfile.TemporaryFile(dir=_existing(folder)):
            pass
    except OSError as error:
        raise MendError(
            f"DATA_DIR ({folder}) cannot be written ({error.strerror}). Give it to the bot's user, on a disk that is "
            "mounted for writing."
        ) from None
    runs = bot_runs_in(folder)
    if runs is None:
        return "writable, not used yet"
    return f"writable, {'a' if runs else 'no'} bot runs in it"


def _database(folder: Path) -> str:
    path = (folder / DATABASE).absolute()
    if not path.exists():
        return "none yet; the first start makes it"
    try:
        with closing(sqlite3.connect(f"{path.as_uri()}?mode=ro", uri=True)) as connection:
            ((version,),) = connection.execute("PRAGMA user_version").fetchall()
            ((state,),) = connection.execute("PRAGMA quick_check(1)").fetchall()
    except sqlite3.OperationalError as error:
        raise MendError(
            f"{DATABASE} cannot be opened ({error}). Give it to the bot's user; if it is locked, try again."
        ) from None
    except sqlite3.Error:
        version, state = 0, "unreadable"
    if state != "ok":
        raise MendError(
            f"{DATABASE} is damaged. Restore a backup, or start the bot, which sets a damaged file aside."
        )
    if version > len(MIGRATIONS):
        raise MendError(
            f"A newer version of the bot wrote {DATABASE} (schema {version}). Install that version."
        )
    return f"intact, schema {version}, {path.stat().st_size / 1e6:.1f} MB"


def _disk(settings: Settings) -> str:
    folder = settings.data_dir
    free = shutil.disk_usage(_existing(folder)).free
    files = (folder / name for name in (DATABASE, _LOG))
    kept = sum(file.stat().st_size for file in files if file.is_file())
    # The longer results are kept, the more people's lie there at once.
    share = settings.max_person_bytes * max(1.0, settings.keep_results_hours / _DAY)
    people = int(max(0, free - RESERVE) / share)
    if people < PEOPLE:
        raise MendError(
            f"{free / 1e9:.2f} GB are free, which {people} {'person' if people == 1 else 'people'} may fill in a day. "
            f"Make room for {(PEOPLE * share + RESERVE) / 1e9:.1f} GB, or lower KEEP_RESULTS_HOURS or MAX_PERSON_MB."
        )
    if free < kept:
        raise MendError(
            f"{free / 1e9:.2f} GB are free, too little for a copy of the database ({kept / 1e9:.2f} GB), which a backup "
            "and an upgrade may need. Make room."
        )
    return f"{free / 1e9:.0f} GB free, as much as {people} people may store"
