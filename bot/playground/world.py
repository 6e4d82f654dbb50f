"""People, chats and messages: everything that happened, with no HTTP in it."""

from __future__ import annotations

import secrets
import time
from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from bot.playground.files import FileStore
from bot.playground.inbox import Inbox
from bot.playground.journal import (
    Acted,
    Answered,
    Deleted,
    Edited,
    Journal,
    Posted,
    ProfileChanged,
    Rearranged,
)
from bot.playground.privacy import bot_may_read
from bot.playground.profile import Profile
from bot.playground.schema import (
    CallbackQuery,
    Chat,
    ChatType,
    Content,
    Keyboard,
    Message,
    Topic,
    User,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from bot.playground.archive import Archive

PEOPLE: Final = (
    User(id=11, first_name="Ada", username="ada", language_code="en"),
    User(id=12, first_name="Mei", username="mei", language_code="zh-hans"),
    User(id=13, first_name="Ben", username="ben", language_code="en"),
)
GROUP_ID: Final = -4001
GROUP_TITLE: Final = "Atelier friends"
BOT_NAME: Final = "Atelier"
BOT_USERNAME: Final = "atelier_bot"


@dataclass(frozen=True)
class Room:
    """A chat and who is in it, the bot apart; ``creator`` leads it, if anybody does."""

    chat: Chat
    members: tuple[int, ...]
    creator: int | None = None

    @property
    def title(self) -> str:
        """What stands above the chat."""
        return self.chat.title or self.chat.first_name or str(self.chat.id)


@dataclass
class _Press:
    query: CallbackQuery
    pressed_at: float


class World:
    """One bot, a few people, their chats.

    Args:
        archive: Where it is kept.
        bot_id: The number before the colon of the token.
        group_privacy: Whether the bot sees only what is meant for it in groups.
        query_lifetime: Seconds in which a pressed button may be answered.
        clock: Seconds since the epoch.
    """

    def __init__(
        self,
        archive: Archive,
        *,
        bot_id: int,
        group_privacy: bool = True,
        query_lifetime: float = 60.0,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self.bot = User(id=bot_id, is_bot=True, first_name=BOT_NAME, username=BOT_USERNAME)
        self.group_privacy = group_privacy
        self.users = {person.id: person for person in PEOPLE}
        self.rooms = {room.chat.id: room for room in _rooms()}
        self.blocked: set[int] = set()
        self.moved: dict[int, int] = {}
        self.files = FileStore(archive)
        self.journal = Journal(archive)
        self.inbox = Inbox(archive)
        self.profile = Profile(archive, BOT_NAME)
        self._archive = archive
        self._clock = clock
        self._query_lifetime = query_lifetime
        self._presses: dict[str, _Press] = {}
        self._messages: defaultdict[int, dict[int, Message]] = defaultdict(dict)
        self._last_id = defaultdict(int, {int(k): int(v) for k, v in archive.rows("last_id")})
        for _, value in archive.rows("message"):
            message = Message.model_validate_json(value)
            self._messages[message.chat.id][message.message_id] = message
            self.files.retain(message.files)

    def message(self, chat_id: int, message_id: int) -> Message | None:
        """A message that is still there."""
        return self._messages[chat_id].get(message_id)

    def messages(self, chat_id: int) -> list[Message]:
        """A chat from its beginning."""
        return list(self._messages[chat_id].values())

    def post(
        self,
        chat_id: int,
        sender: User,
        content: Content,
        *,
        reply_to: Message | None = None,
        keyboard: Keyboard | None = None,
        media_group_id: str | None = None,
        **more: Any,  # noqa: ANN401
    ) -> Message:
        """Put a message into a chat; what a person writes goes to the bot, if it may read it.

        ``more`` are further fields of the message.
        """
        if reply_to is not None and reply_to.message_thread_id is not None:
            more |= {"message_thread_id": reply_to.message_thread_id, "is_topic_message": True}
        self._last_id[chat_id] += 1
        self._archive.put("last_id", str(chat_id), str(self._last_id[chat_id]))
        message = Message(
            **dict(content),
            message_id=self._last_id[chat_id],
            date=int(self._clock()),
            chat=self.rooms[chat_id].chat,
            sender=sender,
            media_group_id=media_group_id,
            reply_to_message=reply_to and reply_to.model_copy(update={"reply_to_message": None}),
            reply_markup=keyboard,
            **more,
        )
        self._store(message)
        self.files.retain(message.files)
        self.journal.add(Posted(message))
        if sender.id != self.bot.id and (not self.group_privacy or bot_may_read(message, self.bot)):
            self.inbox.add("message", message)
        return message

    def upgrade(self, chat_id: int) -> int:
        """Make a group a supergroup, as its creator does: another chat number, and messages counted anew."""
        room = self.rooms[chat_id]
        new = int(f"-100{abs(chat_id):010}")
        chat = room.chat.model_copy(update={"id": new, "type": ChatType.SUPERGROUP})
        self.rooms[new] = Room(chat, room.members, room.creator)
        creator = self.users[room.creator or room.members[0]]
        self.post(chat_id, creator, Content(), migrate_to_chat_id=new)
        self.moved[chat_id] = new
        self.post(new, creator, Content(), migrate_from_chat_id=chat_id)
        self.journal.add(Rearranged())
        return new

    def open_topic(self, chat_id: int, name: str) -> int:
        """Begin a topic in a group, as its creator does; its number is that of its first message."""
        room = self.rooms[chat_id]
        creator = self.users[room.creator or room.members[0]]
        topic = self._last_id[chat_id] + 1
        self.post(
            chat_id,
            creator,
            Content(),
            forum_topic_created=Topic(name=name),
            message_thread_id=topic,
            is_topic_message=True,
        )
        return topic

    def edit(self, message: Message, content: Content, keyboard: Keyboard | None) -> Message:
        """Replace what a message says, and its keyboard."""
        changes: dict[str, object] = {**dict(content), "reply_markup": keyboard}
        if content != message.content:
            changes["edit_date"] = int(self._clock())
        edited = message.model_copy(update=changes)
        self._store(edited)
        self.files.retain(edited.files)
        self.files.release(message.files)
        self.journal.add(Edited(edited))
        return edited

    def delete(self, message: Message) -> None:
        """Take a message out of its chat."""
        chat_id, message_id = message.chat.id, message.message_id
        del self._messages[chat_id][message_id]
        self._archive.remove("message", f"{chat_id}:{message_id}")
        self.files.release(message.files)
        self.journal.add(Deleted(chat_id, message_id))

    def act(self, chat_id: int, action: str) -> None:
        """Show that the bot is busy."""
        self.journal.add(Acted(chat_id, action))

    def press(self, message: Message, person: User, data: str) -> CallbackQuery:
        """A person presses a button of a message."""
        query = CallbackQuery(
            id=str(secrets.randbits(62)),
            sender=person,
            message=message,
            chat_instance=str(abs(message.chat.id) * 7_919),
            data=data,
        )
        self._presses[query.id] = _Press(query, self._clock())
        self.inbox.add("callback_query", query)
        return query

    def answer(self, query_id: str, text: str, *, show_alert: bool) -> bool:
        """The bot's one answer to a press; False where there is none to answer or it came too late."""
        press = self._presses.pop(query_id, None)
        if press is None or self._clock() - press.pressed_at > self._query_lifetime:
            return False
        message, person = press.query.message, press.query.sender
        self.journal.add(
            Answered(message.chat.id, message.message_id, person.id, query_id, text, show_alert)
        )
        return True

    def profile_changed(self) -> None:
        """Tell the watchers that the bot describes itself anew."""
        self.journal.add(ProfileChanged())

    def _store(self, message: Message) -> None:
        chat_id, message_id = message.chat.id, message.message_id
        self._messages[chat_id][message_id] = message
        self._archive.put("message", f"{chat_id}:{message_id}", message.model_dump_json())


def _rooms() -> list[Room]:
    private = [
        Room(
            Chat(
                id=person.id,
                type=ChatType.PRIVATE,
                first_name=person.first_name,
                username=person.username,
            ),
            (person.id,),
        )
        for person in PEOPLE
    ]
    group = Chat(id=GROUP_ID, type=ChatType.GROUP, title=GROUP_TITLE)
    members = tuple(person.id for person in PEOPLE)
    return [*private, Room(group, members, creator=members[0])]
