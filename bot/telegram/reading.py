"""Reads updates: who speaks, whether it is meant for the bot, and which event it is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal

from telegram import MessageEntity, Update
from telegram.constants import ChatType
from telegram.ext import filters

from bot.conversation.commands import COMMANDS, PAINT
from bot.conversation.events import (
    ButtonPressed,
    CommandSent,
    Heard,
    PictureSent,
    RepliedMessage,
    TurnedAway,
    WordsSent,
)
from bot.messages.message_kinds import MessageKind
from core.jobs.models import Person

if TYPE_CHECKING:
    from telegram import Message, User

    from bot.conversation.events import Event
    from bot.settings import Settings

_KINDS: Final[dict[MessageKind, filters.BaseFilter]] = {
    MessageKind.TEXT: filters.TEXT,
    MessageKind.STICKER: filters.Sticker.ALL,
    MessageKind.VOICE: filters.VOICE | filters.AUDIO,
    MessageKind.VIDEO: filters.VIDEO | filters.VIDEO_NOTE,
    MessageKind.ANIMATION: filters.ANIMATION,
    MessageKind.LOCATION: filters.LOCATION | filters.VENUE,
}
_PICTURES: Final = filters.PHOTO | (filters.Document.ALL & ~filters.ANIMATION)
_MENTIONS: Final[list[str | None]] = [MessageEntity.MENTION, MessageEntity.TEXT_MENTION]


@dataclass(frozen=True, slots=True, kw_only=True)
class Incoming:
    """An update that the bot deals with.

    Attributes:
        person: Who speaks, and where.
        event: What it is; a picture is not fetched yet.
        client_language: The language of the person's Telegram client (an IETF tag).
        source: The message with the picture that is to be fetched.
        sibling: The album of which this may be a further picture, in a group, where only one of them names the bot.
    """

    person: Person
    event: Event
    client_language: str | None = None
    source: Message | None = None
    sibling: str | None = None


def person_of(update: Update) -> Person | None:
    """Who sent an update and where; None if nobody in particular did (a channel's post, say)."""
    chat, user = update.effective_chat, update.effective_user
    return Person(chat.id, user.id) if chat and user else None


def heard_of(message: Message) -> Heard:
    """What is known of every message."""
    replied = _replied_message(message)
    return Heard(
        message_id=message.message_id,
        private=_is_private(message),
        mentions_bot=_mentions_bot(message),
        replied=None if replied is None else _read_replied(replied),
    )


def read_update(update: Update, settings: Settings) -> Incoming | None:
    """What an update is; None if it is not meant for the bot."""
    person, user = person_of(update), update.effective_user
    if person is None or user is None:
        return None
    if update.callback_query is not None:
        return _read_press(update, person, user, settings)
    message = update.message
    if message is None or filters.StatusUpdate.ALL.check_update(update):
        return None
    if message.sender_chat is not None or user.is_bot:
        meant = not message.is_automatic_forward and _is_meant(message)
        return _turned_away(person, message, "nameless") if meant else None
    if not _may_use(user.id, settings):
        return _turned_away(person, message, "private", user) if _is_meant(message) else None
    return _read_message(person, message, user.language_code)


def _read_press(update: Update, person: Person, user: User, settings: Settings) -> Incoming | None:
    query = update.callback_query
    if query is None:
        return None
    if not _may_use(user.id, settings):
        event: Event = TurnedAway(
            why="private", query_id=query.id, client_language=user.language_code
        )
        return Incoming(person=person, event=event)
    message = query.message
    # A message that Telegram does not show any more has neither text nor picture.
    captioned = bool(getattr(message, "photo", None) or getattr(message, "document", None))
    pressed = ButtonPressed(
        query_id=query.id,
        data=query.data or "",
        message_id=None if message is None else message.message_id,
        captioned=captioned,
    )
    return Incoming(person=person, event=pressed, client_language=user.language_code)


def _read_message(person: Person, message: Message, language: str | None) -> Incoming | None:
    """A message of somebody who may use the bot."""
    heard, command = heard_of(message), command_of(message)
    replied = _replied_message(message)

    def incoming(
        event: Event, source: Message | None = None, sibling: str | None = None
    ) -> Incoming:
        return Incoming(
            person=person,
            event=event,
            client_language=language,
            source=source,
            sibling=sibling,
        )

    picture = PictureSent(heard=heard, album=message.media_group_id)
    if has_picture(message):
        if _is_addressed(message):
            return incoming(picture, message)
        album = message.media_group_id
        return None if album is None else incoming(picture, message, album)
    in_group = not _is_private(message)
    points = in_group and (
        command == PAINT or (not command and replied is not None and heard.mentions_bot)
    )
    event: Event | None = None
    if points and replied is not None and has_picture(replied):
        return incoming(picture, replied)
    if points:
        event = CommandSent(heard=heard, name=PAINT)
    elif _begins_with_command(message):
        if command in COMMANDS or (command and _is_private(message)):
            event = CommandSent(heard=heard, name=command)
    elif _is_addressed(message):
        event = WordsSent(heard=heard, kind=kind_of(message), text=message.text)
    return None if event is None else incoming(event)


def has_picture(message: Message) -> bool:
    """Whether a message brings a photo, or a file that may be one."""
    return bool(_PICTURES.check_update(Update(0, message=message)))


def kind_of(message: Message) -> MessageKind:
    """What a message is that brings no picture."""
    update = Update(0, message=message)
    found = (kind for kind, test in _KINDS.items() if test.check_update(update))
    return next(found, MessageKind.OTHER)


def command_of(message: Message) -> str:
    """The command with which a text or a caption begins, unless it is another bot's; else empty."""
    if not _begins_with_command(message):
        return ""
    written = message.text or message.caption or ""
    first = (message.entities or message.caption_entities)[0]
    name, _, bot = written[1 : first.length].casefold().partition("@")
    return name if bot in {"", (message.get_bot().username or "").casefold()} else ""


def _begins_with_command(message: Message) -> bool:
    first = next(iter(message.entities or message.caption_entities), None)
    return first is not None and first.type == MessageEntity.BOT_COMMAND and first.offset == 0


def _may_use(user_id: int, settings: Settings) -> bool:
    if user_id in settings.admins:
        return True
    if user_id in settings.blocked_users:
        return False
    return not settings.allowed_users or user_id in settings.allowed_users


def _turned_away(
    person: Person,
    message: Message,
    why: Literal["private", "nameless"],
    user: User | None = None,
) -> Incoming:
    language = None if user is None else user.language_code
    event = TurnedAway(why=why, heard=heard_of(message), client_language=language)
    return Incoming(person=person, event=event)


def _is_private(message: Message) -> bool:
    return message.chat.type == ChatType.PRIVATE


def _is_meant(message: Message) -> bool:
    return _is_addressed(message) or command_of(message) in COMMANDS


def _is_addressed(message: Message) -> bool:
    """True in a private chat; in a group for a reply to the bot, a mention of it, and /paint under a picture."""
    if _is_private(message):
        return True
    if _begins_with_command(message):
        return command_of(message) == PAINT
    return _answers_bot(message) or _mentions_bot(message)


def _mentions_bot(message: Message) -> bool:
    """Whether a text or a caption names the bot, and not another bot whose name begins alike."""
    bot = message.get_bot()
    named = {
        **message.parse_entities(_MENTIONS),
        **message.parse_caption_entities(_MENTIONS),
    }
    return any(
        written.casefold() == bot.name.casefold()
        or (entity.user is not None and entity.user.id == bot.id)
        for entity, written in named.items()
    )


def _replied_message(message: Message) -> Message | None:
    """The message that somebody answers. In a forum's topic every other message is said to answer its root: none."""
    replied = message.reply_to_message
    return None if replied is None or replied.forum_topic_created is not None else replied


def _answers_bot(message: Message) -> bool:
    replied = _replied_message(message)
    author = replied.from_user if replied is not None else None
    return author is not None and author.id == message.get_bot().id


def _read_replied(message: Message) -> RepliedMessage:
    author = message.from_user
    return RepliedMessage(
        message_id=message.message_id,
        author_id=None if author is None else author.id,
        from_bot=author is not None and author.id == message.get_bot().id,
        has_text=bool(message.text),
        has_picture=has_picture(message),
        kind=kind_of(message),
    )
