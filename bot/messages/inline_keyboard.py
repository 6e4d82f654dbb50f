"""An inline keyboard, as data."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias


@dataclass(frozen=True, slots=True)
class Button:
    """An inline button.

    Attributes:
        label: What it shows.
        data: Its callback data, 1..64 bytes.
    """

    label: str
    data: str


Keyboard: TypeAlias = tuple[tuple[Button, ...], ...]
"""Rows of inline buttons."""
