"""The installed fonts and their letters: Matplotlib's font, and a Chinese font if the system has one."""

from __future__ import annotations

import unicodedata
from functools import cache
from pathlib import Path
from typing import Final

import matplotlib as mpl
from matplotlib.ft2font import FT2Font
from PIL import ImageFont, features

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
"""File names of Chinese fonts on Linux, macOS and Windows, by preference."""


@cache
def fonts() -> tuple[str, ...]:
    """Paths of the usable fonts, by preference."""
    own = Path(mpl.get_data_path()) / "fonts" / "ttf" / "DejaVuSans-Bold.ttf"
    chinese = next(filter(None, map(_find, _CHINESE)), None)
    return (str(own),) if chinese is None else (str(own), chinese)


def font_for(text: str) -> str:
    """The path of the font that has the most letters of a text."""
    return max(fonts(), key=lambda font: sum(ord(letter) in _letters(font) for letter in text))


def shapes_text() -> bool:
    """Whether letters that join and run from right to left come out right: Pillow needs libraqm with libfribidi.

    Matplotlib shapes since version 3.11.
    """
    return bool(features.check("raqm")) and mpl.__version_info__[:2] >= (3, 11)


def writable(text: str) -> str:
    """A text without the letters that ``font_for`` lacks, and without blanks around it; empty if it cannot be shaped."""
    if _needs_shaping(text) and not shapes_text():
        return ""
    known = _letters(font_for(text)) if text else frozenset()
    return "".join(letter for letter in text if ord(letter) in known).strip()


def can_write(text: str) -> bool:
    """Whether ``font_for`` has all letters of a text, and they can be shaped."""
    if _needs_shaping(text) and not shapes_text():
        return False
    known = _letters(font_for(text))
    return all(ord(letter) in known for letter in text)


def _needs_shaping(text: str) -> bool:
    return any(unicodedata.bidirectional(letter) in {"R", "AL"} for letter in text)


@cache
def font(path: str, size: int) -> ImageFont.FreeTypeFont:
    """A font for Pillow, ``size`` pixels high."""
    return ImageFont.truetype(path, size)


def _find(name: str) -> str | None:
    try:
        return str(ImageFont.truetype(name, 40).path)
    except OSError:
        return None


@cache
def _letters(path: str) -> frozenset[int]:
    return frozenset(FT2Font(path).get_charmap())
