"""The twelve built-in style pictures, which this project's own code drew (``tests/drawing``)."""

from __future__ import annotations

from pathlib import Path
from typing import Final

BUILTIN_STYLES: Final = (
    "impasto", "watercolour", "ink", "glass", "poster", "pencil",
    "oil", "mosaic", "waves", "hatching", "colourfield", "marbling",
)  # fmt: skip
"""The names of the built-in styles, in the order in which the bot offers them: each half has many kinds."""

_FOLDER: Final = Path(__file__).parent / "builtin"


def builtin_style(name: str) -> bytes:
    """A built-in style picture as a JPEG file, 600 to 640 pixels wide.

    Args:
        name: One of ``BUILTIN_STYLES``.
    """
    return (_FOLDER / f"{name}.jpg").read_bytes()
