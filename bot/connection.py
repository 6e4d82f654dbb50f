"""The line to Telegram: set up, kept up through outages, and taken down in order."""

from __future__ import annotations

import asyncio
import logging
from contextlib import suppress
from datetime import timedelta
from itertools import chain, repeat
from typing import TYPE_CHECKING, Any

from telegram.error import BadRequest, InvalidToken, NetworkError, RetryAfter, TelegramError
from telegram.ext import Application, ApplicationBuilder

from bot.settings import Settings, SettingsError
from bot.telegram.polling import UPDATES, start_polling

if TYPE_CHECKING:
    from collections.abc import Coroutine

    from telegram.ext import Updater
    from telegram.request import BaseRequest

    from bot.inbox import Inbox, OneAtATime
    from bot.outbox import Outbox

log = logging.getLogger(__name__)

UNKNOWN_TOKEN = "Telegram does not know this BOT_TOKEN. Copy it again from @BotFather."  # noqa: S105


def build_application(
    settings: Settings,
    outbox: Outbox,
    inbox: Inbox,
    turns: OneAtATime,
    line: BaseRequest | None = None,
) -> Application[Any, Any, Any, Any, Any, Any]:
    """PTB's application: where Telegram is, how patient to be, and the durable inbox.

    Args:
        settings: The token, and where Telegram is.
        outbox: What every call passes.
        inbox: Where updates go.
        turns: Who is handled when.
        line: How calls get to Telegram; HTTP by default.
    """
    builder = (
        ApplicationBuilder()
        .token(settings.token)
        .base_url(f"{settings.telegram_api_url}/bot")
        .base_file_url(f"{settings.telegram_api_url}/file/bot")
        .rate_limiter(outbox)
        .update_queue(inbox)
        .concurrent_updates(turns)
    )
    if line is not None:
        return builder.request(line).get_updates_request(line).build()
    return (
        builder.connection_pool_size(64)
        .connect_timeout(10)
        .read_timeout(30)
        .write_timeout(30)
        .media_write_timeout(120)
        .pool_timeout(30)
        .build()
    )


async def connect(
    application: Application[Any, Any, Any, Any, Any, Any], settings: Settings
) -> None:
    """Get to know Telegram, however long that takes.

    Raises:
        SettingsError: Telegram rejects the token.
    """
    for pause in chain((1, 2, 4, 8, 15), repeat(30)):
        try:
            await application.initialize()
        except InvalidToken:
            raise SettingsError(UNKNOWN_TOKEN) from None
        except NetworkError as error:
            log.warning(
                "%s cannot be reached (%s). Trying again in %d s.",
                settings.telegram_api_url,
                error,
                pause,
            )
            await asyncio.sleep(pause)
        except RetryAfter as error:
            log.warning("Telegram asks for patience: %s", error)
            after = error.retry_after
            await asyncio.sleep(after.total_seconds() if isinstance(after, timedelta) else after)
        else:
            return


async def start(
    application: Application[Any, Any, Any, Any, Any, Any], settings: Settings, inbox: Inbox
) -> asyncio.Task[None] | None:
    """Handle what was left over, then ask for news, or let Telegram bring them.

    Returns:
        The task that asks, where something asks.

    Raises:
        SettingsError: A webhook without its secret, or Telegram rejects the token by now, or the webhook.
    """
    await application.start()
    updater = application.updater
    assert updater is not None  # noqa: S101 - build_application made it
    left = await inbox.restore(application.bot)
    if left:
        log.info("Handling %d updates that were left over.", left)
    try:
        if settings.webhook_url is None:
            await _look(application, inbox)
            return await start_polling(updater)
        await _start_webhook(updater, settings)
    except InvalidToken:
        raise SettingsError(UNKNOWN_TOKEN) from None
    return None


async def _start_webhook(updater: Updater, settings: Settings) -> None:
    if settings.webhook_secret is None:
        raise SettingsError(
            "WEBHOOK_URL needs a WEBHOOK_SECRET, so that nobody else can pretend to be Telegram."
        )
    address, secret = f"{settings.webhook_url}/telegram", settings.webhook_secret.get_secret_value()
    try:
        # PTB does so itself, but would do it for ever where Telegram says no.
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


async def _look(application: Application[Any, Any, Any, Any, Any, Any], inbox: Inbox) -> None:
    """Take in what has come meanwhile, so that nobody is asked for what they sent. The first poll brings it again."""
    with suppress(TelegramError):
        for update in await application.bot.get_updates(timeout=0, allowed_updates=UPDATES):
            await inbox.put(update)


async def stop(application: Application[Any, Any, Any, Any, Any, Any], outbox: Outbox) -> None:
    """Hear no more, and let what is being handled come to its end; seconds at most."""
    if application.updater is not None and application.updater.running:
        # In an outage it would sleep for up to 30 s before it looks up, and then log a traceback because its last
        # poll, which confirms what came, fails; what comes twice is handled once anyway.
        logging.getLogger("telegram.ext.Updater").setLevel(logging.CRITICAL)
        await _within(1.0, application.updater.stop())
    # From here on no call is repeated, so that handlers in the middle of an outage come to an end.
    outbox.close()
    if not await _within(2.0, application.stop()):
        log.warning("Some updates were still being handled; the next start handles them.")


async def _within(seconds: float, work: Coroutine[Any, Any, None]) -> bool:
    """Whether a part of stopping came to its end in that time; it is not waited for any longer."""
    task = asyncio.create_task(work)
    done, _ = await asyncio.wait([task], timeout=seconds)
    if not done:
        task.cancel()
    elif task.exception() is not None:
        log.warning("Something did not stop in order: %s", task.exception())
    return bool(done)


async def shut_down(application: Application[Any, Any, Any, Any, Any, Any]) -> None:
    """Close the connections."""
    if application.running:
        return  # Handlers that did not end in time still hold connections; they end with the process.
    await application.shutdown()
