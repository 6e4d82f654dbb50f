"""What happens when a handler fails: the log gets everything, the person one sentence."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from telegram import Message, ReplyParameters, Update
from telegram.constants import ChatType, ParseMode
from telegram.error import ChatMigrated, Conflict, Forbidden, NetworkError, TelegramError

from bot.addressing import person_of
from bot.outbox import ClosedError
from core.jobs.job_errors import StoreError

if TYPE_CHECKING:
    from telegram.ext import ContextTypes

    from bot.inbox import Inbox
    from bot.messages.languages import Languages

log = logging.getLogger(__name__)


class Errors:
    """PTB's error handler.

    Args:
        languages: Who is spoken to how.
        inbox: Keeps what was interrupted for the next start.
    """

    def __init__(self, languages: Languages, inbox: Inbox) -> None:
        self._languages = languages
        self._inbox = inbox

    async def failed(self, update: object, context: ContextTypes.DEFAULT_TYPE) -> None:
        """Log the error with its traceback, and tell whoever waits for an answer."""
        error = context.error
        if isinstance(error, ClosedError):
            if isinstance(update, Update):
                self._inbox.interrupt(update)
            return
        if isinstance(error, Forbidden | ChatMigrated):
            log.info("An update came from where the bot may not write (any more): %s", error)
            return
        log.error("An update could not be handled.", exc_info=error)
        person = person_of(update) if isinstance(update, Update) else None
        if (
            not isinstance(update, Update)
            or person is None
            or isinstance(error, NetworkError | Conflict)
        ):
            return  # Saying so would meet the same trouble.
        texts = self._languages.of(person.user_id)
        words = texts.error(error) if isinstance(error, StoreError) else texts.trouble()
        try:
            await context.bot.send_message(
                person.chat_id,
                words,
                parse_mode=ParseMode.HTML,
                reply_parameters=_reply(update.effective_message),
            )
        except TelegramError:
            log.exception("Nor could the person be told.")


def _reply(message: Message | None) -> ReplyParameters | None:
    """In a group it shows for whom it is."""
    if message is None or message.chat.type == ChatType.PRIVATE:
        return None
    return ReplyParameters(message.id, allow_sending_without_reply=True)
