"""/privacy and /forget."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

from telegram.error import TelegramError
from telegram.ext import CommandHandler, ContextTypes, filters

from bot.addressing import person_of
from bot.handlers.commands import say
from bot.messages import keyboards
from core.jobs.models import ACTIVE, JobState

if TYPE_CHECKING:
    from typing import Any

    from telegram import Update
    from telegram.ext import BaseHandler

    from bot.messages.languages import Languages
    from bot.status import StatusBoard
    from core.jobs.dispatcher import Dispatcher
    from core.jobs.models import Person
    from core.jobs.store import Store


class Privacy:
    """What is kept of a person, and how they make it go.

    Args:
        store: What is kept.
        dispatcher: Stops what runs, then deletes.
        board: Shows what goes on, until then.
        languages: Who is spoken to how.
        keep_hours: How long pictures are kept after a job's end.
    """

    def __init__(
        self,
        *,
        store: Store,
        dispatcher: Dispatcher,
        board: StatusBoard,
        languages: Languages,
        keep_hours: float,
    ) -> None:
        self._store = store
        self._dispatcher = dispatcher
        self._board = board
        self._languages = languages
        self._keep_hours = keep_hours

    async def tell(self, update: Update, _context: ContextTypes.DEFAULT_TYPE) -> None:
        """/privacy: what is kept, and for how long."""
        message, person = update.effective_message, person_of(update)
        if message is not None and person is not None:
            await say(message, self._languages.of(person.user_id).privacy(self._keep_hours))

    async def ask(self, update: Update, _context: ContextTypes.DEFAULT_TYPE) -> None:
        """/forget: asks first, since it cannot be undone."""
        message, person = update.effective_message, person_of(update)
        if message is not None and person is not None:
            texts = self._languages.of(person.user_id)
            await say(message, texts.ask_forget(), keyboards.forget(texts, person.user_id))

    async def forget(self, person: Person) -> None:
        """Stop and delete everything of the person, in every chat, and what shows their paintings at work."""
        shown = await self._store.jobs_in(*ACTIVE, JobState.FINISHED)
        jobs = [job for job in shown if job.person.user_id == person.user_id]
        await self._dispatcher.forget(person.user_id)
        self._languages.forget(person.user_id)
        for job in jobs:
            # A bar that never moves again would be worse than none; where it stays, nothing is lost.
            with suppress(TelegramError):
                await self._board.remove(job)


def build_privacy(privacy: Privacy) -> list[BaseHandler[Any, Any, Any]]:
    """The command handlers."""
    new = filters.UpdateType.MESSAGE
    return [
        CommandHandler("privacy", privacy.tell, new),
        CommandHandler("forget", privacy.ask, new),
    ]
