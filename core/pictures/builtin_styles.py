"""The six style pictures that come with the program, drawn beforehand by this project's own code."""

from __future__ import annotations

from pathlib import Path
from typing import Final

BUILTIN_STYLES: Final = ("waves", "impasto", "glass", "hatching", "colourfield", "marbling")
"""Their names, in the order in which they are offered."""

_FOLDER: Final = Path(__file__).parent / "builtin"


def builtin_style(name: str) -> bytes:
    """A JPEG of 600 x 480 pixels.

    Args:
        name: One of ``BUILTIN_STYLES``.
    """
    return (_FOLDER / f"{name}.jpg").read_bytes()
