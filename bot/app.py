"""Wiring only: which part gets which other part, and in which order they start and stop."""

from __future__ import annotations

import asyncio
import logging
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final

from filelock import FileLock, Timeout

from bot.amends import make_amends, own_up
from bot.connection import build_application, connect, shut_down, start, stop
from bot.delivery import Delivery
from bot.engines import build_engine
from bot.flows import Flows, Parts
from bot.gallery import Gallery
from bot.handlers.conversation import ALBUM_QUIET
from bot.handlers.errors import Errors
from bot.inbox import Inbox, Locks, OneAtATime
from bot.intake import Intake
from bot.languages import Languages
from bot.outbox import Outbox
from bot.polling import until_deaf
from bot.profile import introduce
from bot.questions import Questions
from bot.settings import Settings, SettingsError
from bot.status import PACE, StatusBoard
from bot.uploads import UploadLimits, Uploads
from bot.watch import JobWatch
from core.decoding.decoder import Decoder
from core.jobs.dispatcher import Dispatcher, Limits
from core.jobs.errors import StoreError
from core.jobs.store import Store
from core.style import presets

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Coroutine, Iterator
    from pathlib import Path

    from telegram.ext import Application
    from telegram.request import BaseRequest

    from core.engines.base import Engine

log = logging.getLogger(__name__)

CLEANING: Final = 600.0
"""Seconds between two rounds of housekeeping."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Tuning:
    """What tests and the playground set differently from an operator's bot."""

    pace: float = PACE
    album_quiet: float = ALBUM_QUIET
    unlimited: bool = False
    haste: float = 1.0


@dataclass(frozen=True, slots=True)
class Atelier:
    """The running bot."""

    application: Application[Any, Any, Any, Any, Any, Any]
    store: Store
    dispatcher: Dispatcher
    introduced: asyncio.Task[None]
    deaf: asyncio.Task[None]
    """Fails when Telegram is not heard any more, for good."""


@asynccontextmanager
async def running(
    settings: Settings,
    *,
    engine: Engine | None = None,
    tuning: Tuning = Tuning(),
    line: BaseRequest | None = None,
) -> AsyncIterator[Atelier]:
    """The bot, from an open store to delivered updates; stops within seconds on leaving.

    Args:
        settings: The operator's choices.
        engine: Where transfers run; the one that the settings describe by default.
        tuning: Paces.
        line: How calls get to Telegram; HTTP by default.

    Raises:
        SettingsError: There is no token, Telegram rejects it, the engine lacks something, or another bot
            works with the same database.
        core.jobs.errors.StoreError: The database cannot be used.
    """
    async with AsyncExitStack() as stack:
        stack.enter_context(_alone_in(settings.data_dir))
        store = await stack.enter_async_context(await Store.open(settings.data_dir / "atelier.db"))
        engine = engine or build_engine(settings)
        await engine.start()
        stack.push_async_callback(engine.close)

        locks, languages = Locks(), Languages(store)
        await languages.restore()
        outbox = Outbox(unlimited=tuning.unlimited, haste=tuning.haste)
        inbox = Inbox(store)
        turns = OneAtATime(inbox, locks)
        application = build_application(settings, outbox, inbox, turns, line)
        await connect(application, settings)
        stack.push_async_callback(shut_down, application)

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
        gallery = Gallery(store, languages)
        questions = Questions(application.bot, store, dispatcher, languages, gallery)
        decoder = await stack.enter_async_context(Decoder())
        parts = Parts(
            store=store,
            dispatcher=dispatcher,
            languages=languages,
            locks=locks,
            inbox=inbox,
            board=board,
            delivery=delivery,
            gallery=gallery,
            questions=questions,
            intake=Intake(decoder, Uploads(upload_limits(settings))),
        )
        flows = Flows(parts, settings, album_quiet=tuning.album_quiet)
        stack.callback(flows.close)
        await flows.restore()
        application.add_handlers(flows.handlers())
        application.add_error_handler(Errors(languages, inbox).failed)

        await dispatcher.start()
        stack.push_async_callback(dispatcher.close, patience=1.0)
        bot, admins = application.bot, settings.admins
        introduced = _beside(stack, introduce(bot, languages))
        _beside(stack, _keep_clean(store, settings))
        _beside(stack, make_amends(bot, store, languages, admins))
        stack.push_async_callback(stop, application, outbox)
        polling = await start(application, settings, inbox)
        _beside(stack, own_up(application.bot, languages, inbox.given_up))
        deaf = _beside(stack, until_deaf(application, polling))
        _beside(stack, questions.catch_up(turns.turn))
        log.info("Ready: @%s", application.bot.username)
        yield Atelier(application, store, dispatcher, introduced, deaf)


def limits(settings: Settings) -> Limits:
    """The queue's bounds that the settings describe."""
    return Limits(
        queue_size=settings.queue_size,
        waiting_per_person=settings.jobs_per_person,
        per_day=settings.jobs_per_day,
        admins=settings.admins,
    )


def upload_limits(settings: Settings) -> UploadLimits:
    """How many pictures a person may send, as the settings have it."""
    return UploadLimits(
        per_minute=settings.pictures_per_minute,
        per_hour=settings.pictures_per_hour,
        exempt=settings.admins,
    )


@contextmanager
def _alone_in(data_dir: Path) -> Iterator[None]:
    """Two bots on one database would deliver everything twice; the lock goes with its process, however that ends."""
    data_dir.mkdir(parents=True, exist_ok=True)
    try:
        with FileLock(data_dir / "atelier.lock", timeout=0):
            yield
    except Timeout:
        raise SettingsError(
            f"Another Atelier is at work in {data_dir}. Stop it first, or give this one a DATA_DIR of its own."
        ) from None


async def _keep_clean(store: Store, settings: Settings) -> None:
    while True:
        try:
            await store.clean(results_older_than=timedelta(hours=settings.keep_results_hours))
        except StoreError as error:
            log.error("What is old could not be deleted; trying again later: %s", error)  # noqa: TRY400
        await asyncio.sleep(CLEANING)


def _beside(stack: AsyncExitStack, work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
    """A task that ends at the latest with the bot."""
    task = asyncio.create_task(work)
    stack.push_async_callback(_cancel, task)
    return task


async def _cancel(task: asyncio.Task[None]) -> None:
    task.cancel()
    await asyncio.wait([task])
