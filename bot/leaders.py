"""Whoever runs the bot or leads a group may stop what others have painted there; nothing else of others'."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from telegram.constants import ChatMemberStatus
from telegram.error import TelegramError

if TYPE_CHECKING:
    from telegram import Bot

    from core.jobs.models import Person

log = logging.getLogger(__name__)


async def may_stop_others(bot: Bot, person: Person, admins: frozenset[int]) -> bool:
    """Whether somebody may stop others' paintings in the chat in which they speak."""
    return person.user_id in admins or await _leads(bot, person)


async def _leads(bot: Bot, person: Person) -> bool:
    """Whether somebody is the group's owner or one of its administrators."""
    try:
        member = await bot.get_chat_member(person.chat_id, person.user_id)
    except TelegramError as error:
        log.info("Telegram does not say who leads a group: %s", error)
        return False
    return member.status in {ChatMemberStatus.OWNER, ChatMemberStatus.ADMINISTRATOR}
