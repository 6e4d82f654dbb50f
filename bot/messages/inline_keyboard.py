"""An inline keyboard, as data."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TypeAlias


class Emphasis(StrEnum):
    """What a button means, which newer clients show as its colour; Telegram calls it the button's ``style``."""

    PRIMARY = "primary"
    """What most people do next."""
    DANGER = "danger"
    """What stops or deletes something."""


@dataclass(frozen=True, slots=True)
class Button:
    """An inline button: it tells the bot that it was pressed, opens an address, or copies a text.

    Attributes:
        label: What it shows.
        data: Its callback data, 1..64 bytes; empty if it does something else.
        emphasis: What it means; None for an ordinary button.
        url: The address that it opens.
        copies: What it puts onto the clipboard, 1..256 characters.
    """

    label: str
    data: str = ""
    emphasis: Emphasis | None = None
    url: str = ""
    copies: str = ""


Keyboard: TypeAlias = tuple[tuple[Button, ...], ...]
"""Rows of inline buttons."""
