"""Asking Telegram for news, and noticing when that comes to an end."""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING, Any, Final

from telegram import Update
from telegram.error import Conflict, InvalidToken, TelegramError

from bot.settings import SettingsError

if TYPE_CHECKING:
    from telegram import Bot
    from telegram.ext import Application, Updater

log = logging.getLogger(__name__)

UPDATES: Final = [Update.MESSAGE, Update.CALLBACK_QUERY]
LOOK: Final = 60.0
"""Seconds between two questions whether the token is still good, where Telegram brings the news."""

_TASK: Final = "Updater:start_polling:polling_task"


REVOKED: Final = (
    "Telegram does not know this BOT_TOKEN any more: it was revoked. "
    "Copy the new one from @BotFather and start again; nothing is lost."
)


async def start_polling(updater: Updater) -> asyncio.Task[None]:
    """Ask from now on; gives the task that asks, which PTB keeps to itself."""
    before = asyncio.all_tasks()
    await updater.start_polling(
        bootstrap_retries=-1, allowed_updates=UPDATES, error_callback=_failed
    )
    (polling,) = (task for task in asyncio.all_tasks() - before if task.get_name() == _TASK)
    return polling


async def until_deaf(
    application: Application[Any, Any, Any, Any, Any, Any], polling: asyncio.Task[None] | None
) -> None:
    """Wait until nothing is asked for any more although the bot runs: PTB would go on without a word.

    Returns where the bot stops in order.

    Raises:
        SettingsError: The token was revoked.
        RuntimeError: Asking broke off for another reason.
    """
    if polling is None:
        await _until_revoked(application.bot)
        raise SettingsError(REVOKED)
    await asyncio.wait([polling])
    if application.updater is None or not application.updater.running:
        return
    error = None if polling.cancelled() else polling.exception()
    if isinstance(error, InvalidToken):
        raise SettingsError(REVOKED)
    raise RuntimeError("Telegram is not asked for news any more.") from error


async def _until_revoked(bot: Bot) -> None:
    """With a webhook nobody asks for news, so that a revoked token would show in nothing but silence."""
    while True:
        await asyncio.sleep(LOOK)
        try:
            await bot.get_me()
        except InvalidToken:
            return
        except TelegramError as error:
            log.debug("Telegram cannot be asked for the bot's name: %s", error)


def _failed(error: TelegramError) -> None:
    if isinstance(error, Conflict):
        log.error(
            "Somebody else fetches this bot's messages with the same BOT_TOKEN, so that each gets only some of them. "
            "Stop the other one, or get a token of its own for it from @BotFather. (%s)",
            error,
        )
    else:
        log.warning("Telegram cannot be asked for news (%s); trying again.", error)
