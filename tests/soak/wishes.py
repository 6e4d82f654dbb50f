"""Wishes for a picture, how far each has come, and what became of it."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from enum import StrEnum


class End(StrEnum):
    """What became of a wish for a picture."""

    DELIVERED = "delivered"
    FAILED = "failed"
    CANCELLED = "cancelled"
    UNCERTAIN = "uncertain"
    """Sent without an answer; the person was told, and saw that it had come."""
    FORGOTTEN = "forgotten"
    LOST = "lost"


class Wish(StrEnum):
    """What a person wants in the end."""

    PICTURE = "picture"
    CANCEL = "cancel"
    FORGET = "forget"


@dataclass(slots=True)
class Tally:
    """What all people together have seen."""

    ends: Counter[End] = field(default_factory=Counter)
    doubles: list[str] = field(default_factory=list)
    lost: list[str] = field(default_factory=list)
    waited: list[float] = field(default_factory=list)
    """Seconds from the wish to its end."""


class Over(Exception):  # noqa: N818 - not an error: how a wish leaves what waits for it
    """A wish came to its end."""

    def __init__(self, end: End) -> None:
        self.end = end


@dataclass(slots=True)
class Errand:
    """How far a wish has come."""

    wish: Wish
    sent_style: bool = False
    forgetting: bool = False
    pressed_again: bool = False
    question_id: int | None = None
    job_id: int | None = None
    status_id: int | None = None
