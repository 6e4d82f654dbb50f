"""What Telegram shows about the bot: commands, description, menu."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from telegram import MenuButtonCommands
from telegram.error import TelegramError

from bot.languages import SOURCE

if TYPE_CHECKING:
    from telegram.ext import ExtBot

    from bot.languages import Languages
    from bot.outbox import Urgency
    from bot.texts import Texts

log = logging.getLogger(__name__)


async def introduce(bot: ExtBot[Urgency], languages: Languages) -> None:
    """Set the bot's commands, descriptions and menu; a failure is logged, since the bot works without."""
    try:
        await bot.set_chat_menu_button(menu_button=MenuButtonCommands())
        for code, texts in languages.texts.items():
            # Telegram takes two letters here; English is for everybody who has no language of their own in here.
            tongue = None if code == SOURCE else code.partition("-")[0]
            await _introduce(bot, texts, tongue)
    except TelegramError as error:
        log.warning("The bot's commands and description could not be set: %s", error)


async def _introduce(bot: ExtBot[Urgency], texts: Texts, tongue: str | None) -> None:
    commands = list(texts.command_descriptions().items())
    await bot.set_my_commands(commands, language_code=tongue)
    await bot.set_my_description(texts.description(), language_code=tongue)
    await bot.set_my_short_description(texts.short_description(), language_code=tongue)
