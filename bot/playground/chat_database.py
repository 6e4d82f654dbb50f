"""Where the chats are kept: in one SQLite file that a later start finds again, or in memory."""

from __future__ import annotations

import sqlite3
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

FILE_NAME: Final = "chats.db"
_VERSION: Final = 1
# How long to wait for an earlier process that is about to end.
_BUSY_SECONDS: Final = 0.5
_TABLES: Final = (
    """
    CREATE TABLE IF NOT EXISTS record (
        kind TEXT NOT NULL,
        key TEXT NOT NULL,
        value TEXT NOT NULL,
        PRIMARY KEY (kind, key)
    )
    """,
    "CREATE TABLE IF NOT EXISTS content (name TEXT PRIMARY KEY, bytes BLOB NOT NULL)",
)


class ChatFileError(OSError):
    """The file of the chats cannot be used; the text tells the operator what to do."""


class ChatDatabase:
    """Text records by kind and key, and the bytes of files.

    A change is in the file when its call returns, or when the transaction around it ends. A process that is killed leaves
    only whole transactions behind. A power cut may undo the last transactions, and damages nothing.

    Args:
        folder: The folder of ``chats.db``, which only its owner may read; None keeps everything in memory.

    Raises:
        ChatFileError: Another process uses the file, or it is damaged or of a newer version.
        OSError: The folder or the file cannot be created.
    """

    def __init__(self, folder: Path | None = None) -> None:
        if folder is None:
            self._connection = _opened(":memory:")
            return
        folder.mkdir(parents=True, exist_ok=True)
        path = folder / FILE_NAME
        # SQLite gives the files that it puts beside this one the same mode.
        path.touch(mode=0o600)
        try:
            self._connection = _opened(str(path))
        except sqlite3.DatabaseError as error:
            raise _unusable(path, error) from error

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """Keep all changes of the block, or none; a transaction inside another is a part of it."""
        if self._connection.in_transaction:
            yield
            return
        self._connection.execute("BEGIN")
        try:
            yield
        except BaseException:
            self._connection.execute("ROLLBACK")
            raise
        self._connection.execute("COMMIT")

    def put(self, kind: str, key: str | int, value: str | int) -> None:
        """Insert or replace a record."""
        self._connection.execute(
            "INSERT INTO record VALUES (?, ?, ?)"
            " ON CONFLICT (kind, key) DO UPDATE SET value = excluded.value",
            (kind, str(key), str(value)),
        )

    def remove(self, kind: str, key: str | int) -> None:
        """Delete a record if it is there."""
        self._connection.execute("DELETE FROM record WHERE kind = ? AND key = ?", (kind, str(key)))

    def get(self, kind: str, key: str | int) -> str | None:
        """Returns the value of a record, or None if there is no such record."""
        found = self._connection.execute(
            "SELECT value FROM record WHERE kind = ? AND key = ?", (kind, str(key))
        ).fetchone()
        return str(found[0]) if found else None

    def records(self, kind: str) -> list[tuple[str, str]]:
        """Returns the records of a kind as (key, value), in order of insertion."""
        found = self._connection.execute(
            "SELECT key, value FROM record WHERE kind = ? ORDER BY rowid", (kind,)
        )
        return [(str(key), str(value)) for key, value in found]

    def put_bytes(self, name: str, content: bytes) -> None:
        """Store the bytes of a new file."""
        self._connection.execute("INSERT INTO content VALUES (?, ?)", (name, content))

    def get_bytes(self, name: str) -> bytes:
        """Returns the bytes of a file.

        Raises:
            KeyError: There is no such file.
        """
        found = self._connection.execute(
            "SELECT bytes FROM content WHERE name = ?", (name,)
        ).fetchone()
        if found is None:
            raise KeyError(name)
        return bytes(found[0])

    def remove_bytes(self, name: str) -> None:
        """Delete a file if it is there."""
        self._connection.execute("DELETE FROM content WHERE name = ?", (name,))

    def close(self) -> None:
        """Close the file; afterwards nothing can be read or written."""
        self._connection.close()


def _opened(path: str) -> sqlite3.Connection:
    connection = sqlite3.connect(path, isolation_level=None, timeout=_BUSY_SECONDS)
    try:
        # Hold the lock as long as the connection: two processes on one file would use the same numbers.
        connection.execute("PRAGMA locking_mode = EXCLUSIVE")
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = NORMAL")
        _create_tables(connection)
    except BaseException:
        connection.close()
        raise
    return connection


def _create_tables(connection: sqlite3.Connection) -> None:
    (version,) = connection.execute("PRAGMA user_version").fetchone()
    if version > _VERSION:
        raise sqlite3.DatabaseError("a newer Atelier wrote it")
    connection.execute("BEGIN IMMEDIATE")
    for table in _TABLES:
        connection.execute(table)
    connection.execute(f"PRAGMA user_version = {_VERSION}")
    connection.execute("COMMIT")


def _unusable(path: Path, error: sqlite3.DatabaseError) -> ChatFileError:
    if getattr(error, "sqlite_errorcode", None) == sqlite3.SQLITE_BUSY:
        return ChatFileError(
            f"Another playground uses {path}. Stop it first, or start with --memory."
        )
    return ChatFileError(f"{path} cannot be used: {error}. Move it away, or start with --memory.")
