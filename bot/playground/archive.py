"""Where a world is kept: nowhere, or in a directory that a later start finds again."""

from __future__ import annotations

import sqlite3
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from pathlib import Path


class Archive(Protocol):
    """Rows of JSON by kind and key, and the bytes of files."""

    def put(self, kind: str, key: str, value: str) -> None:
        """Insert or replace a row."""

    def remove(self, kind: str, key: str) -> None:
        """Delete a row if it is there."""

    def rows(self, kind: str) -> list[tuple[str, str]]:
        """All rows of a kind as (key, value), in order of insertion."""

    def put_bytes(self, name: str, content: bytes) -> None:
        """Keep a file."""

    def get_bytes(self, name: str) -> bytes:
        """The bytes of a kept file."""

    def remove_bytes(self, name: str) -> None:
        """Delete a file if it is there."""

    def close(self) -> None:
        """Finish writing."""


class MemoryArchive:
    """Keeps files in memory and forgets all else: the world holds it anyway."""

    def __init__(self) -> None:
        self._files: dict[str, bytes] = {}

    def put(self, kind: str, key: str, value: str) -> None:
        """Nothing to do."""

    def remove(self, kind: str, key: str) -> None:
        """Nothing to do."""

    def rows(self, kind: str) -> list[tuple[str, str]]:  # noqa: ARG002
        """Nothing is remembered."""
        return []

    def put_bytes(self, name: str, content: bytes) -> None:
        """Keep a file."""
        self._files[name] = content

    def get_bytes(self, name: str) -> bytes:
        """The bytes of a kept file."""
        return self._files[name]

    def remove_bytes(self, name: str) -> None:
        """Delete a file if it is there."""
        self._files.pop(name, None)

    def close(self) -> None:
        """Nothing to do."""


class DiskArchive:
    """SQLite for the rows, a directory for the files; written at once, so that a killed process loses nothing."""

    def __init__(self, directory: Path) -> None:
        self._files = directory / "files"
        self._files.mkdir(parents=True, exist_ok=True)
        self._database = sqlite3.connect(directory / "playground.db", isolation_level=None)
        self._database.execute("PRAGMA journal_mode = WAL")
        self._database.execute("PRAGMA synchronous = OFF")
        self._database.execute(
            "CREATE TABLE IF NOT EXISTS rows"
            " (kind TEXT, key TEXT, value TEXT, PRIMARY KEY (kind, key))"
        )

    def put(self, kind: str, key: str, value: str) -> None:
        """Insert or replace a row."""
        self._database.execute(
            "INSERT INTO rows VALUES (?, ?, ?)"
            " ON CONFLICT (kind, key) DO UPDATE SET value = excluded.value",
            (kind, key, value),
        )

    def remove(self, kind: str, key: str) -> None:
        """Delete a row if it is there."""
        self._database.execute("DELETE FROM rows WHERE kind = ? AND key = ?", (kind, key))

    def rows(self, kind: str) -> list[tuple[str, str]]:
        """All rows of a kind as (key, value), in order of insertion."""
        found = self._database.execute(
            "SELECT key, value FROM rows WHERE kind = ? ORDER BY rowid", (kind,)
        )
        return [(str(key), str(value)) for key, value in found]

    def put_bytes(self, name: str, content: bytes) -> None:
        """Keep a file."""
        (self._files / name).write_bytes(content)

    def get_bytes(self, name: str) -> bytes:
        """The bytes of a kept file."""
        return (self._files / name).read_bytes()

    def remove_bytes(self, name: str) -> None:
        """Delete a file if it is there."""
        (self._files / name).unlink(missing_ok=True)

    def close(self) -> None:
        """Finish writing."""
        self._database.close()
