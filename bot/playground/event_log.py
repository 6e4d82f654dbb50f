"""The events of all chats in order, for the pages that show the chats."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from bot.playground.change_signal import ChangeSignal

if TYPE_CHECKING:
    from bot.playground.telegram_objects import ApiMessage

_EVENTS_KEPT: Final = 5000


@dataclass(frozen=True)
class MessagePosted:
    """A message was posted."""

    message: ApiMessage


@dataclass(frozen=True)
class MessageEdited:
    """A message was edited; ``message`` is its new state."""

    message: ApiMessage


@dataclass(frozen=True)
class MessageDeleted:
    """A message was deleted."""

    chat_id: int
    message_id: int


@dataclass(frozen=True)
class ReactionsChanged:
    """Somebody reacted to a message, or took that back; ``message`` is its new state."""

    message: ApiMessage


@dataclass(frozen=True)
class QueryAnswered:
    """The bot answered a callback query."""

    chat_id: int
    message_id: int
    user_id: int
    callback_query_id: str
    text: str
    show_alert: bool


@dataclass(frozen=True)
class IdentityChanged:
    """The bot changed its description or its commands."""


@dataclass(frozen=True)
class ChatsChanged:
    """A chat was added or replaced; a page reloads the whole state."""


ChatEvent = (
    MessagePosted
    | MessageEdited
    | MessageDeleted
    | ReactionsChanged
    | QueryAnswered
    | IdentityChanged
    | ChatsChanged
)


class EventLog:
    """The newest few thousand events, numbered. They are not kept on disk: a page that missed events reloads the state.

    Args:
        numbers_from: The numbers of events are larger than this.

    Attributes:
        cursor: The number of the newest event.
        changed: Fires after each new event.
    """

    def __init__(self, *, numbers_from: int = 0) -> None:
        self._events: deque[tuple[int, ChatEvent]] = deque(maxlen=_EVENTS_KEPT)
        self.changed = ChangeSignal()
        self.cursor = numbers_from

    def add(self, event: ChatEvent) -> None:
        """Append an event and wake everybody who waits for one."""
        self.cursor += 1
        self._events.append((self.cursor, event))
        self.changed.fire()

    def since(self, cursor: int) -> list[tuple[int, ChatEvent]] | None:
        """Returns the events after ``cursor``, or None if the log does not hold all of them."""
        oldest = self._events[0][0] if self._events else self.cursor + 1
        if cursor > self.cursor or cursor < oldest - 1:
            return None
        return [(number, event) for number, event in self._events if number > cursor]
