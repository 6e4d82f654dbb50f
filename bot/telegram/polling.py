"""Polls for updates, and notices when that comes to an end."""

from __future__ import annotations

import asyncio
import logging
import math
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

from telegram import Update
from telegram.error import Conflict, InvalidToken, TelegramError

from bot.settings import SettingsError

if TYPE_CHECKING:
    from telegram import Bot
    from telegram.ext import Updater

log = logging.getLogger(__name__)

UPDATES: Final = [
    Update.MESSAGE,
    Update.CALLBACK_QUERY,
    Update.MY_CHAT_MEMBER,
    Update.MESSAGE_REACTION,
    Update.INLINE_QUERY,
    Update.GUEST_MESSAGE,
]

REVOKED: Final = (
    "Telegram does not know this BOT_TOKEN any more: it was revoked. "
    "Copy the new one from @BotFather and start again; nothing is lost."
)

_TASK: Final = "Updater:start_polling:polling_task"
"""What PTB calls the task that polls, which it keeps to itself; a test fails if that changes."""


CONFLICT_INTERVAL: Final = 600.0
"""Seconds in which a conflict is told once: it comes with every other poll for as long as it lasts."""


async def start_polling(updater: Updater) -> asyncio.Task[None]:
    """Poll from now on, also where a webhook was left; returns the task that polls.

    Raises:
        telegram.error.InvalidToken: Telegram does not know the token.
    """
    await _tell_of_webhook(updater.bot)
    # PTB deletes the webhook, and leaves what waits there to be polled.
    before = asyncio.all_tasks()
    await updater.start_polling(
        bootstrap_retries=-1, allowed_updates=UPDATES, error_callback=PollingTrouble().tell
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


async def _tell_of_webhook(bot: Bot) -> None:
    """If Telegram posts this bot's updates to a webhook: say that this ends now."""
    try:
        left = await bot.get_webhook_info()
    except InvalidToken:
        raise
    except TelegramError as error:
        log.debug("Telegram does not say whether there is a webhook: %s", error)
        return
    if left.url:
        log.warning(
            "Telegram sent this bot's messages to a webhook at %s. It is removed, since this bot polls; "
            "%d updates that wait there are handled now. If another program still needs the webhook, give it a "
            "token of its own.",
            urlsplit(left.url).hostname,  # The rest of the address may be a secret.
            left.pending_update_count,
        )


class PollingTrouble:
    """Tells the operator why polls fail."""

    def __init__(self) -> None:
        self._quiet_until = -math.inf

    def tell(self, error: TelegramError) -> None:
        """Log one line about a failed poll, unless it repeats what the last minutes' said."""
        if not isinstance(error, Conflict):
            log.warning("Telegram cannot be asked for news (%s); trying again.", error)
            return
        now = asyncio.get_running_loop().time()
        if now < self._quiet_until:
            return
        self._quiet_until = now + CONFLICT_INTERVAL
        if "webhook" in error.message.lower():
            log.error(
                "Another program has set a webhook with the same BOT_TOKEN, so that it gets this bot's messages. Stop "
                "it, or get a token of its own for it from @BotFather, and start this bot again: that removes the "
                "webhook. (%s)",
                error,
            )
        else:
            log.error(
                "Somebody else fetches this bot's messages with the same BOT_TOKEN, so that each gets only some of "
                "them. Stop the other one, or get a token of its own for it from @BotFather. (%s)",
                error,
            )
