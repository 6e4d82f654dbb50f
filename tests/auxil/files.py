"""A look at files on the disk."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path


def names(folder: Path) -> list[str]:
    return sorted(file.name for file in folder.iterdir())


def size(file: Path) -> int:
    return file.stat().st_size


def damage(file: Path, where: slice) -> bytes:
    """Overwrite a stretch of the file with noise; gives what it holds then."""
    content = bytearray(file.read_bytes())
    content[where] = random.Random(1).randbytes(where.stop - where.start)
    file.write_bytes(content)
    return bytes(content)
