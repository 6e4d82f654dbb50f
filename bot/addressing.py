"""Who speaks, and whether it is meant for the bot."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from telegram import MessageEntity, Update
from telegram.constants import ChatType
from telegram.ext import filters

from core.jobs.models import Person

if TYPE_CHECKING:
    from telegram import Message

PAINT: Final = "paint"
"""The command that gives the bot a picture: the one that it stands under, or the one that it answers."""

KINDS: Final[dict[str, filters.BaseFilter]] = {
    "text": filters.TEXT,
    "sticker": filters.Sticker.ALL,
    "voice": filters.VOICE | filters.AUDIO,
    "video": filters.VIDEO | filters.VIDEO_NOTE,
    "animation": filters.ANIMATION,
    "location": filters.LOCATION | filters.VENUE,
}

PICTURES: Final = filters.PHOTO | (filters.Document.ALL & ~filters.ANIMATION)

_MENTIONS: Final[list[str | None]] = [MessageEntity.MENTION, MessageEntity.TEXT_MENTION]


def person_of(update: Update) -> Person | None:
    """Who sent an update and where; None for what nobody in particular sent (a channel's post, say)."""
    chat, user = update.effective_chat, update.effective_user
    return Person(chat.id, user.id) if chat and user else None


def kind_of(message: Message) -> str:
    """What a message that is no picture is, as ``Texts.cannot_use`` names it; empty for the rest."""
    update = Update(0, message=message)
    return next((kind for kind, test in KINDS.items() if test.check_update(update)), "")


def has_picture(message: Message) -> bool:
    """Whether a message brings a photo, or a file that may be one."""
    return bool(PICTURES.check_update(Update(0, message=message)))


def command_of(message: Message) -> str:
    """The command that a text or a caption begins with, where it is none of another bot's; else empty."""
    written = message.text or message.caption or ""
    first = next(iter(message.entities or message.caption_entities), None)
    if first is None or first.type != MessageEntity.BOT_COMMAND or first.offset != 0:
        return ""
    name, _, bot = written[1 : first.length].casefold().partition("@")
    return name if bot in {"", (message.get_bot().username or "").casefold()} else ""


def mentions_bot(message: Message) -> bool:
    """Whether a text or a caption names the bot, and not another one whose name begins alike."""
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


def answered_by(message: Message) -> Message | None:
    """The message that somebody answers. In a forum's topic all others are said to answer its beginning: none."""
    answered = message.reply_to_message
    return None if answered is None or answered.forum_topic_created is not None else answered


def answers_bot(message: Message) -> bool:
    """Whether a message is a reply to one of the bot's."""
    answered = answered_by(message)
    author = answered.from_user if answered is not None else None
    return author is not None and author.id == message.get_bot().id


def _is_private(message: Message) -> bool:
    return message.chat.type == ChatType.PRIVATE


def _begins_with_command(message: Message) -> bool:
    first = next(iter(message.entities or message.caption_entities), None)
    return first is not None and first.type == MessageEntity.BOT_COMMAND and first.offset == 0


def is_talk(message: Message, question_id: int | None) -> bool:
    """Whether people talk about a picture of the bot's in a group, and not to the bot.

    Args:
        message: An answer to the bot without a picture.
        question_id: What the bot asked whoever wrote it, which may be a picture too.
    """
    answered = answered_by(message)
    if _is_private(message) or answered is None or mentions_bot(message):
        return False
    return not answered.text and answered.message_id != question_id


class _Addressed(filters.MessageFilter):
    """True in a private chat; in a group for an answer to the bot, a mention of it, and /paint under a picture."""

    def filter(self, message: Message) -> bool:
        if _is_private(message):
            return True
        if _begins_with_command(message):
            return command_of(message) == PAINT
        return answers_bot(message) or mentions_bot(message)


class _Pointing(filters.MessageFilter):
    """True for a mention in a group that answers somebody's message: it means that message."""

    def filter(self, message: Message) -> bool:
        return (
            answered_by(message) is not None and not _is_private(message) and mentions_bot(message)
        )


class _Album(filters.MessageFilter):
    """True for a picture of an album in a group; only one of them bears the words that name the bot."""

    def filter(self, message: Message) -> bool:
        return message.media_group_id is not None and not _is_private(message)


addressed: Final = _Addressed(name="addressed")
pointing: Final = _Pointing(name="pointing")
album: Final = _Album(name="album")
