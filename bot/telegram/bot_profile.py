"""What Telegram shows about the bot: commands, description, menu."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Final

from telegram import BotCommandScopeAllGroupChats, MenuButtonCommands
from telegram.error import TelegramError

from bot.messages.languages import SOURCE

if TYPE_CHECKING:
    from telegram.ext import ExtBot

    from bot.messages.languages import Languages
    from bot.messages.texts import Texts
    from bot.outbox import Urgency

IN_GROUPS: Final = ("paint", "status", "cancel", "settings", "help")
"""The commands that a group's menu offers; the others work there too."""

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
    described = texts.command_descriptions()
    await bot.set_my_commands(list(described.items()), language_code=tongue)
    in_groups = [(name, described[name]) for name in IN_GROUPS]
    await bot.set_my_commands(in_groups, scope=BotCommandScopeAllGroupChats(), language_code=tongue)
    await bot.set_my_description(texts.description(), language_code=tongue)
    await bot.set_my_short_description(texts.short_description(), language_code=tongue)
