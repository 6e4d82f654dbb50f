"""Wiring: which part gets which other part, and in which order they start and stop."""

from __future__ import annotations

import asyncio
import logging
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING, Any, Final

from bot.conversation.committer import Committer
from bot.conversation.events import Notice
from bot.conversation.state import ALBUM_QUIET, Policy
from bot.conversation.upload_limits import UploadLimits, Uploads
from bot.messages.languages import Languages
from bot.metrics.endpoints import monitored
from bot.metrics.monitor import Monitor, Watched
from bot.settings import SettingsError
from bot.telegram.application import (
    BotApplication,
    build_application,
    connect,
    shut_down,
    start,
    stop,
)
from bot.telegram.attachments import Attachments
from bot.telegram.bot_profile import introduce
from bot.telegram.budgets import Budgets
from bot.telegram.calls import Calls
from bot.telegram.downloads import Downloads
from bot.telegram.inbox import Inbox, PictureLanes
from bot.telegram.inline_mode import InlineMode
from bot.telegram.limiter import Limiter
from bot.telegram.outbox import PACE, Outbox
from bot.telegram.polling import REVOKED, watch_polling
from bot.telegram.proxy import choose_proxy
from bot.telegram.reactions import Reactions
from bot.telegram.reception import Reception
from bot.telegram.server_disk import ServerDisk
from bot.telegram.shared_styles import SharedStyles
from bot.telegram.trouble import TroubleReporter
from bot.telegram.webhook import wait_until_revoked
from core.engines.local import LocalEngine
from core.jobs.admission import Limits
from core.jobs.data_folder import DATABASE, people_with_jobs, take_over_data_folder
from core.jobs.job_errors import StoreError
from core.jobs.models import Person
from core.jobs.scheduler import Scheduler
from core.jobs.store import Store, utc_now
from core.pictures.decoder import Decoder
from core.style import presets

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Coroutine
    from datetime import datetime

    from telegram import User
    from telegram.request import BaseRequest

    from bot.settings import Settings
    from core.engines.protocol import Engine

log = logging.getLogger(__name__)

CLEANING_INTERVAL: Final = 600.0
"""Seconds between two rounds of housekeeping."""

OTHERS_STOP: Final = 5.0
"""Seconds of an orderly stop that are not the paintings'."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Overrides:
    """What tests and the playground set differently from an operator's bot.

    Attributes:
        pace: Seconds between two progresses in a private chat.
        album_quiet: Seconds to wait for the rest of an album.
        unlimited: Whether there are no limits to what is sent.
        clock_speed: How much faster than real time the budgets refill.
        clock: The present time, in UTC.
    """

    pace: float = PACE
    album_quiet: float = ALBUM_QUIET
    unlimited: bool = False
    clock_speed: float = 1.0
    clock: Callable[[], datetime] = utc_now


@dataclass(frozen=True, slots=True)
class Atelier:
    """The running bot.

    Attributes:
        application: PTB's application.
        store: What must outlive the process.
        scheduler: The jobs.
        introduced: Done once Telegram knows the bot's commands and description.
        receiving: Fails when no updates come any more, for good.
        painting: Fails when this process cannot paint any more and has to end.
        monitor: What an operator's monitoring asks.
    """

    application: BotApplication
    store: Store
    scheduler: Scheduler
    introduced: asyncio.Task[None]
    receiving: asyncio.Task[None]
    painting: asyncio.Task[None]
    monitor: Monitor


@asynccontextmanager
async def running(
    settings: Settings,
    *,
    engine: Engine | None = None,
    overrides: Overrides = Overrides(),
    request: BaseRequest | None = None,
) -> AsyncIterator[Atelier]:
    """The bot, from an open store to delivered updates; stops within seconds on leaving.

    Args:
        settings: The operator's choices.
        engine: Where transfers run; the one that the settings describe by default.
        overrides: What is different in tests and in the playground.
        request: How calls get to Telegram; HTTP by default.

    Raises:
        SettingsError: There is no token, Telegram rejects it, a setting is wrong, or the engine lacks something.
        core.jobs.job_errors.StoreError: The database cannot be used, or another bot works with it.
    """
    proxy = choose_proxy(settings.telegram_api_url, settings.proxy_url)
    largest = settings.max_picture_bytes
    async with AsyncExitStack() as stack:
        # Each part needs the ones before it, and they stop in the opposite order.
        await stack.enter_async_context(
            take_over_data_folder(settings.data_dir, patience=settings.takeover_seconds)
        )
        monitor = Monitor(settings, overrides.clock)
        await stack.enter_async_context(
            monitored(monitor, settings.metrics_host, settings.metrics_port)
        )
        path = settings.data_dir / DATABASE
        decoder = await stack.enter_async_context(Decoder(max_bytes=largest))
        store = await stack.enter_async_context(await Store.open(path, clock=overrides.clock))
        store.pictures.open_picture = decoder.open
        engine = engine or build_engine(settings)
        await engine.start()
        stack.push_async_callback(engine.close)

        limiter = Limiter(Budgets(unlimited=overrides.unlimited, clock_speed=overrides.clock_speed))
        inbox, languages = Inbox(store, settings), Languages()
        application = build_application(
            settings,
            limiter,
            inbox,
            PictureLanes(),
            traffic=monitor.traffic,
            proxy=proxy,
            request=request,
        )
        stack.push_async_callback(shut_down, application)
        await connect(application, settings, proxy)

        committer = Committer(store, languages, _policy(settings, overrides, application.bot.bot))
        calls = Calls(application.bot, Attachments(store))
        outbox = Outbox(store, application.bot, committer, calls, limiter, pace=overrides.pace)
        stack.push_async_callback(outbox.close)
        scheduler = Scheduler(
            store,
            engine,
            committer,
            stages=presets.stages,
            batch_key=presets.batch_key,
            limits=_job_limits(settings),
        )
        committer.connect(scheduler, outbox)
        monitor.watch(
            Watched(store=store, scheduler=scheduler, engine=engine, budgets=limiter.budgets)
        )
        reactions = Reactions(application.bot, limiter)
        stack.push_async_callback(reactions.close)
        reception = Reception(
            settings=settings,
            store=store,
            inbox=inbox,
            committer=committer,
            downloads=Downloads(
                decoder, Uploads(_upload_limits(settings)), ServerDisk(settings), largest
            ),
            outbox=outbox,
            shared_styles=SharedStyles(store, on=settings.share_styles, exempt=settings.admins),
            reactions=reactions,
            inline_mode=InlineMode(application.bot, store, settings, committer),
        )
        application.add_handlers(reception.handlers())
        application.add_error_handler(reception.failed)

        # Old effects, then old jobs, then old updates, then new ones.
        await _resume(outbox, committer, scheduler)
        # What else stops takes its share: calls under way, and a thread in the middle of an evaluation.
        drain = max(1.0, settings.drain_seconds - OTHERS_STOP)
        stack.push_async_callback(scheduler.close, timeout=drain)
        introduced = _beside(stack, introduce(application.bot, languages, settings.admins))
        _beside(stack, delete_expired(store, hours=settings.keep_results_hours))
        await report_lost_jobs(store, committer, settings.admins)
        if settings.admins:
            tell = partial(report_error, committer, outbox, settings.admins)
            await stack.enter_async_context(TroubleReporter(store, tell))
        stack.push_async_callback(store.updates.forgive)
        stack.push_async_callback(stop, application, limiter)
        polling = await start(application, settings, inbox)
        for person, update_id in inbox.dropped.items():
            await committer.handle(person, Notice(what="update_dropped"), update_id=update_id)
        receiving = _beside(stack, watch(application, polling))
        painting = _beside(stack, engine.watch())
        stack.enter_context(monitor.taking_work())
        log.info("Ready: @%s", application.bot.username)
        yield Atelier(application, store, scheduler, introduced, receiving, painting, monitor)


def build_engine(settings: Settings) -> Engine:
    """The engine that the settings describe, not started.

    Raises:
        SettingsError: Dask is not installed, or its settings are incomplete.
    """
    if settings.engine == "dask":
        return _build_dask_engine(settings)
    return LocalEngine(
        weights=settings.vgg19_weights,
        device=settings.device,
        workers=settings.workers,
        cache_dir=settings.data_dir,
    )


def _build_dask_engine(settings: Settings) -> Engine:
    from core.engines.dask import DaskEngine  # noqa: PLC0415 - for those who asked for it
    from core.engines.dask_setup import DaskSetupError, Tls  # noqa: PLC0415

    ca, cert, key = settings.dask_tls_ca, settings.dask_tls_cert, settings.dask_tls_key
    if settings.dask_scheduler is None:
        raise SettingsError("ENGINE=dask needs DASK_SCHEDULER, such as tls://10.0.0.1:8786.")
    if any((ca, cert, key)) and not all((ca, cert, key)):
        raise SettingsError("TLS needs all of DASK_TLS_CA, DASK_TLS_CERT and DASK_TLS_KEY.")
    tls = Tls(ca, cert, key) if ca and cert and key else None
    try:
        return DaskEngine(settings.dask_scheduler, tls=tls, ahead=settings.dask_ahead)
    except DaskSetupError as error:
        raise SettingsError(str(error)) from error


async def _resume(outbox: Outbox, committer: Committer, scheduler: Scheduler) -> None:
    """Take up what an earlier process left."""
    await outbox.start()
    await committer.desk.restore()
    await scheduler.start()


async def delete_expired(store: Store, *, hours: float) -> None:
    """Delete what was kept long enough, again and again, for ever."""
    while True:
        try:
            await store.housekeeping.clean(results_older_than=timedelta(hours=hours))
        except StoreError as error:
            log.error("Housekeeping failed; trying again later: %s", error)  # noqa: TRY400
        await asyncio.sleep(CLEANING_INTERVAL)


async def report_lost_jobs(store: Store, committer: Committer, admins: frozenset[int]) -> None:
    """If the database was damaged at the start: tell the admins, and everybody who had an undelivered job."""
    if store.set_aside is None:
        return
    damaged = Notice(what="database_damaged", file=store.set_aside.name)
    for admin in admins:
        await committer.handle(Person(admin, admin), damaged)
    for person in await asyncio.to_thread(people_with_jobs, store.set_aside):
        await committer.handle(person, Notice(what="jobs_lost"))


async def report_error(
    committer: Committer, outbox: Outbox, admins: frozenset[int], kind: str, reference: str
) -> None:
    """Tell the admins of an unexpected error, also if the store takes nothing."""
    notice = Notice(what="error", kind=kind, reference=reference)
    for admin in admins:
        person = Person(admin, admin)
        try:
            await committer.handle(person, notice)
        except StoreError:
            for send in await committer.preview(person, notice) or ():
                await outbox.send_now(admin, send)


async def watch(application: BotApplication, polling: asyncio.Task[None] | None) -> None:
    """Wait until no updates come any more although the bot runs.

    Raises:
        SettingsError: The token was revoked.
        RuntimeError: Polling broke off for another reason.
    """
    if polling is not None and application.updater is not None:
        await watch_polling(application.updater, polling)
        return
    await wait_until_revoked(application.bot)
    raise SettingsError(REVOKED)


def _policy(settings: Settings, overrides: Overrides, bot: User) -> Policy:
    return Policy(
        admins=settings.admins,
        keep_hours=settings.keep_results_hours,
        max_picture_mb=settings.max_picture_mb,
        album_quiet=overrides.album_quiet,
        bytes_per_person=settings.max_person_bytes,
        bot_username=bot.username or "",
        share_styles=settings.share_styles,
        inline_mode=settings.inline_mode and bool(bot.supports_inline_queries),
    )


def _job_limits(settings: Settings) -> Limits:
    return Limits(
        queue_size=settings.queue_size,
        waiting_per_person=settings.jobs_per_person,
        per_day=settings.jobs_per_day,
        admins=settings.admins,
    )


def _upload_limits(settings: Settings) -> UploadLimits:
    return UploadLimits(
        per_minute=settings.pictures_per_minute,
        per_hour=settings.pictures_per_hour,
        exempt=settings.admins,
    )


def _beside(stack: AsyncExitStack, work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
    """A task that ends with the bot at the latest."""
    task = asyncio.create_task(work)
    stack.push_async_callback(_cancel, task)
    return task


async def _cancel(task: asyncio.Task[None]) -> None:
    task.cancel()
    await asyncio.wait([task])
