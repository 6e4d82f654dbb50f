"""Reads updates: who speaks, whether it is meant for the bot, and which event it is."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final, Literal

from telegram import Message, MessageEntity, ReactionTypeEmoji, Update
from telegram.constants import ChatType, ReactionEmoji
from telegram.ext import filters

from bot.conversation.admin import ADMIN
from bot.conversation.commands import COMMANDS, PAINT, START
from bot.conversation.events import (
    ButtonPressed,
    CommandSent,
    Heard,
    LinkFollowed,
    PictureSent,
    RepliedMessage,
    ResultLoved,
    TurnedAway,
    WordsSent,
)
from bot.conversation.sharing import STYLE_LINK
from bot.messages.message_kinds import MessageKind
from bot.telegram.picture_sources import picture_of
from core.jobs.models import Person

if TYPE_CHECKING:
    from telegram import User

    from bot.conversation.events import Event
    from bot.settings import Settings
    from bot.telegram.picture_sources import PictureSource

_KINDS: Final[dict[MessageKind, filters.BaseFilter]] = {
    MessageKind.TEXT: filters.TEXT,
    MessageKind.STICKER: filters.Sticker.ALL,
    MessageKind.VOICE: filters.VOICE | filters.AUDIO,
    MessageKind.VIDEO: filters.VIDEO | filters.VIDEO_NOTE,
    MessageKind.ANIMATION: filters.ANIMATION,
    MessageKind.LOCATION: filters.LOCATION | filters.VENUE,
}
HEART: Final = ReactionEmoji.RED_HEART
_MENTIONS: Final[list[str | None]] = [MessageEntity.MENTION, MessageEntity.TEXT_MENTION]


@dataclass(frozen=True, slots=True, kw_only=True)
class Incoming:
    """An update that the bot deals with.

    Attributes:
        person: Who speaks, and where.
        event: What it is; a picture is not fetched yet.
        client_language: The language of the person's Telegram client (an IETF tag).
        source: The picture that is to be fetched.
        sibling: The album of which this may be a further picture, in a group, where only one of them names the bot.
        comment_on: The picture of the bot's on which this sticker or animation is a comment, in a group, unless that
            picture is the open question.
        words: What it is if the picture that it answers is one of those that the bot has already.
    """

    person: Person
    event: Event
    client_language: str | None = None
    source: PictureSource | None = None
    sibling: str | None = None
    comment_on: int | None = None
    words: WordsSent | None = None


def person_of(update: Update) -> Person | None:
    """Who sent an update and where; None if nobody in particular did (a channel's post, say)."""
    chat, user = update.effective_chat, update.effective_user
    return Person(chat.id, user.id) if chat and user else None


def new_chat_id(message: Message) -> int | None:
    """The number that the message's group has since it became a supergroup, if that is what it tells.

    Telegram says so twice, in the old group and in the new one.
    """
    return message.migrate_to_chat_id or (message.chat.id if message.migrate_from_chat_id else None)


def heard_of(message: Message) -> Heard:
    """What is known of every message."""
    replied = _replied_message(message)
    return Heard(
        message_id=message.message_id,
        private=_is_private(message),
        mentions_bot=_mentions_bot(message),
        topic=topic_of(message),
        replied=None if replied is None else _read_replied(replied),
    )


def read_update(update: Update, settings: Settings) -> Incoming | None:
    """What an update is; None if it is not meant for the bot."""
    person, user = person_of(update), update.effective_user
    if person is None or user is None:
        return None
    message = update.message
    if message is None:
        read = _read_press if update.message_reaction is None else _read_reaction
        return read(update, person, user, settings)
    if filters.StatusUpdate.ALL.check_update(update) or _is_nobodys(message):
        return None
    if message.sender_chat is not None:
        return _turned_away(person, message, "nameless") if _is_meant(message) else None
    if not may_use(user.id, settings):
        return _turned_away(person, message, "private", user) if _is_meant(message) else None
    admin = user.id in settings.admins
    return _read_message(person, message, user.language_code, admin=admin)


def _read_reaction(
    update: Update, person: Person, user: User, settings: Settings
) -> Incoming | None:
    """A heart that was not there before; all other reactions are for people."""
    change = update.message_reaction
    if change is None:
        return None
    before, after = (
        {one.emoji for one in reactions if isinstance(one, ReactionTypeEmoji)}
        for reactions in (change.old_reaction, change.new_reaction)
    )
    if HEART not in after - before or not may_use(user.id, settings):
        return None
    event = ResultLoved(message_id=change.message_id)
    return Incoming(person=person, event=event, client_language=user.language_code)


def _is_nobodys(message: Message) -> bool:
    """Whether no person wrote it: a linked channel's post; or another bot, and two that answer each other never end."""
    author, via = message.from_user, message.via_bot
    if via is not None and via.id == message.get_bot().id and picture_of(message) is None:
        return True  # What the bot offers in other chats, chosen in this one.
    by_bot = author is not None and author.is_bot and message.sender_chat is None
    return by_bot or bool(message.is_automatic_forward)


def _read_press(update: Update, person: Person, user: User, settings: Settings) -> Incoming | None:
    query = update.callback_query
    if query is None:
        return None
    if not may_use(user.id, settings):
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
        topic=topic_of(message) if isinstance(message, Message) else None,
        hidden=message is None or not message.is_accessible,
    )
    return Incoming(person=person, event=pressed, client_language=user.language_code)


def _read_message(
    person: Person, message: Message, language: str | None, *, admin: bool
) -> Incoming | None:
    """A message of somebody who may use the bot."""
    heard, command = heard_of(message), command_of(message)

    def incoming(event: Event, source: PictureSource | None = None) -> Incoming:
        return Incoming(person=person, event=event, client_language=language, source=source)

    own = picture_of(message)
    picture = PictureSent(
        heard=heard,
        album=message.media_group_id,
        caption=message.caption or message.text or "",
    )
    if own is not None and _is_addressed(message):
        comment_on = _commented(heard) if own.casual else None
        return replace(incoming(picture, own), comment_on=comment_on)
    if own is not None:
        album = message.media_group_id
        return None if album is None else replace(incoming(picture, own), sibling=album)
    words = WordsSent(heard=heard, kind=kind_of(message), text=message.text)
    shown = answered_picture(message)
    if shown is not None and _points(heard, command, message):
        return replace(incoming(picture, shown), words=None if command else words)
    event: Event | None = None
    parameter = (message.text or "").partition(" ")[2].strip()
    if command == START and heard.private and parameter.startswith(STYLE_LINK):
        event = LinkFollowed(heard=heard, code=parameter.removeprefix(STYLE_LINK))
    elif command == ADMIN and admin:
        event = CommandSent(heard=heard, name=ADMIN, words=_words_behind(message))
    elif command in COMMANDS or (command and heard.private):
        event = CommandSent(heard=heard, name=command)
    elif not command and not heard.private and heard.mentions_bot and heard.replied is not None:
        event = CommandSent(heard=heard, name=PAINT)
    elif not _begins_with_command(message) and _is_addressed(message):
        event = words
    return None if event is None else incoming(event)


def answered_picture(message: Message) -> PictureSource | None:
    """The picture of the message that somebody answers, in this chat or in another one."""
    answered = _replied_message(message) or message.external_reply
    return None if answered is None else picture_of(answered)


def _points(heard: Heard, command: str, message: Message) -> bool:
    """Whether an answer to a picture gives it to the bot: by /paint, in a group by a mention, in private by any words.

    In private, words about a picture of the bot's own do not: they are more likely a comment.
    """
    if _begins_with_command(message):
        return command == PAINT
    if heard.private:
        return heard.replied is None or not heard.replied.from_bot
    return heard.mentions_bot


def _commented(heard: Heard) -> int | None:
    """The picture of the bot's that a message answers in a group without naming the bot."""
    replied = heard.replied
    if heard.private or heard.mentions_bot or replied is None or replied.has_text:
        return None
    return replied.message_id


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


def _words_behind(message: Message) -> str:
    """What stands behind the command with which a text begins."""
    return (message.text or "")[message.entities[0].length :].strip() if message.entities else ""


def _begins_with_command(message: Message) -> bool:
    first = next(iter(message.entities or message.caption_entities), None)
    return first is not None and first.type == MessageEntity.BOT_COMMAND and first.offset == 0


def may_use(user_id: int, settings: Settings) -> bool:
    """Whether the operator lets a user in."""
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
    if replied is None or replied.forum_topic_created is not None:
        return None
    return None if replied.message_id == topic_of(message) else replied


def topic_of(message: Message) -> int | None:
    """The topic in which a message is. In a group without topics, replies have a thread too, into which nobody writes."""
    return message.message_thread_id if message.is_topic_message else None


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
        has_picture=picture_of(message) is not None,
        kind=kind_of(message),
    )
