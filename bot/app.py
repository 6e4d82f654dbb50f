"""Wiring only: which part gets which other part, and in which order they start and stop."""

from __future__ import annotations

import asyncio
import logging
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from bot.amends import make_amends, own_up
from bot.connection import build_application, connect, shut_down, start, stop
from bot.conversation.upload_limits import UploadLimits, Uploads
from bot.data_folder import alone_in, keep_clean
from bot.delivery import Delivery
from bot.engines import build_engine
from bot.flows import Flows, Parts
from bot.gallery import Gallery
from bot.handlers.conversation import ALBUM_QUIET
from bot.handlers.errors import Errors
from bot.inbox import Inbox, Locks, OneAtATime
from bot.intake import Intake
from bot.messages.languages import Languages
from bot.outbox import Outbox
from bot.questions import Questions
from bot.status import PACE, StatusBoard
from bot.telegram.bot_profile import introduce
from bot.telegram.polling import until_deaf
from bot.watch import JobWatch
from core.jobs.dispatcher import Dispatcher, Limits
from core.jobs.store import Store
from core.pictures.decoder import Decoder
from core.style import presets

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Coroutine

    from telegram.ext import Application
    from telegram.request import BaseRequest

    from bot.settings import Settings
    from core.engines.protocol import Engine

log = logging.getLogger(__name__)


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
        core.jobs.job_errors.StoreError: The database cannot be used.
    """
    async with AsyncExitStack() as stack:
        # Each of these needs the ones before it, and they stop in the opposite order.
        ground = await _found(stack, settings, engine)
        wire = await _connect(stack, settings, tuning, ground.store, line)
        parts = await _furnish(stack, settings, tuning, ground, wire)
        await _learn(stack, settings, tuning, parts, wire)
        yield await _begin(stack, settings, parts, wire)


@dataclass(frozen=True, slots=True)
class _Ground:
    """What is there without Telegram."""

    store: Store
    engine: Engine


async def _found(stack: AsyncExitStack, settings: Settings, engine: Engine | None) -> _Ground:
    stack.enter_context(alone_in(settings.data_dir))
    store = await stack.enter_async_context(await Store.open(settings.data_dir / "atelier.db"))
    engine = engine or build_engine(settings)
    await engine.start()
    stack.push_async_callback(engine.close)
    return _Ground(store, engine)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Wire:
    """What passes between Telegram and the rest, both ways."""

    application: Application[Any, Any, Any, Any, Any, Any]
    inbox: Inbox
    outbox: Outbox
    turns: OneAtATime
    locks: Locks


async def _connect(
    stack: AsyncExitStack,
    settings: Settings,
    tuning: Tuning,
    store: Store,
    line: BaseRequest | None,
) -> _Wire:
    locks, inbox = Locks(), Inbox(store)
    outbox = Outbox(unlimited=tuning.unlimited, haste=tuning.haste)
    turns = OneAtATime(inbox, locks)
    application = build_application(settings, outbox, inbox, turns, line)
    await connect(application, settings)
    stack.push_async_callback(shut_down, application)
    return _Wire(application=application, inbox=inbox, outbox=outbox, turns=turns, locks=locks)


async def _furnish(
    stack: AsyncExitStack, settings: Settings, tuning: Tuning, ground: _Ground, wire: _Wire
) -> Parts:
    """What the conversation is made of; nothing moves yet."""
    store, bot = ground.store, wire.application.bot
    languages = Languages(store)
    await languages.restore()
    board = StatusBoard(bot, store, pace=tuning.pace)
    stack.push_async_callback(board.close)
    delivery = Delivery(bot, store, board, languages)
    watch = JobWatch(board, delivery, languages)
    dispatcher = Dispatcher(
        store, ground.engine, watch, cost=presets.cost, limits=_job_limits(settings)
    )
    gallery = Gallery(store, languages)
    decoder = await stack.enter_async_context(Decoder())
    return Parts(
        store=store,
        dispatcher=dispatcher,
        languages=languages,
        locks=wire.locks,
        inbox=wire.inbox,
        board=board,
        delivery=delivery,
        gallery=gallery,
        questions=Questions(bot, store, dispatcher, languages, gallery),
        intake=Intake(decoder, Uploads(_upload_limits(settings))),
    )


async def _learn(
    stack: AsyncExitStack, settings: Settings, tuning: Tuning, parts: Parts, wire: _Wire
) -> None:
    """Have the application know what to do with what comes."""
    flows = Flows(parts, settings, album_quiet=tuning.album_quiet)
    stack.callback(flows.close)
    await flows.restore()
    wire.application.add_handlers(flows.handlers())
    wire.application.add_error_handler(Errors(parts.languages, wire.inbox).failed)


async def _begin(stack: AsyncExitStack, settings: Settings, parts: Parts, wire: _Wire) -> Atelier:
    """Take up old jobs, then old updates, then new ones."""
    application, store, languages = wire.application, parts.store, parts.languages
    bot = application.bot
    await parts.dispatcher.start()
    stack.push_async_callback(parts.dispatcher.close, patience=1.0)
    introduced = _beside(stack, introduce(bot, languages))
    _beside(stack, keep_clean(store, hours=settings.keep_results_hours))
    _beside(stack, make_amends(bot, store, languages, settings.admins))
    stack.push_async_callback(stop, application, wire.outbox)
    polling = await start(application, settings, wire.inbox)
    _beside(stack, own_up(bot, languages, wire.inbox.given_up))
    deaf = _beside(stack, until_deaf(application, polling))
    _beside(stack, parts.questions.catch_up(wire.turns.turn))
    log.info("Ready: @%s", bot.username)
    return Atelier(application, store, parts.dispatcher, introduced, deaf)


def _job_limits(settings: Settings) -> Limits:
    """The queue's bounds that the settings describe."""
    return Limits(
        queue_size=settings.queue_size,
        waiting_per_person=settings.jobs_per_person,
        per_day=settings.jobs_per_day,
        admins=settings.admins,
    )


def _upload_limits(settings: Settings) -> UploadLimits:
    """How many pictures a person may send, as the settings have it."""
    return UploadLimits(
        per_minute=settings.pictures_per_minute,
        per_hour=settings.pictures_per_hour,
        exempt=settings.admins,
    )


def _beside(stack: AsyncExitStack, work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
    """A task that ends at the latest with the bot."""
    task = asyncio.create_task(work)
    stack.push_async_callback(_cancel, task)
    return task


async def _cancel(task: asyncio.Task[None]) -> None:
    task.cancel()
    await asyncio.wait([task])
