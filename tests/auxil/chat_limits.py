"""Telegram's limits on what a message says."""

from __future__ import annotations

import re
from html import unescape
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from bot.messages.inline_keyboard import Keyboard

TEXT: Final = 4096
CAPTION: Final = 1024
ANSWER: Final = 200
DATA: Final = 64
COPIED: Final = 256
_TAG: Final = re.compile(r"<[^>]*>")


def length(html: str) -> int:
    """How long a text is for Telegram: in UTF-16 units, after its entities are parsed."""
    return len(unescape(_TAG.sub("", html)).encode("utf-16-le")) // 2


def too_long(html: str, keyboard: Keyboard = (), *, captioned: bool = False) -> list[str]:
    """What of a message is too long, or empty: its text, a button's data, or what a button copies."""
    texts = [html] if not 1 <= length(html) <= (CAPTION if captioned else TEXT) else []
    buttons = [button for row in keyboard for button in row]
    data = [one.data for one in buttons if not (one.url or one.copies)]
    return [
        *texts,
        *(one for one in data if not 1 <= len(one.encode()) <= DATA),
        *(one.copies for one in buttons if len(one.copies) > COPIED),
    ]
