"""PTB's application: built, connected through outages, started and stopped in order."""

from __future__ import annotations

import asyncio
import logging
from functools import partial
from itertools import chain, repeat
from typing import TYPE_CHECKING, Any, TypeAlias

import httpx
from telegram.constants import ParseMode
from telegram.error import InvalidToken, RetryAfter, TelegramError
from telegram.ext import Application, ApplicationBuilder, Defaults

from bot.settings import Settings, SettingsError
from bot.telegram.limiter import seconds_of
from bot.telegram.polling import start_polling
from bot.telegram.traffic import MeteredRequest, Traffic
from bot.telegram.webhook import start_webhook

if TYPE_CHECKING:
    from collections.abc import Coroutine

    from telegram.request import BaseRequest

    from bot.telegram.inbox import Inbox, PictureLanes
    from bot.telegram.limiter import Limiter
    from bot.telegram.proxy import ApiProxy

log = logging.getLogger(__name__)

BotApplication: TypeAlias = Application[Any, Any, Any, Any, Any, Any]

UNKNOWN_TOKEN = "Telegram does not know this BOT_TOKEN. Copy it again from @BotFather."  # noqa: S105


def build_application(
    settings: Settings,
    limiter: Limiter,
    inbox: Inbox,
    lanes: PictureLanes,
    *,
    traffic: Traffic,
    proxy: ApiProxy | None = None,
    request: BaseRequest | None = None,
) -> BotApplication:
    """PTB's application, not connected.

    Args:
        settings: The token, and where Telegram is.
        limiter: What every call passes.
        inbox: Where updates go.
        lanes: Which updates are handled one after the other.
        traffic: Counts calls over HTTP.
        proxy: What is between the bot and Telegram.
        request: How calls get to Telegram; HTTP by default.
    """
    if request is None:
        request, polls = _build_requests(proxy, traffic)
    else:
        polls = request
    return (
        ApplicationBuilder()
        .token(settings.token)
        .base_url(f"{settings.telegram_api_url}/bot")
        .base_file_url(f"{settings.telegram_api_url}/file/bot")
        .defaults(Defaults(parse_mode=ParseMode.HTML))
        .rate_limiter(limiter)
        .update_queue(inbox)
        .concurrent_updates(lanes)
        .request(request)
        .get_updates_request(polls)
        .build()
    )


def _build_requests(proxy: ApiProxy | None, traffic: Traffic) -> tuple[BaseRequest, BaseRequest]:
    """The connections for all calls and downloads, and the one that polls."""
    tls = httpx.create_ssl_context()
    build = partial(
        MeteredRequest,
        traffic,
        connect_timeout=10,
        proxy=None if proxy is None else proxy.for_httpx(tls),
        # The proxy is chosen already, the environment's too; certificates are from SSL_CERT_FILE as ever.
        httpx_kwargs={
            "trust_env": False,
            "verify": tls,
            "event_hooks": {"response": [_notice_proxy]},
        },
    )
    calls = build(
        connection_pool_size=64,
        read_timeout=30,
        write_timeout=30,
        media_write_timeout=120,
        pool_timeout=30,
    )
    return calls, build(connection_pool_size=1)


async def _notice_proxy(response: httpx.Response) -> None:
    """Tell a proxy's own refusal from Telegram's answers, as httpx does where it opens a tunnel."""
    if response.status_code == httpx.codes.PROXY_AUTHENTICATION_REQUIRED:
        raise httpx.ProxyError("407 Proxy Authentication Required")


async def connect(
    application: BotApplication, settings: Settings, proxy: ApiProxy | None = None
) -> None:
    """Get to know Telegram, however long that takes.

    Raises:
        SettingsError: Telegram rejects the token, or the proxy is of no use as it is set up.
    """
    way = settings.telegram_api_url
    if proxy is not None:
        way = f"{way}, by the proxy {proxy},"
    for pause in chain((1, 2, 4, 8, 15), repeat(30)):
        try:
            await application.initialize()
        except InvalidToken:
            raise SettingsError(UNKNOWN_TOKEN) from None
        except RetryAfter as error:
            log.warning("Telegram's flood control: %s", error)
            await asyncio.sleep(seconds_of(error))
        except TelegramError as error:
            # Not only what PTB calls a network's error: a proxy may answer with a status or a page of its own.
            fault = None if proxy is None else proxy.fault(error)
            if fault is not None:
                raise SettingsError(f"The proxy {proxy} {fault}") from None
            log.warning("%s cannot be reached (%s). Trying again in %d s.", way, error, pause)
            await asyncio.sleep(pause)
        else:
            if proxy is not None:
                log.info("Calls to Telegram pass the proxy %s.", proxy)
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
    await application.bot.shutdown()  # For an application that never got to know Telegram.


async def _within(seconds: float, work: Coroutine[Any, Any, None]) -> bool:
    """Whether a part of stopping came to its end in that time; it is not waited for any longer."""
    task = asyncio.create_task(work)
    done, _ = await asyncio.wait([task], timeout=seconds)
    if not done:
        task.cancel()
    elif task.exception() is not None:
        log.warning("Something did not stop in order: %s", task.exception())
    return bool(done)
