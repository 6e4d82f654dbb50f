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
    """An inline button.

    Attributes:
        label: What it shows.
        data: Its callback data, 1..64 bytes.
        emphasis: What it means; None for an ordinary button.
    """

    label: str
    data: str
    emphasis: Emphasis | None = None


Keyboard: TypeAlias = tuple[tuple[Button, ...], ...]
"""Rows of inline buttons."""
