"""A group that becomes a supergroup gets another number; everything in it goes along."""

from __future__ import annotations

from typing import TYPE_CHECKING

from telegram.ext import ContextTypes, MessageHandler, filters

if TYPE_CHECKING:
    from typing import Any

    from telegram import Update
    from telegram.ext import BaseHandler

    from bot.questions import Questions
    from core.jobs.dispatcher import Dispatcher


class Moves:
    """Follows groups to their new numbers.

    Args:
        dispatcher: Has conversations and paintings go on there.
        questions: Asks there what was asked in the old group, whose buttons are gone.
    """

    def __init__(self, dispatcher: Dispatcher, questions: Questions) -> None:
        self._dispatcher = dispatcher
        self._questions = questions

    async def moved(self, update: Update, _context: ContextTypes.DEFAULT_TYPE) -> None:
        """Telegram says it twice, in the old group and in the new one; either is enough."""
        message = update.message
        if message is None:
            return
        new = message.migrate_to_chat_id or message.chat.id
        if await self._dispatcher.move(message.migrate_from_chat_id or message.chat.id, new):
            await self._questions.ask_again_in(new)


def build_moves(moves: Moves) -> list[BaseHandler[Any, Any, Any]]:
    """The one handler, for a group of its own before the guard: it is about nobody in particular."""
    return [MessageHandler(filters.UpdateType.MESSAGE & filters.StatusUpdate.MIGRATE, moves.moved)]
