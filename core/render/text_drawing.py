"""The fonts at hand, and what they can write: one comes along, one with Chinese letters where the system has one."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Final

import matplotlib as mpl
from matplotlib.ft2font import FT2Font
from PIL import ImageFont

_CHINESE: Final = (
    *("NotoSansCJK-Bold.ttc", "NotoSansCJK-Regular.ttc", "wqy-microhei.ttc", "wqy-zenhei.ttc"),
    *(
        "DroidSansFallbackFull.ttf",
        "PingFang.ttc",
        "Hiragino Sans GB.ttc",
        "msyhbd.ttc",
        "msyh.ttc",
    ),
)
"""As Linux, macOS and Windows have them."""


@cache
def fonts() -> tuple[str, ...]:
    """Paths of the fonts at hand, by preference."""
    own = Path(mpl.get_data_path()) / "fonts" / "ttf" / "DejaVuSans-Bold.ttf"
    chinese = next(filter(None, map(_found, _CHINESE)), None)
    return (str(own),) if chinese is None else (str(own), chinese)


def font_for(text: str) -> str:
    """The path of the font that has most of a text's letters."""
    return max(fonts(), key=lambda font: sum(ord(letter) in _letters(font) for letter in text))


def writable(text: str) -> str:
    """What of a text ``font_for`` can write, without blanks around it."""
    known = _letters(font_for(text)) if text else frozenset()
    return "".join(letter for letter in text if ord(letter) in known).strip()


def can_write(text: str) -> bool:
    """Whether ``font_for`` has each letter of a text."""
    known = _letters(font_for(text))
    return all(ord(letter) in known for letter in text)


@cache
def font(path: str, size: int) -> ImageFont.FreeTypeFont:
    """A font for Pillow, of so many pixels."""
    return ImageFont.truetype(path, size)


def _found(name: str) -> str | None:
    try:
        return str(ImageFont.truetype(name, 40).path)
    except OSError:
        return None


@cache
def _letters(path: str) -> frozenset[int]:
    return frozenset(FT2Font(path).get_charmap())
