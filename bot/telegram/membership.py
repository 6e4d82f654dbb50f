"""Whether the bot may write in a chat: blocked, unblocked, removed, added."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from telegram import ChatMember, ChatMemberRestricted
from telegram.constants import ChatType

from bot.telegram.reading import may_use
from core.jobs.models import Person

if TYPE_CHECKING:
    from telegram import Update

    from bot.settings import Settings


@dataclass(frozen=True, slots=True, kw_only=True)
class Membership:
    """The bot may write in a chat from now on, or not any more.

    Attributes:
        person: Who decided so, and where.
        inside: Whether it may.
        greets: Whether the bot says how to use it: it was added to a group, by somebody who may use it.
        client_language: The language of the person's Telegram client, if they may use the bot.
    """

    person: Person
    inside: bool
    greets: bool
    client_language: str | None


def read_membership(update: Update, settings: Settings) -> Membership | None:
    """What an update tells about the bot's own place in a chat; None if nothing that matters."""
    change = update.my_chat_member
    if change is None:
        return None
    was, now = (_is_inside(one) for one in (change.old_chat_member, change.new_chat_member))
    user, in_group = change.from_user, change.chat.type in {ChatType.GROUP, ChatType.SUPERGROUP}
    known = may_use(user.id, settings)
    return Membership(
        person=Person(change.chat.id, user.id),
        inside=now,
        greets=now and not was and in_group and known,
        client_language=user.language_code if known else None,
    )


def _is_inside(member: ChatMember) -> bool:
    if isinstance(member, ChatMemberRestricted):
        return member.is_member
    return member.status not in {ChatMember.LEFT, ChatMember.BANNED}
