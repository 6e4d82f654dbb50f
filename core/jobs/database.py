"""One SQLite file and one connection to it: opening, transactions, errors as types."""

from __future__ import annotations

import asyncio
import logging
import os
import shutil
import sqlite3
from contextlib import asynccontextmanager, contextmanager, suppress
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final, Self, TypeAlias

import aiosqlite

from core.jobs.job_errors import (
    StoreBusyError,
    StoreDamagedError,
    StoreFullError,
    StoreTooNewError,
    StoreUnusableError,
)
from core.jobs.schema import MIGRATIONS, migrate, version_of

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Iterable, Iterator, Mapping
    from pathlib import Path

    Values: TypeAlias = Iterable[Any] | Mapping[str, Any]

log = logging.getLogger(__name__)

Row: TypeAlias = dict[str, Any]

_DAMAGED: Final = {sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB}
_BUSY: Final = {sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED}
_PRIMARY_CODE: Final = 0xFF
_BUSY_SECONDS: Final = 10

_CHECKED_BYTES: Final = 64 << 20
"""Up to this size a file is checked at every start, which takes a moment; a larger one only if it was seen damaged."""

_PRAGMAS: Final = (
    # Only heeded before the file has its first page, so before WAL.
    "auto_vacuum = INCREMENTAL",
    "journal_mode = WAL",
    # With NORMAL a power cut may undo the last commits, and the bot would have told a person of a job
    # that is not there. FULL loses nothing that was committed and costs one fsync a commit: about
    # 0.3 ms on an SSD, and off the event loop.
    "synchronous = FULL",
    "foreign_keys = ON",
    # SQLite overwrites with zeros what it deletes: people's pictures.
    "secure_delete = ON",
    "temp_store = MEMORY",
    f"journal_size_limit = {32 << 20}",
)


class Database:
    """The connection that everything in ``core.jobs`` shares.

    One transaction at a time: the lock keeps tasks from writing into each other's. A transaction belongs to the task
    that began it; what that task begins inside joins it. So repositories compose without passing a connection around.

    Attributes:
        path: The file.
        set_aside: Where a damaged file was moved when this one was opened.
    """

    def __init__(
        self, path: Path, connection: aiosqlite.Connection, *, set_aside: Path | None = None
    ) -> None:
        self.path = path
        self.set_aside = set_aside
        self._connection = connection
        self._lock = asyncio.Lock()
        self._owner: asyncio.Task[Any] | None = None
        self._after_commit: list[Callable[[], None]] = []

    @classmethod
    async def open(cls, path: Path) -> Self:
        """Open or create the file; one that is damaged is moved away, and a new one made.

        Raises:
            StoreTooNewError: A newer version wrote it.
            StoreUnusableError: It cannot be read, written or created.
        """
        # At DEBUG, aiosqlite logs every statement with its parameters: people's pictures.
        logging.getLogger("aiosqlite").setLevel(logging.INFO)
        _create(path)
        try:
            return cls(path, await _connect(path))
        except StoreDamagedError:
            aside = _set_aside(path)
        log.error("The database was damaged; it is kept as %s and a new one is used.", aside)
        _create(path)
        return cls(path, await _connect(path), set_aside=aside)

    async def close(self) -> None:
        """Close the connection, after the transaction that may still run."""
        async with self._lock:
            await self._connection.close()

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[aiosqlite.Connection]:
        """A write transaction: all of it or nothing, also when the task is cancelled inside.

        Inside a transaction of the same task it is that one.

        The connection's thread works first in, first out. A cancelled task leaves the ``async with``
        by putting the rollback behind whatever it had put there, before it can be suspended again
        and before the lock is free; so nobody ever enters a transaction left half done. A cancelled
        commit is the one case where the caller cannot know: it happened, or the rollback follows.

        Raises:
            StoreFullError: The disk is full.
            StoreBusyError: Another process held the file for too long.
            StoreDamagedError: The file is damaged.
        """
        if self._owner is asyncio.current_task():
            yield self._connection
            return
        async with self._lock:
            with self._typed_errors():
                self._owner = asyncio.current_task()
                try:
                    await self._connection.execute("BEGIN IMMEDIATE")
                    yield self._connection
                    await self._connection.commit()
                except BaseException:
                    self._after_commit.clear()
                    await self._connection.rollback()
                    raise
                finally:
                    self._owner = None
                callbacks, self._after_commit = self._after_commit, []
                # Still under the lock: the next transaction finds what these change in memory.
                for callback in callbacks:
                    callback()

    def after_commit(self, callback: Callable[[], None]) -> None:
        """Call something, which must not raise, once the present transaction is committed; never if it is not."""
        self._after_commit.append(callback)

    async def rows(self, sql: str, values: Values = ()) -> list[Row]:
        """The rows of one statement that reads: in the task's transaction, or outside of all others."""
        if self._owner is asyncio.current_task():
            return await fetch(self._connection, sql, values)
        async with self._lock:
            with self._typed_errors():
                return await fetch(self._connection, sql, values)

    async def row(self, sql: str, values: Values = ()) -> Row | None:
        """The first row of one statement that reads."""
        return next(iter(await self.rows(sql, values)), None)

    async def run(self, sql: str, values: Values = ()) -> list[Row]:
        """One statement that writes, in the task's transaction or in one of its own; the rows it returns."""
        async with self.transaction() as connection:
            return await fetch(connection, sql, values)

    async def pragma(self, sql: str) -> list[tuple[Any, ...]]:
        """A statement that SQLite wants outside transactions, such as a checkpoint."""
        async with self._lock:
            with self._typed_errors():
                return [tuple(row) for row in await self._connection.execute_fetchall(sql)]

    async def vacuum(self, pages: int) -> int:
        """Give so many free pages back to the disk; returns how many are left."""
        async with self._lock:
            with self._typed_errors():
                # execute() would take a single step of this pragma, which frees a single page.
                await self._connection.executescript(f"PRAGMA incremental_vacuum({pages})")
                ((left,),) = await self._connection.execute_fetchall("PRAGMA freelist_count")
                return int(left)

    def free_bytes(self) -> int:
        """Bytes free on the disk that holds the file."""
        return shutil.disk_usage(self.path.parent).free

    @contextmanager
    def _typed_errors(self) -> Iterator[None]:
        try:
            with _typed_errors(self.path):
                yield
        except StoreDamagedError:
            # The next start checks the whole file, however large it is.
            with suppress(OSError):
                _suspicion(self.path).touch(mode=0o600)
            raise


async def fetch(connection: aiosqlite.Connection, sql: str, values: Values = ()) -> list[Row]:
    """What one statement gives, as dictionaries."""
    return [dict(row) for row in await connection.execute_fetchall(sql, values)]


def _create(path: Path) -> None:
    # Only the owner may read what people sent. SQLite gives its -wal and -shm files the same mode.
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        os.close(os.open(path, os.O_CREAT | os.O_RDWR, 0o600))
    except OSError as error:
        raise StoreUnusableError(path, error.strerror or str(error)) from error


async def _connect(path: Path) -> aiosqlite.Connection:
    with _typed_errors(path):
        connection = await aiosqlite.connect(path, isolation_level=None, timeout=_BUSY_SECONDS)
        try:
            connection.row_factory = sqlite3.Row
            await _prepare(connection, path)
        except BaseException:
            await connection.close()
            raise
        return connection


async def _prepare(connection: aiosqlite.Connection, path: Path) -> None:
    version = await version_of(connection)
    if version > len(MIGRATIONS):
        raise StoreTooNewError(path, version=version, known=len(MIGRATIONS))
    # Before anything is written, so that a damaged file is set aside as it was found.
    if _is_to_be_checked(path):
        ((verdict,),) = await connection.execute_fetchall("PRAGMA quick_check(1)")
        if verdict != "ok":
            raise StoreDamagedError
        _suspicion(path).unlink(missing_ok=True)
    for pragma in _PRAGMAS:
        await connection.execute_fetchall(f"PRAGMA {pragma}")
    await migrate(connection)


def _is_to_be_checked(path: Path) -> bool:
    return _suspicion(path).exists() or path.stat().st_size <= _CHECKED_BYTES


def _suspicion(path: Path) -> Path:
    return path.with_name(f"{path.name}.suspect")


def _set_aside(path: Path) -> Path:
    stamp = datetime.now(UTC).strftime("%Y%m%dT%H%M%S.%f")
    aside = path.with_name(f"{path.name}.damaged-{stamp}")
    path.rename(aside)
    wal, index = (path.with_name(path.name + ending) for ending in ("-wal", "-shm"))
    if wal.exists():
        wal.rename(aside.with_name(aside.name + "-wal"))
    index.unlink(missing_ok=True)
    _suspicion(path).unlink(missing_ok=True)
    return aside


@contextmanager
def _typed_errors(path: Path) -> Iterator[None]:
    try:
        yield
    except sqlite3.DatabaseError as error:
        code = getattr(error, "sqlite_errorcode", sqlite3.SQLITE_ERROR) & _PRIMARY_CODE
        if code == sqlite3.SQLITE_FULL:
            raise StoreFullError from error
        if code in _BUSY:
            raise StoreBusyError from error
        if code in _DAMAGED:
            raise StoreDamagedError from error
        if code in {sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_READONLY, sqlite3.SQLITE_IOERR}:
            raise StoreUnusableError(path, str(error)) from error
        raise
