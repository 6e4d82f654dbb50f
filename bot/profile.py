"""What Telegram shows about the bot: commands, description, menu."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from telegram import MenuButtonCommands
from telegram.error import TelegramError

from bot.languages import ENGLISH

if TYPE_CHECKING:
    from telegram.ext import ExtBot

    from bot.outbox import Urgency

log = logging.getLogger(__name__)


async def introduce(bot: ExtBot[Urgency]) -> None:
    """Set the bot's commands, descriptions and menu; a failure is logged, since the bot works without."""
    try:
        await bot.set_my_commands(list(ENGLISH.command_descriptions().items()))
        await bot.set_my_description(ENGLISH.description())
        await bot.set_my_short_description(ENGLISH.short_description())
        await bot.set_chat_menu_button(menu_button=MenuButtonCommands())
    except TelegramError as error:
        log.warning("The bot's commands and description could not be set: %s", error)
