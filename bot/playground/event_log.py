"""What happened in the chats, in order, for the pages that watch them."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from bot.playground.change_signal import ChangeSignal

if TYPE_CHECKING:
    from bot.playground.telegram_objects import ApiMessage

_KEPT: Final = 5000


@dataclass(frozen=True)
class MessagePosted:
    """A new message."""

    message: ApiMessage


@dataclass(frozen=True)
class MessageEdited:
    """A message as it is after an edit."""

    message: ApiMessage


@dataclass(frozen=True)
class MessageDeleted:
    """A message that is gone."""

    chat_id: int
    message_id: int


@dataclass(frozen=True)
class QueryAnswered:
    """The bot's answer to a pressed button."""

    chat_id: int
    message_id: int
    user_id: int
    callback_query_id: str
    text: str
    show_alert: bool


@dataclass(frozen=True)
class IdentityChanged:
    """The bot's name, description or commands."""


@dataclass(frozen=True)
class ChatsChanged:
    """There are other chats than before: whoever watches starts afresh."""


ChatEvent = (
    MessagePosted | MessageEdited | MessageDeleted | QueryAnswered | IdentityChanged | ChatsChanged
)


class EventLog:
    """Numbered events, the newest few thousand of them; not kept on disk, since a page that missed some starts afresh.

    Args:
        numbers_from: The number of the first event is larger than this.
    """

    def __init__(self, *, numbers_from: int = 0) -> None:
        self._events: deque[tuple[int, ChatEvent]] = deque(maxlen=_KEPT)
        self.changed = ChangeSignal()
        self.cursor = numbers_from

    def add(self, event: ChatEvent) -> None:
        """Append an event and wake the watchers."""
        self.cursor += 1
        self._events.append((self.cursor, event))
        self.changed.fire()

    def since(self, cursor: int) -> list[tuple[int, ChatEvent]] | None:
        """The events after ``cursor``, or None where they are not all known: the watcher starts afresh."""
        oldest = self._events[0][0] if self._events else self.cursor + 1
        if cursor > self.cursor or cursor < oldest - 1:
            return None
        return [(number, event) for number, event in self._events if number > cursor]
