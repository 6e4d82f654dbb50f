"""What Telegram shows about the bot: commands, description, menu."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Final

from telegram import BotCommandScopeAllGroupChats, BotCommandScopeChat, MenuButtonCommands
from telegram.error import BadRequest, TelegramError

from bot.conversation.admin import ADMIN
from bot.messages.languages import SOURCE

if TYPE_CHECKING:
    from telegram.ext import ExtBot

    from bot.messages.languages import Languages
    from bot.messages.texts import Texts

IN_GROUPS: Final = ("paint", "status", "cancel", "settings", "help")
"""The commands that a group's menu offers; the others work there too."""

log = logging.getLogger(__name__)


async def introduce(
    bot: ExtBot[str], languages: Languages, admins: frozenset[int] = frozenset()
) -> None:
    """Set the bot's commands, descriptions and menu; a failure is logged, since the bot works without."""
    try:
        await bot.set_chat_menu_button(menu_button=MenuButtonCommands())
        for code, texts in languages.texts.items():
            # Telegram takes two letters here; English is for everybody whose language is not there.
            language_code = None if code == SOURCE else code.partition("-")[0]
            await _introduce(bot, texts, language_code)
            for admin in admins:
                await _introduce_to_admin(bot, texts, language_code, admin)
    except TelegramError as error:
        log.warning("The bot's commands and description could not be set: %s", error)


async def _introduce(bot: ExtBot[str], texts: Texts, language_code: str | None) -> None:
    described = texts.command_descriptions()
    await bot.set_my_commands(list(described.items()), language_code=language_code)
    in_groups = [(name, described[name]) for name in IN_GROUPS]
    await bot.set_my_commands(
        in_groups, scope=BotCommandScopeAllGroupChats(), language_code=language_code
    )
    await bot.set_my_description(texts.description(), language_code=language_code)
    await bot.set_my_short_description(texts.short_description(), language_code=language_code)


async def _introduce_to_admin(
    bot: ExtBot[str], texts: Texts, language_code: str | None, admin: int
) -> None:
    """Have an admin's private chat offer /admin as well, which nobody else's does."""
    commands = texts.command_descriptions() | {ADMIN: texts.admin_command()}
    scope = BotCommandScopeChat(admin)
    try:
        await bot.set_my_commands(list(commands.items()), scope=scope, language_code=language_code)
    except BadRequest:
        log.info("An admin has not written to the bot yet, so their list of commands lacks /admin.")
