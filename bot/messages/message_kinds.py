"""What a message is that brings no picture."""

from __future__ import annotations

from enum import Enum, auto


class MessageKind(Enum):
    """The kinds that have a sentence of their own."""

    TEXT = auto()
    STICKER = auto()
    VOICE = auto()
    VIDEO = auto()
    ANIMATION = auto()
    LOCATION = auto()
    OTHER = auto()
