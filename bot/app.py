"""Wiring only: which part gets which other part, and in which order they start and stop."""

from __future__ import annotations

import asyncio
import logging
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass
from datetime import timedelta
from itertools import chain, repeat
from typing import TYPE_CHECKING, Any, Final

from telegram import Update
from telegram.error import InvalidToken, NetworkError, RetryAfter, TelegramError
from telegram.ext import Application, ApplicationBuilder

from bot.delivery import Delivery
from bot.engines import build_engine
from bot.handlers.buttons import Buttons, build_buttons
from bot.handlers.commands import Commands, build_commands
from bot.handlers.conversation import ALBUM_QUIET, Conversation, build_conversation
from bot.handlers.errors import Errors
from bot.handlers.guard import Guard, build_guard
from bot.inbox import Inbox, Locks, OneAtATime
from bot.languages import Languages
from bot.outbox import Outbox
from bot.profile import introduce
from bot.questions import Questions
from bot.settings import Settings, SettingsError
from bot.status import PACE, StatusBoard
from bot.watch import JobWatch
from core.jobs.dispatcher import Dispatcher, Limits
from core.jobs.store import Store
from core.style import presets

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Coroutine

    from core.engines.base import Engine

log = logging.getLogger(__name__)

GUARD, MAIN = -1, 0
UPDATES: Final = [Update.MESSAGE, Update.CALLBACK_QUERY]
CLEANING: Final = 600.0
"""Seconds between two rounds of housekeeping."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Tuning:
    """What tests and the playground set differently from an operator's bot."""

    pace: float = PACE
    album_quiet: float = ALBUM_QUIET
    unlimited: bool = False


@dataclass(frozen=True, slots=True)
class Atelier:
    """The running bot."""

    application: Application[Any, Any, Any, Any, Any, Any]
    store: Store
    dispatcher: Dispatcher
    introduced: asyncio.Task[None]


@asynccontextmanager
async def running(
    settings: Settings,
    *,
    engine: Engine | None = None,
    tuning: Tuning = Tuning(),
) -> AsyncIterator[Atelier]:
    """The bot, from an open store to delivered updates; stops within seconds on leaving.

    Args:
        settings: The operator's choices.
        engine: Where transfers run; the one that the settings describe by default.
        tuning: Paces.

    Raises:
        SettingsError: There is no token, Telegram rejects it, or the engine lacks something.
        core.jobs.errors.StoreError: The database cannot be used.
    """
    async with AsyncExitStack() as stack:
        store = await Store.open(settings.data_dir / "atelier.db")
        stack.push_async_callback(store.close)
        engine = engine or build_engine(settings)
        await engine.start()
        stack.push_async_callback(engine.close)

        locks, languages = Locks(), Languages()
        outbox = Outbox(unlimited=tuning.unlimited)
        inbox = Inbox(store)
        turns = OneAtATime(inbox, locks)
        application = build_application(settings, outbox, inbox, turns)
        await _connect(application, settings)
        stack.push_async_callback(_shut_down, application)

        board = StatusBoard(application.bot, store, pace=tuning.pace)
        stack.push_async_callback(board.close)
        delivery = Delivery(application.bot, store, board, languages)
        dispatcher = Dispatcher(
            store,
            engine,
            JobWatch(board, delivery, languages),
            cost=presets.cost,
            limits=limits(settings),
        )
        questions = Questions(application.bot, store, dispatcher, languages)
        conversation = Conversation(
            store=store,
            questions=questions,
            languages=languages,
            locks=locks,
            album_quiet=tuning.album_quiet,
        )
        stack.callback(conversation.close)
        commands = Commands(
            store=store, dispatcher=dispatcher, questions=questions, languages=languages
        )
        buttons = Buttons(
            store=store,
            dispatcher=dispatcher,
            questions=questions,
            delivery=delivery,
            languages=languages,
            admins=settings.admins,
        )

        # The guard stops updates that may not pass; commands come before what takes any other message.
        application.add_handlers(build_guard(Guard(settings, languages)), GUARD)
        application.add_handlers(build_commands(commands), MAIN)
        application.add_handlers(build_buttons(buttons), MAIN)
        application.add_handlers(build_conversation(conversation), MAIN)
        application.add_error_handler(Errors(languages, inbox).failed)

        await dispatcher.start()
        stack.push_async_callback(dispatcher.close, patience=1.0)
        introduced = asyncio.create_task(introduce(application.bot))
        cleaning = asyncio.create_task(_keep_clean(store, settings))
        for task in (introduced, cleaning):
            stack.push_async_callback(_cancel, task)
        stack.push_async_callback(_stop, application, outbox)
        await _start(application, settings, inbox)
        catching_up = asyncio.create_task(questions.catch_up(turns.turn))
        stack.push_async_callback(_cancel, catching_up)
        log.info("Ready: @%s", application.bot.username)
        yield Atelier(application, store, dispatcher, introduced)


def limits(settings: Settings) -> Limits:
    """The queue's bounds that the settings describe."""
    return Limits(
        queue_size=settings.queue_size,
        waiting_per_person=settings.jobs_per_person,
        per_day=settings.jobs_per_day,
        admins=settings.admins,
    )


def build_application(
    settings: Settings, outbox: Outbox, inbox: Inbox, turns: OneAtATime
) -> Application[Any, Any, Any, Any, Any, Any]:
    """PTB's application: where Telegram is, how patient to be, and the durable inbox."""
    return (
        ApplicationBuilder()
        .token(settings.token)
        .base_url(f"{settings.telegram_api_url}/bot")
        .base_file_url(f"{settings.telegram_api_url}/file/bot")
        .rate_limiter(outbox)
        .update_queue(inbox)
        .concurrent_updates(turns)
        .connection_pool_size(64)
        .connect_timeout(10)
        .read_timeout(30)
        .write_timeout(30)
        .media_write_timeout(120)
        .pool_timeout(30)
        .build()
    )


async def _connect(
    application: Application[Any, Any, Any, Any, Any, Any], settings: Settings
) -> None:
    for pause in chain((1, 2, 4, 8, 15), repeat(30)):
        try:
            await application.initialize()
        except InvalidToken:
            raise SettingsError(
                "Telegram does not know this BOT_TOKEN. Copy it again from @BotFather."
            ) from None
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


async def _start(
    application: Application[Any, Any, Any, Any, Any, Any], settings: Settings, inbox: Inbox
) -> None:
    await application.start()
    updater = application.updater
    assert updater is not None  # noqa: S101 - build_application made it
    left = await inbox.restore(application.bot)
    if left:
        log.info("Handling %d updates that were left over.", left)
    if settings.webhook_url is None:
        await _look(application, inbox)
        await updater.start_polling(
            bootstrap_retries=-1, allowed_updates=UPDATES, error_callback=_polling_failed
        )
        return
    if settings.webhook_secret is None:
        raise SettingsError(
            "WEBHOOK_URL needs a WEBHOOK_SECRET, so that nobody else can pretend to be Telegram."
        )
    await updater.start_webhook(
        listen=settings.webhook_host,
        port=settings.webhook_port,
        url_path="telegram",
        webhook_url=f"{settings.webhook_url}/telegram",
        secret_token=settings.webhook_secret.get_secret_value(),
        bootstrap_retries=-1,
        allowed_updates=UPDATES,
    )


async def _look(application: Application[Any, Any, Any, Any, Any, Any], inbox: Inbox) -> None:
    """Take in what has come meanwhile, so that nobody is asked for what they sent. The first poll brings it again."""
    with suppress(TelegramError):
        for update in await application.bot.get_updates(timeout=0, allowed_updates=UPDATES):
            await inbox.put(update)


def _polling_failed(error: TelegramError) -> None:
    log.warning("Telegram cannot be asked for news (%s); trying again.", error)


async def _keep_clean(store: Store, settings: Settings) -> None:
    while True:
        await store.clean(results_older_than=timedelta(hours=settings.keep_results_hours))
        await asyncio.sleep(CLEANING)


async def _stop(application: Application[Any, Any, Any, Any, Any, Any], outbox: Outbox) -> None:
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


async def _shut_down(application: Application[Any, Any, Any, Any, Any, Any]) -> None:
    if application.running:
        return  # Handlers that did not end in time still hold connections; they end with the process.
    await application.shutdown()


async def _cancel(task: asyncio.Task[None]) -> None:
    task.cancel()
    await asyncio.wait([task])
