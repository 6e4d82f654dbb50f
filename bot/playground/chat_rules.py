"""What the bot may do in each chat: whether it may write at all, what a group forbids it, and which topics are open."""

from __future__ import annotations

import json
from enum import StrEnum
from typing import TYPE_CHECKING, Final

from pydantic import BaseModel

if TYPE_CHECKING:
    from collections.abc import Collection

    from bot.playground.chat_database import ChatDatabase
    from bot.playground.telegram_objects import ApiContent

GENERAL: Final = 0
"""Stands for the topic that every forum has. The Bot API does not name it: a message without ``message_thread_id`` is in it."""


class Right(StrEnum):
    """A kind of message that a group may forbid; the value is Telegram's word for it in a refusal."""

    TEXT = "text messages"
    PHOTOS = "photos"
    FILES = "documents"
    ANIMATIONS = "animations"
    REACTIONS = "reactions"


class Topic(BaseModel, frozen=True):
    """A topic of a forum, or of a private chat."""

    name: str
    closed: bool = False


class ChatRules:
    """The rules of all chats.

    Args:
        database: Where they are kept.

    Attributes:
        blocked: The ids of the chats in which the bot must not write.
    """

    def __init__(self, database: ChatDatabase) -> None:
        self._database = database
        self.blocked = {int(chat_id) for chat_id, _ in database.records("blocked")}
        self._forbidden = {
            int(chat_id): frozenset(map(Right, json.loads(text)))
            for chat_id, text in database.records("forbidden")
        }
        self._topics: dict[int, dict[int, Topic]] = {}
        for key, text in database.records("topic"):
            chat_id, _, topic = key.partition(":")
            self._topics.setdefault(int(chat_id), {})[int(topic)] = Topic.model_validate_json(text)

    def block(self, chat_id: int, *, blocked: bool) -> None:
        """Forbid the bot to write into a chat, or allow it again."""
        if blocked:
            self.blocked.add(chat_id)
            self._database.put("blocked", chat_id, "")
        else:
            self.blocked.discard(chat_id)
            self._database.remove("blocked", chat_id)

    def forbidden(self, chat_id: int) -> frozenset[Right]:
        """Returns the kinds of messages that the bot must not send to a chat."""
        return self._forbidden.get(chat_id, frozenset())

    def forbid(self, chat_id: int, rights: Collection[Right]) -> None:
        """Forbid the bot these kinds of messages in a chat, and allow all others."""
        self._forbidden[chat_id] = frozenset(rights)
        self._database.put("forbidden", chat_id, json.dumps(sorted(rights)))

    def topics(self, chat_id: int) -> dict[int, Topic]:
        """Returns the topics of a chat by their ids, without General."""
        return {key: topic for key, topic in self._of(chat_id).items() if key != GENERAL}

    def is_closed(self, chat_id: int, topic: int | None) -> bool:
        """Tells whether a topic is closed; None is General."""
        found = self._of(chat_id).get(topic or GENERAL)
        return found is not None and found.closed

    def put_topic(self, chat_id: int, topic: int | None, value: Topic) -> None:
        """Add a topic, or replace it; None is General."""
        self._topics.setdefault(chat_id, {})[topic or GENERAL] = value
        self._database.put("topic", f"{chat_id}:{topic or GENERAL}", value.model_dump_json())

    def remove_topic(self, chat_id: int, topic: int) -> None:
        """Delete a topic."""
        self._topics.get(chat_id, {}).pop(topic, None)
        self._database.remove("topic", f"{chat_id}:{topic}")

    def _of(self, chat_id: int) -> dict[int, Topic]:
        return self._topics.get(chat_id, {})


def right_for(content: ApiContent) -> Right:
    """Returns the right that a message needs."""
    if content.photo:
        return Right.PHOTOS
    if content.animation:
        return Right.ANIMATIONS
    return Right.FILES if content.document else Right.TEXT
