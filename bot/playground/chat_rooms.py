"""The people of the playground, their chats, and who is in which."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from bot.playground.telegram_objects import ApiChat, ApiUser, ChatType

PEOPLE: Final = (
    ApiUser(id=11, first_name="Ada", username="ada", language_code="en"),
    ApiUser(id=12, first_name="Mei", username="mei", language_code="zh-hans"),
    ApiUser(id=13, first_name="Ben", username="ben", language_code="en"),
    ApiUser(id=14, first_name="Sol", username="sol", language_code="es"),
    ApiUser(id=15, first_name="Vera", username="vera", language_code="ru"),
    ApiUser(id=16, first_name="Nur", username="nur", language_code="ar"),
)
GROUP_ID: Final = -4001
GROUP_TITLE: Final = "Atelier friends"
FORUM_ID: Final = -1_000_000_004_002
FORUM_TITLE: Final = "Atelier forum"


@dataclass(frozen=True)
class ChatRoom:
    """A chat and its members without the bot; ``creator`` is the person who created it, if it is a group."""

    chat: ApiChat
    members: tuple[int, ...]
    creator: int | None = None

    @property
    def title(self) -> str:
        """The title that the page shows above the chat."""
        return self.chat.title or self.chat.first_name or str(self.chat.id)


def first_rooms() -> list[ChatRoom]:
    """Returns the chats of a new playground: a private one for each person, a group and a forum with all of them."""
    private = [
        ChatRoom(
            ApiChat(
                id=person.id,
                type=ChatType.PRIVATE,
                first_name=person.first_name,
                username=person.username,
            ),
            (person.id,),
        )
        for person in PEOPLE
    ]
    group = ApiChat(id=GROUP_ID, type=ChatType.GROUP, title=GROUP_TITLE)
    forum = ApiChat(id=FORUM_ID, type=ChatType.SUPERGROUP, title=FORUM_TITLE, is_forum=True)
    members = tuple(person.id for person in PEOPLE)
    return [*private, *(ChatRoom(chat, members, creator=members[0]) for chat in (group, forum))]
