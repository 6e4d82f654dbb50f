"""Polls for updates, and notices when that comes to an end."""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING, Final

from telegram import Update
from telegram.error import Conflict, InvalidToken, TelegramError

from bot.settings import SettingsError

if TYPE_CHECKING:
    from telegram.ext import Updater

log = logging.getLogger(__name__)

UPDATES: Final = [Update.MESSAGE, Update.CALLBACK_QUERY]

REVOKED: Final = (
    "Telegram does not know this BOT_TOKEN any more: it was revoked. "
    "Copy the new one from @BotFather and start again; nothing is lost."
)

_TASK: Final = "Updater:start_polling:polling_task"
"""What PTB calls the task that polls, which it keeps to itself; a test fails if that changes."""


async def start_polling(updater: Updater) -> asyncio.Task[None]:
    """Poll from now on; returns the task that does."""
    before = asyncio.all_tasks()
    await updater.start_polling(
        bootstrap_retries=-1, allowed_updates=UPDATES, error_callback=_failed
    )
    (polling,) = (task for task in asyncio.all_tasks() - before if task.get_name() == _TASK)
    return polling


async def watch_polling(updater: Updater, polling: asyncio.Task[None]) -> None:
    """Wait until polling ends although the bot runs: PTB would go on without a word.

    Returns if the bot stops in order.

    Raises:
        SettingsError: The token was revoked.
        RuntimeError: Polling broke off for another reason.
    """
    await asyncio.wait([polling])
    if not updater.running:
        return
    error = None if polling.cancelled() else polling.exception()
    if isinstance(error, InvalidToken):
        raise SettingsError(REVOKED)
    raise RuntimeError("Telegram is not polled any more.") from error


def _failed(error: TelegramError) -> None:
    if isinstance(error, Conflict):
        log.error(
            "Somebody else fetches this bot's messages with the same BOT_TOKEN, so that each gets only some of them. "
            "Stop the other one, or get a token of its own for it from @BotFather. (%s)",
            error,
        )
    else:
        log.warning("Telegram cannot be asked for news (%s); trying again.", error)
