"""A look at files on the disk."""

from __future__ import annotations

import random
import sqlite3
import stat
from contextlib import closing
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path


def names(folder: Path) -> list[str]:
    return sorted(file.name for file in folder.iterdir())


def size(file: Path) -> int:
    return file.stat().st_size


def mode(file: Path) -> int:
    """Who may do what with it."""
    return stat.S_IMODE(file.stat().st_mode)


def content(file: Path) -> bytes:
    return file.read_bytes()


def write(file: Path, data: bytes) -> None:
    file.write_bytes(data)


def damage(file: Path, where: slice) -> bytes:
    """Overwrite a stretch of the file with noise; gives what it holds then."""
    content = bytearray(file.read_bytes())
    content[where] = random.Random(1).randbytes(where.stop - where.start)
    file.write_bytes(content)
    return bytes(content)


def shape(database: Path) -> set[tuple[str, str]]:
    """The name and the definition of everything in a database's schema."""
    with closing(sqlite3.connect(database)) as connection:
        rows = connection.execute(
            "SELECT name, sql FROM sqlite_master WHERE sql IS NOT NULL"
        ).fetchall()
    return {(name, " ".join(sql.split())) for name, sql in rows}
