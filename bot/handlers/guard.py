"""Who may use the bot at all, and in which language they are spoken to. Stands before every other handler."""

from __future__ import annotations

from typing import TYPE_CHECKING

from telegram import Update
from telegram.ext import ApplicationHandlerStop, ContextTypes, TypeHandler

from bot.addressing import addressed, command_of
from bot.messages.languages import ENGLISH

if TYPE_CHECKING:
    from typing import Any

    from telegram import Message
    from telegram.ext import BaseHandler

    from bot.messages.languages import Languages
    from bot.settings import Settings


class Guard:
    """Lets through whom the settings allow."""

    def __init__(self, settings: Settings, languages: Languages) -> None:
        self._settings = settings
        self._languages = languages

    async def check(self, update: Update, _context: ContextTypes.DEFAULT_TYPE) -> None:
        """Stop what may not pass; say so where the person spoke to the bot."""
        user = update.effective_user
        if user is None:
            raise ApplicationHandlerStop
        if update.message is not None and (update.message.sender_chat is not None or user.is_bot):
            await self._answer_nobody(update.message)
            raise ApplicationHandlerStop
        if self._allows(user.id):
            if user.language_code is not None:
                await self._languages.hear(user.id, user.language_code)
            return
        texts = self._languages.of(user.id, user.language_code)
        if update.callback_query is not None:
            await update.callback_query.answer(texts.not_allowed(), show_alert=True)
        elif update.message is not None and _is_meant(update.message):
            await update.message.reply_text(texts.not_allowed())
        raise ApplicationHandlerStop

    async def _answer_nobody(self, message: Message) -> None:
        """Whoever speaks as the group or as a channel shares that name with others."""
        if not message.is_automatic_forward and _is_meant(message):
            await message.reply_text(ENGLISH.nameless(), do_quote=True)

    def _allows(self, user_id: int) -> bool:
        settings = self._settings
        if user_id in settings.admins:
            return True
        if user_id in settings.blocked_users:
            return False
        return not settings.allowed_users or user_id in settings.allowed_users


def _is_meant(message: Message) -> bool:
    return bool(addressed.filter(message)) or command_of(message) in ENGLISH.command_descriptions()


def build_guard(guard: Guard) -> list[BaseHandler[Any, Any, Any]]:
    """The one handler, for a group of its own before all others."""
    return [TypeHandler(Update, guard.check)]
