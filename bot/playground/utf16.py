"""Telegram counts text in UTF-16 code units: an emoji is two."""

from __future__ import annotations


def utf16_length(text: str) -> int:
    """Returns the number of UTF-16 code units in ``text``."""
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def utf16_slice(text: str, start: int, end: int) -> str:
    """Returns the part of ``text`` between two UTF-16 offsets."""
    units = text.encode("utf-16-le", "surrogatepass")[2 * start : 2 * end]
    return units.decode("utf-16-le", "replace")
