"""A copy of the database, made while a bot works with it, and its way back into the data folder."""

from __future__ import annotations

import os
import shutil
import sqlite3
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

from core.jobs.data_folder import DATABASE, REPLACED, lock_data_folder
from core.jobs.job_errors import BackupError, StoreTooNewError
from core.jobs.schema import MIGRATIONS

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_BUSY_SECONDS: Final = 30.0
_NUMBERED: Final = "SELECT name, seq FROM sqlite_sequence"


@dataclass(frozen=True, slots=True)
class Copied:
    """A database that was copied and looked through.

    Attributes:
        file: Where the copy is.
        schema: Its schema's number.
        size: Its bytes.
        aside: Where the database is that was there before; None if there was none.
    """

    file: Path
    schema: int
    size: int
    aside: Path | None = None

    def __str__(self) -> str:
        return f"{self.file} (schema {self.schema}, {self.size / 1e6:.1f} MB, intact)"


def back_up(data_dir: Path, file: Path, *, overwrite: bool = False) -> Copied:
    """Copy the database of a data folder; a bot may be at work there.

    The copy is one instant of the database, checked, and has its name only once it is whole and on the disk.

    Args:
        data_dir: The bot's data folder.
        file: Where the copy goes.
        overwrite: Whether a file that is there may be replaced.

    Raises:
        BackupError: There is no database, the file is there already, or the copy cannot be made.
    """
    source = data_dir / DATABASE
    if not source.exists():
        raise BackupError(f"There is no database in {data_dir}. Please check DATA_DIR.")
    if file.exists() and (file.is_dir() or file.samefile(source)):
        raise BackupError(f"{file} cannot be the backup's file. Please name another.")
    if file.exists() and not overwrite:
        raise BackupError(f"{file} is there already. Name another file, or say --overwrite.")
    with _partial(file) as partial:
        with _words_for(source), closing(_connect(source, "rw")) as connection:
            connection.execute("VACUUM INTO ?", (str(partial),))
        schema = _check(partial)
        _write_through(partial)
        if overwrite:
            partial.replace(file)
        else:
            _take_name(partial, file)
    return Copied(file, schema, file.stat().st_size)


def restore(data_dir: Path, file: Path) -> Copied:
    """Put a backup in the place of the database, which is kept beside it.

    Numbers that were given out since the backup are not given out again: a button of an old message must not reach
    another person's job.

    Args:
        data_dir: The bot's data folder; made if it is not there.
        file: The backup.

    Raises:
        FolderInUseError: A bot is at work in the folder.
        BackupError: The file is no backup, is damaged, or cannot be read or written.
        StoreTooNewError: A newer version of the program made it.
    """
    database = data_dir / DATABASE
    if not file.is_file():
        raise BackupError(f"There is no file {file}.")
    with lock_data_folder(data_dir):
        if database.exists() and file.samefile(database):
            raise BackupError(f"{file} is the database itself. Please name a backup.")
        with _partial(database) as partial:
            try:
                shutil.copyfile(file, partial)
            except OSError as error:
                raise BackupError(f"{file} cannot be copied ({error.strerror}).") from error
            schema = _check(partial, named=file)
            if database.exists():
                _go_on_counting(partial, _numbers(database))
            _write_through(partial)
            aside = _set_aside(database) if database.exists() else None
            partial.replace(database)
    return Copied(database, schema, database.stat().st_size, aside)


@contextmanager
def _partial(file: Path) -> Iterator[Path]:
    """A file beside another one, for the owner alone, which is gone afterwards unless it was renamed."""
    partial = file.with_name(f"{file.name}.partial-{os.getpid()}")
    try:
        os.close(os.open(partial, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o600))
    except OSError as error:
        raise BackupError(f"{file.parent} cannot be written ({error.strerror}).") from error
    try:
        yield partial
    finally:
        for ending in ("", "-wal", "-shm", "-journal"):
            partial.with_name(partial.name + ending).unlink(missing_ok=True)


def _connect(path: Path, mode: str) -> sqlite3.Connection:
    address = f"{path.absolute().as_uri()}?mode={mode}"
    return sqlite3.connect(address, uri=True, timeout=_BUSY_SECONDS, isolation_level=None)


@contextmanager
def _words_for(path: Path) -> Iterator[None]:
    try:
        yield
    except sqlite3.Error as error:
        raise BackupError(f"{path} cannot be copied ({error}).") from error


def _check(path: Path, *, named: Path | None = None) -> int:
    """Look through a whole database; its schema's number."""
    named = named or path
    try:
        with closing(_connect(path, "rw")) as connection:
            ((schema,),) = connection.execute("PRAGMA user_version").fetchall()
            if schema > len(MIGRATIONS):
                raise StoreTooNewError(named, version=schema, known=len(MIGRATIONS))
            # A backup has no log beside it, so its file must not ask for one.
            connection.execute("PRAGMA journal_mode = DELETE")
            verdicts = connection.execute("PRAGMA integrity_check(1)").fetchall()
            dangling = connection.execute("PRAGMA foreign_key_check").fetchall()
    except sqlite3.Error as error:
        raise BackupError(f"{named} is no database, or damaged ({error}).") from error
    if verdicts != [("ok",)] or dangling:
        raise BackupError(f"{named} is damaged. Please take another backup.")
    if schema < 1:
        raise BackupError(f"{named} is no database of Atelier's.")
    return int(schema)


def _numbers(database: Path) -> dict[str, int]:
    """The last number of each table; nothing of a database that cannot be read."""
    with suppress(sqlite3.Error), closing(_connect(database, "rw")) as connection:
        return dict(connection.execute(_NUMBERED).fetchall())
    return {}


def _go_on_counting(path: Path, numbers: dict[str, int]) -> None:
    with _words_for(path), closing(_connect(path, "rw")) as connection:
        known = dict(connection.execute(_NUMBERED).fetchall())
        tables = {name for (name,) in connection.execute("SELECT name FROM sqlite_master")}
        connection.execute("BEGIN IMMEDIATE")
        for name, last in numbers.items():
            if name in known:
                connection.execute(
                    "UPDATE sqlite_sequence SET seq = max(seq, ?) WHERE name = ?", (last, name)
                )
            elif name in tables:
                connection.execute("INSERT INTO sqlite_sequence VALUES (?, ?)", (name, last))
        connection.execute("COMMIT")


def _set_aside(database: Path) -> Path:
    """Keep the database, with its log, under another name; under its own name it is still there."""
    stamp = datetime.now(UTC).strftime("%Y%m%dT%H%M%S.%f")
    aside = database.with_name(f"{DATABASE}{REPLACED}{stamp}")
    wal, index = (database.with_name(database.name + ending) for ending in ("-wal", "-shm"))
    try:
        _take_name(database, aside, keep=True)
        # SQLite would apply the old log to the new file.
        if wal.exists():
            wal.rename(aside.with_name(f"{aside.name}-wal"))
        index.unlink(missing_ok=True)
        os.utime(aside)  # From now on it counts how long it is kept.
    except OSError as error:
        raise BackupError(f"{database} cannot be moved ({error.strerror}).") from error
    return aside


def _take_name(file: Path, name: Path, *, keep: bool = False) -> None:
    """Give a file another name, which nobody else has got meanwhile; with ``keep`` also its own."""
    try:
        name.hardlink_to(file)
    except FileExistsError:
        raise BackupError(f"{name} is there already. Name another file.") from None
    except OSError:  # A file system without hard links.
        if keep:
            shutil.copyfile(file, name)
            name.chmod(0o600)
        else:
            file.rename(name)


def _write_through(file: Path) -> None:
    """Have the disk hold what was written, before a name says that it does."""
    with file.open("rb+") as opened:
        os.fsync(opened.fileno())
