"""Looks at the running bot: readings for its metrics, and whether it takes work."""

from __future__ import annotations

import asyncio
import shutil
import sys
import time
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import product
from typing import TYPE_CHECKING, Final

from prometheus_client import generate_latest

from bot.metrics.instruments import Instruments, Tally
from bot.telegram.traffic import Traffic
from core.jobs.data_folder import DATABASE
from core.jobs.job_errors import (
    DailyLimitError,
    QueueError,
    QueueFullError,
    StoreError,
    WaitingLimitError,
)
from core.jobs.models import UNFINISHED, JobState
from core.jobs.store import RESERVE
from core.style.options import Preset

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from datetime import datetime

    from bot.settings import Settings
    from bot.telegram.budgets import Budgets
    from core.engines.protocol import Engine
    from core.jobs.scheduler import Scheduler
    from core.jobs.store import Store
    from core.style.free_memory import GpuMemory

SILENCE: Final = 120.0
"""Seconds without an answer from Telegram after which it counts as out of reach: a poll takes ten, a webhook's check sixty."""

_REFUSALS: Final[dict[type[QueueError], str]] = {
    QueueFullError: "queue",
    WaitingLimitError: "person",
    DailyLimitError: "day",
}

PATIENCE: Final = 5.0
"""Seconds that the database, or a GPU's driver, may take to answer."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Watched:
    """The parts of a bot that is being monitored.

    Attributes:
        store: Has the jobs and the outbox.
        scheduler: Refuses jobs.
        engine: Paints.
        budgets: Postpone progress, and know of flood control.
    """

    store: Store
    scheduler: Scheduler
    engine: Engine
    budgets: Budgets


class Monitor:
    """Answers what an operator's monitoring asks, from the bot's start to its end.

    Args:
        settings: The operator's choices.
        clock: The present time, in UTC.

    Attributes:
        instruments: The metrics.
        traffic: Sees all calls to Telegram.
        address: Where it is asked, once that is so: ``http://127.0.0.1:9464``.
    """

    def __init__(self, settings: Settings, clock: Callable[[], datetime]) -> None:
        self.address: str | None = None
        self.instruments = Instruments(clock)
        self.traffic = Traffic()
        self._folder = settings.data_dir
        self._local = settings.engine == "local"
        self._watched: Watched | None = None
        self._started = self._draining = False
        self._seen: dict[int, float] = {}
        self._gpu: asyncio.Task[dict[str, GpuMemory]] | None = None
        calls = Tally(
            "telegram_calls",
            "Calls to Telegram since the start.",
            ("method", "outcome"),
            self.traffic.calls.items,
        )
        self.instruments.registry.register(calls)

    def watch(self, watched: Watched) -> None:
        """The parts of the bot are there."""
        self._watched = watched
        watched.store.jobs.moved = self.instruments.moved
        scheduler, budgets = watched.scheduler, watched.budgets
        refusals = Tally(
            "jobs_refused",
            "How often another job could not be accepted since the start; whoever tries again counts again.",
            ("reason",),
            lambda: [((name,), scheduler.refusals[kind]) for kind, name in _REFUSALS.items()],
        )
        postponed = Tally(
            "progress_postponed",
            "How often a progress gave way to messages that matter.",
            (),
            lambda: [((), budgets.postponed)],
        )
        for one in (refusals, postponed):
            self.instruments.registry.register(one)

    @contextmanager
    def taking_work(self) -> Iterator[None]:
        """The bot has started, and takes work until it begins to stop."""
        self._started = True
        try:
            yield
        finally:
            self._draining = True

    async def metrics(self) -> bytes:
        """All metrics in Prometheus' text format."""
        await self._read()
        self.instruments.ready.set(not await self.reasons())
        return generate_latest(self.instruments.registry)

    async def reasons(self) -> dict[str, str]:
        """Why the bot takes no work, by what is to blame; nothing if it does."""
        watched = self._watched
        if self._draining:
            return {"bot": "It is stopping."}
        found: dict[str, str] = {}
        if not self._started or watched is None:
            found["bot"] = "It is starting."
        if not self._hears_telegram:
            found["telegram"] = f"It has not answered for {SILENCE:.0f} s."
        if shutil.disk_usage(self._folder).free < RESERVE:
            found["disk"] = "It is full."
        if watched is not None:
            if watched.scheduler.paused:
                found["admin"] = "An admin has paused painting."
            engine = watched.engine
            if engine.delay is not None or not engine.slots:
                found["engine"] = f"It cannot paint ({engine.delay or 'no slots'})."
            elif self._local and engine.speed is None:
                found["engine"] = "The network is not loaded."
            if not await self._reads_store(watched.store):
                found["database"] = "It cannot be read."
        return found

    @property
    def _hears_telegram(self) -> bool:
        silence = self.traffic.silence
        return silence is not None and silence <= SILENCE

    async def _read(self) -> None:
        """Set all gauges."""
        instruments = self.instruments
        silence = self.traffic.silence
        instruments.silence.set(float("nan") if silence is None else silence)
        disk = shutil.disk_usage(self._folder)
        instruments.disk_free.set(disk.free)
        instruments.disk_total.set(disk.total)
        files = (self._folder / f"{DATABASE}{end}" for end in ("", "-wal"))
        instruments.database.set(sum(one.stat().st_size for one in files if one.exists()))
        if self._watched is None or self._draining:
            return  # What is not there yet, or closes just now, says nothing.
        engine = self._watched.engine
        instruments.slots.set(engine.slots)
        instruments.speed.set(engine.speed or 0.0)
        instruments.flood_control.set(self._watched.budgets.blocked_for)
        instruments.store_readable.set(await self._reads_store(self._watched.store))
        if self._local and engine.speed is not None:
            await self._read_gpus()

    async def _reads_store(self, store: Store) -> bool:
        """Set the gauges that come from the database; False if it does not answer."""
        try:
            async with asyncio.timeout(PATIENCE):
                jobs = await store.jobs.unfinished()
                rows = await store.outbox.waiting()
        except (StoreError, TimeoutError):
            return False
        instruments = self.instruments
        for state, preset in product(UNFINISHED, Preset):
            count, _ = jobs.get((state, preset), (0, None))
            instruments.jobs.labels(state, preset).set(count)
        queued = [one for (state, _), one in jobs.items() if state is JobState.QUEUED]
        instruments.queue_length.set(sum(count for count, _ in queued))
        present = store.clock()
        oldest = min((created for _, created in queued), default=present)
        instruments.queue_oldest.set(max(0.0, (present - oldest).total_seconds()))
        now = time.monotonic()
        self._seen = {row: self._seen.get(row, now) for row in rows}
        instruments.outbox_depth.set(len(rows))
        instruments.outbox_oldest.set(now - min(self._seen.values(), default=now))
        return True

    async def _read_gpus(self) -> None:
        """Ask the driver in a thread, where it may hang: then nobody asks it again."""
        if self._gpu is None or self._gpu.done():
            self._gpu = asyncio.create_task(asyncio.to_thread(_gpus))
        done, _ = await asyncio.wait([self._gpu], timeout=PATIENCE)
        if not done or self._gpu.exception() is not None:
            return
        for device, memory in self._gpu.result().items():
            for kind, size in memory._asdict().items():
                self.instruments.gpu_memory.labels(device, kind).set(size)


def _gpus() -> dict[str, GpuMemory]:
    """Nothing where torch is not loaded: that is the engine's to do."""
    if "torch" not in sys.modules:
        return {}
    from core.style.free_memory import gpu_memory  # noqa: PLC0415 - imports torch

    return gpu_memory()
