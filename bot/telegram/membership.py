"""Whether the bot may write in a chat: blocked, unblocked, removed, added."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from telegram import ChatMember, ChatMemberRestricted

from bot.telegram.reading import may_use
from core.jobs.models import Person

if TYPE_CHECKING:
    from telegram import Message, Update

    from bot.settings import Settings


@dataclass(frozen=True, slots=True, kw_only=True)
class Membership:
    """The bot may write in a chat from now on, or not any more.

    Attributes:
        person: Who decided so, and where.
        inside: Whether it may.
        greets: Whether the bot says how to use it: it was added to a group, by somebody who may use it. The message
            about that tells so; the change of membership also comes when a group becomes a supergroup.
        client_language: The language of the person's Telegram client, if they may use the bot.
    """

    person: Person
    inside: bool
    greets: bool
    client_language: str | None


def read_membership(update: Update, settings: Settings) -> Membership | None:
    """What an update tells about the bot's own place in a chat; None if nothing that matters."""
    change, message = update.my_chat_member, update.message
    if change is not None:
        chat, user, inside = change.chat, change.from_user, _is_inside(change.new_chat_member)
    elif message is not None and message.from_user is not None and _is_about_adding(message):
        chat, user, inside = message.chat, message.from_user, True
    else:
        return None
    known = may_use(user.id, settings)
    return Membership(
        person=Person(chat.id, user.id),
        inside=inside,
        greets=change is None and known,
        client_language=user.language_code if known else None,
    )


def _is_about_adding(message: Message) -> bool:
    """Whether the service message of a group says that the bot was added to it, or that it began with the bot."""
    ids = {one.id for one in message.new_chat_members}
    return bool(message.group_chat_created) or message.get_bot().id in ids


def _is_inside(member: ChatMember) -> bool:
    if isinstance(member, ChatMemberRestricted):
        return member.is_member
    return member.status not in {ChatMember.LEFT, ChatMember.BANNED}
