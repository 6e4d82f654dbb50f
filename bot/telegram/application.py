"""PTB's application: built, connected through outages, started and stopped in order."""

from __future__ import annotations

import asyncio
import logging
from itertools import chain, repeat
from typing import TYPE_CHECKING, Any, TypeAlias

from telegram.constants import ParseMode
from telegram.error import InvalidToken, NetworkError, RetryAfter
from telegram.ext import Application, ApplicationBuilder, Defaults

from bot.settings import Settings, SettingsError
from bot.telegram.limiter import seconds_of
from bot.telegram.polling import start_polling
from bot.telegram.webhook import start_webhook

if TYPE_CHECKING:
    from collections.abc import Coroutine

    from telegram.request import BaseRequest

    from bot.telegram.inbox import Inbox, PictureLanes
    from bot.telegram.limiter import Limiter

log = logging.getLogger(__name__)

BotApplication: TypeAlias = Application[Any, Any, Any, Any, Any, Any]

UNKNOWN_TOKEN = "Telegram does not know this BOT_TOKEN. Copy it again from @BotFather."  # noqa: S105


def build_application(
    settings: Settings,
    limiter: Limiter,
    inbox: Inbox,
    lanes: PictureLanes,
    request: BaseRequest | None = None,
) -> BotApplication:
    """PTB's application, not connected.

    Args:
        settings: The token, and where Telegram is.
        limiter: What every call passes.
        inbox: Where updates go.
        lanes: Which updates are handled one after the other.
        request: How calls get to Telegram; HTTP by default.
    """
    builder = (
        ApplicationBuilder()
        .token(settings.token)
        .base_url(f"{settings.telegram_api_url}/bot")
        .base_file_url(f"{settings.telegram_api_url}/file/bot")
        .defaults(Defaults(parse_mode=ParseMode.HTML))
        .rate_limiter(limiter)
        .update_queue(inbox)
        .concurrent_updates(lanes)
    )
    if request is not None:
        return builder.request(request).get_updates_request(request).build()
    return (
        builder.connection_pool_size(64)
        .connect_timeout(10)
        .read_timeout(30)
        .write_timeout(30)
        .media_write_timeout(120)
        .pool_timeout(30)
        .build()
    )


async def connect(application: BotApplication, settings: Settings) -> None:
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
            log.warning("Telegram's flood control: %s", error)
            await asyncio.sleep(seconds_of(error))
        else:
            return


async def start(
    application: BotApplication, settings: Settings, inbox: Inbox
) -> asyncio.Task[None] | None:
    """Handle the updates that were left, then poll, or let Telegram call the webhook.

    Returns:
        The task that polls, if there is one.

    Raises:
        SettingsError: A webhook without its secret, or Telegram rejects the token by now, or the webhook.
    """
    await application.start()
    updater = application.updater
    assert updater is not None  # noqa: S101 - build_application made it
    left = await inbox.restore(application.bot)
    if left:
        log.info("Handling %d updates that were left.", left)
    try:
        if settings.webhook_url is None:
            return await start_polling(updater)
        await start_webhook(updater, settings)
    except InvalidToken:
        raise SettingsError(UNKNOWN_TOKEN) from None
    return None


async def stop(application: BotApplication, limiter: Limiter) -> None:
    """Receive nothing more, and let what is being handled come to its end; within seconds."""
    if application.updater is not None and application.updater.running:
        # In an outage it would sleep for up to 30 s before it looks up, and then log a traceback because its last
        # poll, which confirms what came, fails; what comes twice is handled once anyway.
        logging.getLogger("telegram.ext.Updater").setLevel(logging.CRITICAL)
        await _within(1.0, application.updater.stop())
    # From here on no call is repeated, so that handlers in the middle of an outage come to an end.
    limiter.close()
    if not await _within(2.0, application.stop()):
        log.warning("Some updates were still being handled; the next start handles them.")


async def shut_down(application: BotApplication) -> None:
    """Close the connections."""
    if application.running:
        return  # Handlers that did not end in time still hold connections; they end with the process.
    await application.shutdown()


async def _within(seconds: float, work: Coroutine[Any, Any, None]) -> bool:
    """Whether a part of stopping came to its end in that time; it is not waited for any longer."""
    task = asyncio.create_task(work)
    done, _ = await asyncio.wait([task], timeout=seconds)
    if not done:
        task.cancel()
    elif task.exception() is not None:
        log.warning("Something did not stop in order: %s", task.exception())
    return bool(done)
