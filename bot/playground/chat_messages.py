"""The messages of all chats, and their numbers."""

from __future__ import annotations

import json
from collections import defaultdict
from typing import TYPE_CHECKING

from bot.playground.telegram_objects import ApiMessage

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bot.playground.chat_database import ChatDatabase


class ChatMessages:
    """Messages by chat and number, oldest first.

    Args:
        database: Where the messages are kept.
        numbers_from: The numbers of new messages are larger than this, and larger than all earlier numbers of their chat.
    """

    def __init__(self, database: ChatDatabase, *, numbers_from: int = 0) -> None:
        self._database = database
        self._numbers_from = numbers_from
        self._by_chat: defaultdict[int, dict[int, ApiMessage]] = defaultdict(dict)
        for _, text in database.records("message"):
            message = ApiMessage.model_validate_json(text)
            self._by_chat[message.chat.id][message.message_id] = message

    def __iter__(self) -> Iterator[ApiMessage]:
        return (message for chat in self._by_chat.values() for message in chat.values())

    def get(self, chat_id: int, message_id: int) -> ApiMessage | None:
        """Returns a message, or None if it was deleted or never existed."""
        return self._by_chat[chat_id].get(message_id)

    def in_chat(self, chat_id: int) -> list[ApiMessage]:
        """Returns the messages of a chat, oldest first."""
        return list(self._by_chat[chat_id].values())

    def next_id(self, chat_id: int) -> int:
        """Returns the number of the chat's next message."""
        last_id = int(self._database.get("last_id", chat_id) or 0)
        return max(self._numbers_from, last_id) + 1

    def put(self, message: ApiMessage) -> None:
        """Add a message to its chat, or replace the one with its number."""
        chat_id, message_id = message.chat.id, message.message_id
        is_new = message_id not in self._by_chat[chat_id]
        self._by_chat[chat_id][message_id] = message
        # The Bot API does not know these fields, so the JSON of the message lacks them.
        unsent = {name: getattr(message, name) for name in ("silent", "forces_reply", "reactions")}
        with self._database.transaction():
            self._database.put("message", _key(message), json.dumps({**message.wire(), **unsent}))
            if is_new:
                self._database.put("last_id", chat_id, message_id)

    def remove(self, message: ApiMessage) -> None:
        """Delete a message; its number is never used again."""
        del self._by_chat[message.chat.id][message.message_id]
        self._database.remove("message", _key(message))

    def oldest_beyond(self, limit: int, chat_id: int) -> list[ApiMessage]:
        """Returns the oldest messages of a chat: all that exceed the limit."""
        return self.in_chat(chat_id)[: max(0, len(self._by_chat[chat_id]) - limit)]

    def oldest_with_files(self) -> ApiMessage | None:
        """Returns the oldest message of all chats that shows a file."""
        with_files = (message for message in self if message.files)
        return min(with_files, key=lambda message: message.date, default=None)


def _key(message: ApiMessage) -> str:
    return f"{message.chat.id}:{message.message_id}"
