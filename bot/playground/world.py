"""People, chats and messages, without HTTP."""

from __future__ import annotations

import secrets
import time
from typing import TYPE_CHECKING, Any, Final

from pydantic import TypeAdapter

from bot.playground.bot_identity import BotIdentity
from bot.playground.chat_files import ChatFiles
from bot.playground.chat_messages import ChatMessages
from bot.playground.chat_rooms import FORUM_ID, PEOPLE, ChatRoom, first_rooms
from bot.playground.chat_rules import ChatRules, Topic
from bot.playground.entities import parse_html, plain_text
from bot.playground.event_log import (
    ChatsChanged,
    EventLog,
    IdentityChanged,
    MessageDeleted,
    MessageEdited,
    MessagePosted,
    QueryAnswered,
    ReactionsChanged,
)
from bot.playground.inline_queries import InlineQueries
from bot.playground.pending_queries import PendingQueries
from bot.playground.privacy_mode import bot_may_read
from bot.playground.profile_photos import ProfilePhotos
from bot.playground.telegram_objects import (
    ApiCallbackQuery,
    ApiContent,
    ApiKeyboard,
    ApiMark,
    ApiMember,
    ApiMemberUpdate,
    ApiMessage,
    ApiPhotoSize,
    ApiReaction,
    ApiReactionUpdate,
    ApiTopic,
    ApiUser,
    ChatType,
)
from bot.playground.update_queue import UpdateQueue

if TYPE_CHECKING:
    from collections.abc import Callable

    from bot.playground.chat_database import ChatDatabase
    from bot.playground.chat_files import PictureOpener
    from bot.playground.chat_rules import Right
    from bot.playground.inline_queries import ApiInlineResult

BOT_NAME: Final = "Atelier"
BOT_USERNAME: Final = "atelier_bot"
MESSAGES_KEPT: Final = 300
"""How many messages a chat keeps; the oldest are deleted first."""
FILE_BYTES_KEPT: Final = 512 << 20
"""How many bytes of files all chats together keep; the oldest messages with files are deleted first."""
_ROOM_JSON: Final = TypeAdapter(ChatRoom)


class World:
    """One bot, a few people and their chats.

    Args:
        database: Where everything is kept.
        bot_id: The number before the colon in the bot's token.
        group_privacy: Whether the bot is in privacy mode, in which it reads few messages of a group.
        query_lifetime: Seconds in which the bot may answer a callback query.
        numbers_from: The numbers of new messages, updates and events are larger than this.
        messages_kept: How many messages a chat keeps.
        file_bytes_kept: How many bytes of files all chats keep.
        clock: Returns the seconds since the epoch.
        open_picture: Opens what strangers send; None decodes it in this process.

    Attributes:
        users: The people by id, without the bot.
        rooms: The chats by id.
        rules: What the bot may do in each chat.
        migrated: The new id of each group that became a supergroup, by its old id.
    """

    def __init__(
        self,
        database: ChatDatabase,
        *,
        bot_id: int,
        group_privacy: bool = True,
        query_lifetime: float = 60.0,
        numbers_from: int = 0,
        messages_kept: int = MESSAGES_KEPT,
        file_bytes_kept: int = FILE_BYTES_KEPT,
        clock: Callable[[], float] = time.time,
        open_picture: PictureOpener | None = None,
    ) -> None:
        self.bot = ApiUser(id=bot_id, is_bot=True, first_name=BOT_NAME, username=BOT_USERNAME)
        self.group_privacy = group_privacy
        self.users = {person.id: person for person in PEOPLE}
        self.rooms = {room.chat.id: room for room in first_rooms()}
        self.rules = ChatRules(database)
        self.migrated: dict[int, int] = {}
        self.files = ChatFiles(database, open_picture)
        self.profile_photos = ProfilePhotos(self.files)
        self.event_log = EventLog(numbers_from=numbers_from)
        self.update_queue = UpdateQueue(database, numbers_from=numbers_from)
        self.identity = BotIdentity(database)
        self.inline_queries = InlineQueries()
        self._messages = ChatMessages(database, numbers_from=numbers_from)
        self._queries = PendingQueries(database, lifetime=query_lifetime, clock=clock)
        self._database = database
        self._clock = clock
        self._messages_kept = messages_kept
        self._file_bytes_kept = file_bytes_kept
        self._restore()

    def _restore(self) -> None:
        """Read the chats of an earlier start."""
        records = self._database.records
        for chat_id, text in records("room"):
            self.rooms[int(chat_id)] = _ROOM_JSON.validate_json(text)
        self.migrated = {int(old): int(new) for old, new in records("migrated")}
        for message in self._messages:
            self.files.retain(message.files)
        self.files.trim_unused()

    def photo(self, file_id: str) -> list[ApiPhotoSize] | None:
        """Returns the sizes of a photo that a message shows; None if no message does any more."""
        shown = (one.photo for one in self._messages if one.photo)
        return next((sizes for sizes in shown if file_id in {one.file_id for one in sizes}), None)

    def post_result(
        self,
        chat_id: int,
        sender: ApiUser,
        result: ApiInlineResult,
        **more: Any,  # noqa: ANN401
    ) -> ApiMessage:
        """Send what the bot offered as the result of an inline query; ``more`` as ``post`` takes it."""
        content = ApiContent(photo=self.photo(result.photo_file_id or ""))
        words, source = result.input_message_content, result.caption or ""
        parse_mode = result.parse_mode if words is None else words.parse_mode
        text = (parse_html if parse_mode else plain_text)(words.message_text if words else source)
        if words is not None:
            content = ApiContent(text=text.plain, entities=text.entities or None)
        elif text.plain:
            content.caption, content.caption_entities = text.plain, text.entities or None
        return self.post(chat_id, sender, content, keyboard=result.reply_markup, **more)

    def message(self, chat_id: int, message_id: int) -> ApiMessage | None:
        """Returns a message, or None if it was deleted or never existed."""
        return self._messages.get(chat_id, message_id)

    def messages(self, chat_id: int) -> list[ApiMessage]:
        """Returns the messages of a chat, oldest first."""
        return self._messages.in_chat(chat_id)

    def post(
        self,
        chat_id: int,
        sender: ApiUser,
        content: ApiContent,
        *,
        reply_to: ApiMessage | None = None,
        keyboard: ApiKeyboard | None = None,
        media_group_id: str | None = None,
        topic: int | None = None,
        **more: Any,  # noqa: ANN401
    ) -> ApiMessage:
        """Add a message to a chat, and queue an update for the bot if a person wrote it and the bot may read it.

        Without ``topic`` a message is in the topic of the message that it replies to, or else in General. ``more`` holds
        further fields of the message.
        """
        more |= self._thread(chat_id, topic, reply_to)
        message = ApiMessage(
            **dict(content),
            message_id=self._messages.next_id(chat_id),
            date=int(self._clock()),
            chat=self.rooms[chat_id].chat,
            sender=sender,
            media_group_id=media_group_id,
            reply_to_message=reply_to and reply_to.model_copy(update={"reply_to_message": None}),
            reply_markup=keyboard,
            **more,
        )
        with self._database.transaction():
            self._messages.put(message)
            self.files.retain(message.files)
            self.event_log.add(MessagePosted(message))
            if self._bot_reads(message):
                self.update_queue.add("message", message)
            elif self._names_absent_bot(message):
                self.update_queue.add("guest_message", self.inline_queries.ask_as_guest(message))
            self._delete_oldest(chat_id)
        return message

    def _creator(self, chat_id: int) -> ApiUser:
        room = self.rooms[chat_id]
        return self.users[room.creator or room.members[0]]

    def _thread(
        self, chat_id: int, topic: int | None, reply_to: ApiMessage | None
    ) -> dict[str, Any]:
        """Returns the fields that tell the thread of a message.

        In a supergroup without topics, a reply is in a thread as well, which is no topic.
        """
        if topic is None and reply_to is not None and reply_to.is_topic_message:
            topic = reply_to.message_thread_id
        if topic is not None:
            return {"message_thread_id": topic, "is_topic_message": True}
        chat = self.rooms[chat_id].chat
        if reply_to is None or chat.type is not ChatType.SUPERGROUP or chat.is_forum:
            return {}
        return {"message_thread_id": reply_to.message_thread_id or reply_to.message_id}

    def upgrade(self, chat_id: int) -> int:
        """Upgrade a group to a supergroup, as its creator does; returns the new id of the chat."""
        room = self.rooms[chat_id]
        new = int(f"-100{abs(chat_id):010}")
        chat = room.chat.model_copy(update={"id": new, "type": ChatType.SUPERGROUP})
        self.rooms[new] = ChatRoom(chat, room.members, room.creator)
        self._database.put("room", new, _ROOM_JSON.dump_json(self.rooms[new]).decode())
        creator = self._creator(chat_id)
        self.post(chat_id, creator, ApiContent(), migrate_to_chat_id=new)
        self.migrated[chat_id] = new
        self._database.put("migrated", chat_id, new)
        self._tell_membership(new, "left", "member")
        self.post(new, creator, ApiContent(), migrate_from_chat_id=chat_id)
        self.event_log.add(ChatsChanged())
        return new

    def open_topic(self, chat_id: int, name: str) -> int:
        """Open a topic, as the creator of the chat does; returns its id, which is the id of its first message."""
        topic = self._messages.next_id(chat_id)
        self.rules.put_topic(chat_id, topic, Topic(name=name))
        self._report(chat_id, topic, forum_topic_created=ApiTopic(name=name))
        return topic

    def open_first_topic(self, name: str) -> None:
        """Open a topic in the forum if it never had one, so that people see what it is."""
        if not self.messages(FORUM_ID):
            self.open_topic(FORUM_ID, name)

    def close_topic(self, chat_id: int, topic: int | None, *, closed: bool = True) -> None:
        """Close a topic (None is General) or open it again, as the creator of the chat does."""
        known = self.rules.topics(chat_id).get(topic or 0, Topic(name="General"))
        self.rules.put_topic(chat_id, topic, known.model_copy(update={"closed": closed}))
        change = "forum_topic_closed" if closed else "forum_topic_reopened"
        self._report(chat_id, topic, **{change: ApiMark()})

    def delete_topic(self, chat_id: int, topic: int) -> None:
        """Delete a topic with all its messages."""
        self.rules.remove_topic(chat_id, topic)
        for message in self.messages(chat_id):
            if message.is_topic_message and message.message_thread_id == topic:
                self.delete(message)
        self.event_log.add(ChatsChanged())

    def _report(self, chat_id: int, topic: int | None = None, **change: Any) -> None:  # noqa: ANN401
        """Post a service message as the creator of a chat."""
        self.post(chat_id, self._creator(chat_id), ApiContent(), topic=topic, **change)
        self.event_log.add(ChatsChanged())

    def edit(
        self, message: ApiMessage, content: ApiContent, keyboard: ApiKeyboard | None
    ) -> ApiMessage:
        """Replace the content and the keyboard of a message."""
        changes: dict[str, object] = {**dict(content), "reply_markup": keyboard}
        if content != message.content:
            changes["edit_date"] = int(self._clock())
        edited = message.model_copy(update=changes)
        with self._database.transaction():
            self._messages.put(edited)
            self.files.retain(edited.files)
            self.files.release(message.files)
            self.event_log.add(MessageEdited(edited))
            self._delete_oldest(message.chat.id)
        return edited

    def react(self, message: ApiMessage, user: ApiUser, emoji: str | None) -> None:
        """React to a message, in place of an earlier reaction, or take that back.

        The bot gets an update about a person's reaction in a private chat only: in a group it would have to be an admin.
        """
        before = message.reactions.get(user.id)
        if emoji == before:
            return
        others = {one: its for one, its in message.reactions.items() if one != user.id}
        reactions = others if emoji is None else {**others, user.id: emoji}
        changed = message.model_copy(update={"reactions": reactions})
        with self._database.transaction():
            self._messages.put(changed)
            self.event_log.add(ReactionsChanged(changed))
            private = message.chat.type is ChatType.PRIVATE
            if user.is_bot or not private or message.chat.id in self.rules.blocked:
                return
            old, new = ([] if one is None else [ApiReaction(emoji=one)] for one in (before, emoji))
            update = ApiReactionUpdate(
                chat=message.chat,
                message_id=message.message_id,
                user=user,
                date=int(self._clock()),
                old_reaction=old,
                new_reaction=new,
            )
            self.update_queue.add("message_reaction", update)

    def age(self, chat_id: int, seconds: float) -> None:
        """Make all messages of a chat older."""
        with self._database.transaction():
            for message in self._messages.in_chat(chat_id):
                older = {"date": message.date - round(seconds)}
                self._messages.put(message.model_copy(update=older))

    def seconds_since(self, message: ApiMessage) -> float:
        """How old a message is."""
        return self._clock() - message.date

    def delete(self, message: ApiMessage) -> None:
        """Delete a message from its chat."""
        with self._database.transaction():
            self._messages.remove(message)
            self.files.release(message.files)
        self.event_log.add(MessageDeleted(message.chat.id, message.message_id))

    def block(self, chat_id: int, *, blocked: bool) -> None:
        """Block the bot, or remove it from a group as its creator does, or take it back; the bot gets an update."""
        if (chat_id in self.rules.blocked) == blocked:
            return
        before, after = ("member", "kicked") if blocked else ("kicked", "member")
        with self._database.transaction():
            self.rules.block(chat_id, blocked=blocked)
            self._tell_membership(chat_id, before, after)
            if self.rooms[chat_id].chat.type is not ChatType.PRIVATE:
                change = (
                    {"left_chat_member": self.bot} if blocked else {"new_chat_members": [self.bot]}
                )
                self._report(chat_id, **change)
        self.event_log.add(ChatsChanged())

    def _tell_membership(self, chat_id: int, before: str, after: str) -> None:
        person = self._creator(chat_id)
        old, new = (
            ApiMember(user=self.bot, status=status, until_date=0 if status == "kicked" else None)
            for status in (before, after)
        )
        update = ApiMemberUpdate(
            chat=self.rooms[chat_id].chat,
            sender=person,
            date=int(self._clock()),
            old_chat_member=old,
            new_chat_member=new,
        )
        self.update_queue.add("my_chat_member", update)

    def forbid(self, chat_id: int, *rights: Right) -> None:
        """Forbid the bot these kinds of messages in a group, and allow all others."""
        self.rules.forbid(chat_id, rights)
        self.event_log.add(ChatsChanged())

    def press(self, message: ApiMessage, person: ApiUser, data: str) -> ApiCallbackQuery:
        """Press a button of a message as a person; queues a callback query for the bot."""
        query = ApiCallbackQuery(
            id=str(secrets.randbits(62)),
            sender=person,
            message=message,
            chat_instance=str(abs(message.chat.id) * 7_919),
            data=data,
        )
        with self._database.transaction():
            self._queries.add(query)
            self.update_queue.add("callback_query", query)
        return query

    def answer(self, query_id: str, text: str, *, show_alert: bool) -> bool:
        """Answer a callback query as the bot; returns False if the query is unknown, answered already or expired."""
        query = self._queries.take(query_id)
        if query is None:
            return False
        message, person = query.message, query.sender
        self.event_log.add(
            QueryAnswered(
                message.chat.id, message.message_id, person.id, query_id, text, show_alert
            )
        )
        return True

    def identity_changed(self) -> None:
        """Tell the pages that the bot changed its description or its commands."""
        self.event_log.add(IdentityChanged())

    def _bot_reads(self, message: ApiMessage) -> bool:
        if message.sender.id == self.bot.id or message.chat.id in self.rules.blocked:
            return False
        return not self.group_privacy or bot_may_read(message, self.bot)

    def _names_absent_bot(self, message: ApiMessage) -> bool:
        """Whether a person names the bot in a group of which it is no member."""
        if message.chat.id not in self.rules.blocked or message.sender.is_bot:
            return False
        words = (message.text or message.caption or "").lower().split()
        return message.chat.type is not ChatType.PRIVATE and f"@{BOT_USERNAME}" in words

    def _delete_oldest(self, chat_id: int) -> None:
        """Delete messages until the limits hold: of messages in this chat, and of bytes in all chats."""
        for message in self._messages.oldest_beyond(self._messages_kept, chat_id):
            self.delete(message)
        while self.files.total_bytes > self._file_bytes_kept:
            if self.files.delete_unused():
                continue
            oldest = self._messages.oldest_with_files()
            if oldest is None:
                return
            self.delete(oldest)
