"""Lets Telegram bring updates, and notices when the token is revoked."""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING, Final

from telegram.error import BadRequest, InvalidToken, TelegramError

from bot.settings import Settings, SettingsError
from bot.telegram.polling import UPDATES

if TYPE_CHECKING:
    from telegram import Bot
    from telegram.ext import Updater

log = logging.getLogger(__name__)

TOKEN_CHECK_INTERVAL: Final = 60.0
"""Seconds between two questions whether the token is still valid."""


async def start_webhook(updater: Updater, settings: Settings) -> None:
    """Listen, and tell Telegram where.

    Raises:
        SettingsError: There is no secret, or Telegram does not accept the address.
    """
    if settings.webhook_secret is None:
        raise SettingsError(
            "WEBHOOK_URL needs a WEBHOOK_SECRET, so that nobody else can pretend to be Telegram."
        )
    address, secret = f"{settings.webhook_url}/telegram", settings.webhook_secret.get_secret_value()
    try:
        # PTB does so itself, but would do it for ever if Telegram says no.
        await updater.bot.set_webhook(address, secret_token=secret, allowed_updates=UPDATES)
    except BadRequest as error:
        raise SettingsError(
            f"Telegram does not accept WEBHOOK_URL and WEBHOOK_SECRET: {error}"
        ) from None
    await updater.start_webhook(
        listen=settings.webhook_host,
        port=settings.webhook_port,
        url_path="telegram",
        webhook_url=address,
        secret_token=secret,
        bootstrap_retries=-1,
        allowed_updates=UPDATES,
    )


async def wait_until_revoked(bot: Bot) -> None:
    """With a webhook nobody polls, so that a revoked token would show in nothing but silence."""
    while True:
        await asyncio.sleep(TOKEN_CHECK_INTERVAL)
        try:
            await bot.get_me()
        except InvalidToken:
            return
        except TelegramError as error:
            log.debug("Telegram cannot be asked for the bot's name: %s", error)
