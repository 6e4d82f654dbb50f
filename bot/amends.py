"""A word to those who wait in vain: a database was damaged, or what they sent ended the process again and again."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from telegram.constants import ParseMode
from telegram.error import TelegramError

if TYPE_CHECKING:
    from collections.abc import Iterable

    from telegram.ext import ExtBot

    from bot.messages.languages import Languages
    from bot.outbox import Urgency
    from core.jobs.models import Person
    from core.jobs.store import Store

log = logging.getLogger(__name__)


async def make_amends(
    bot: ExtBot[Urgency], store: Store, languages: Languages, admins: Iterable[int]
) -> None:
    """Where the database was damaged at the start: tell the admins, and everybody who waited for a result."""
    if store.set_aside is None:
        return
    for admin in admins:
        await _say(bot, admin, languages.of(admin).database_damaged(store.set_aside.name))
    for person in await store.bereft():
        await _say(bot, person.chat_id, languages.of(person.user_id).painting_lost())


async def own_up(bot: ExtBot[Urgency], languages: Languages, people: Iterable[Person]) -> None:
    """Tell those whose message or press was set aside, since nobody else would. Once, whatever comes of it."""
    for person in people:
        await _say(bot, person.chat_id, languages.of(person.user_id).given_up())


async def _say(bot: ExtBot[Urgency], chat_id: int, text: str) -> None:
    try:
        await bot.send_message(chat_id, text, parse_mode=ParseMode.HTML)
    except TelegramError as error:
        log.warning("Somebody could not be told what was lost: %s", error)
