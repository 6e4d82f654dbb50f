"""A bot that becomes popular, rehearsed: so many people an hour, so many workers, and Telegram's limits.

Real are the bot (``bot.app.running``: outbox with its budgets, inbox, handlers, status messages, delivery), the
dispatcher with its queue, SQLite, PTB, and the playground's Bot API with its flood control. Simulated are the painting
(a stub that waits), people (who come at random, send two pictures, press a button and wait) and the network (a random
latency without HTTP). Time is virtual, so the processor counts for nothing: pictures are tiny, and how much the bot's
own process can bear is told apart, as processor seconds a job.
"""

from __future__ import annotations

import asyncio
import random
import time
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from statistics import quantiles
from typing import TYPE_CHECKING, Any
from unittest.mock import patch

from pydantic import SecretStr

from bot.app import Tuning, running
from bot.outbox import Outbox, ShedError, Urgency
from bot.settings import Settings
from core.decoding.decoder import Decoder
from core.engines.base import WorkCancelledError
from core.engines.handle import LiveHandle
from core.style.pictures import check_picture
from tests.auxil.bench_telegram import TOKEN, BenchTelegram
from tests.auxil.engines import an_outcome, an_update
from tests.auxil.pictures import jpeg_bytes, photo, png_bytes
from tests.auxil.virtual_time import run_virtually
from tests.auxil.visitor import Visit, Visitor, owner_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

    from core.engines.base import Work

TICK = 1.0
"""Seconds between the stub's updates, each with a preview."""

PATIENCE = 4 * 3600.0
"""Seconds that people wait after the last of them came."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Scene:
    """What is rehearsed.

    Attributes:
        people: How many come in an hour, each with one pair of pictures.
        workers: How many paint.
        seconds: That a painting takes, give or take a quarter.
        minutes: For how long people come; then what waits is waited for.
        thought: Seconds that people take before each step, at most.
        queue: How many jobs may wait.
        seed: Of all that is random.
    """

    people: int
    workers: int
    seconds: float = 10.0
    minutes: float = 10.0
    thought: float = 10.0
    queue: int = 100
    seed: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """What became of it. Times are in seconds.

    Attributes:
        scene: What was rehearsed.
        visits: What became of each person.
        calls: When each call was made that writes into a chat.
        flooded: How many calls Telegram refused for their number.
        edits: How many edits of status messages were made while people came or waited.
        shed: How many were dropped.
        processor: Of this process, for all of it.
    """

    scene: Scene
    visits: tuple[Visit, ...]
    calls: tuple[float, ...]
    flooded: int
    edits: int
    shed: int
    processor: float

    @property
    def asked(self) -> int:
        """How many jobs were taken in."""
        return sum(visit.asked is not None and not visit.refused for visit in self.visits)

    @property
    def delivered(self) -> int:
        """How many results came."""
        return len(self.waits)

    @property
    def refused(self) -> int:
        """How many people were told that the queue is full."""
        return sum(visit.refused for visit in self.visits)

    @property
    def waits(self) -> list[float]:
        """From the button to the result."""
        return _known(visit.until(visit.delivered) for visit in self.visits)

    @property
    def waits_for_worker(self) -> list[float]:
        """From the button to the painting's begin."""
        return _known(visit.until(visit.begun) for visit in self.visits)

    @property
    def waits_for_delivery(self) -> list[float]:
        """From the painting's end to the result."""
        return _known(
            visit.delivered - visit.ended if visit.delivered and visit.ended else None
            for visit in self.visits
        )

    @property
    def replies(self) -> list[float]:
        """From somebody's first photo to the bot's answer."""
        return _known(visit.replied for visit in self.visits)

    @property
    def shed_share(self) -> float:
        """Of the edits that were due."""
        return self.shed / max(1, self.shed + self.edits)

    @property
    def rate(self) -> float:
        """Calls a second while people came, once it had got going."""
        end = 60 * self.scene.minutes
        begin = end / 4
        return sum(begin <= at < end for at in self.calls) / (end - begin)

    @property
    def ceiling(self) -> str:
        """What people wait for longer than a painting takes: ``workers``, ``calls``, or ""."""
        for_workers = percentile(self.waits_for_worker, 95)
        for_calls = max(percentile(self.replies, 95), percentile(self.waits_for_delivery, 95))
        if max(for_workers, for_calls) < self.scene.seconds:
            return ""
        return "workers" if for_workers > for_calls else "calls"


def percentile(values: Sequence[float], which: int) -> float:
    """The value below which so many percent lie; 0 where there is none."""
    if len(values) < 2:
        return sum(values)
    return quantiles(values, n=100, method="inclusive")[which - 1]


def rehearse(scene: Scene, data_dir: Path) -> Report:
    """Play a scene to its end, in virtual time.

    Args:
        scene: What.
        data_dir: For the bot's database.
    """
    return run_virtually(_play(scene, data_dir))


async def _play(scene: Scene, data_dir: Path) -> Report:
    began = time.process_time()
    dice = random.Random(scene.seed)
    telegram = BenchTelegram(lambda: dice.uniform(0.04, 0.12))
    engine = StubEngine(scene, dice)
    count = Count()
    settings = Settings.model_construct(
        bot_token=SecretStr(TOKEN),
        telegram_api_url="http://telegram.invalid",
        data_dir=data_dir,
        queue_size=scene.queue,
    )
    async with AsyncExitStack() as stack:
        stack.enter_context(patch("bot.app.Outbox", count.outbox))
        stack.enter_context(patch("bot.app.Decoder", DecoderOnTheSpot))
        await stack.enter_async_context(
            running(settings, engine=engine, tuning=Tuning(), line=telegram)
        )
        visitors = await _receive(scene, telegram)
    for visitor in visitors:
        visitor.visit.begun = engine.begun.get(visitor.number)
        visitor.visit.ended = engine.ended.get(visitor.number)
    return Report(
        scene=scene,
        visits=tuple(visitor.visit for visitor in visitors),
        calls=tuple(at for at, _ in telegram.calls),
        flooded=telegram.flooded,
        edits=count.edits,
        shed=count.shed,
        processor=time.process_time() - began,
    )


async def _receive(scene: Scene, telegram: BenchTelegram) -> list[Visitor]:
    """Let people come for a while, and wait until all went home."""
    # Dice of their own: the same people come at the same times whatever the bot does meanwhile.
    arrivals, thoughts = (random.Random(scene.seed + one) for one in (1, 2))

    def think() -> float:
        return thoughts.uniform(0.3, 1.0) * scene.thought

    visitors: list[Visitor] = []
    tasks = []
    clock = asyncio.get_running_loop().time
    end = clock() + 60 * scene.minutes
    while True:
        await asyncio.sleep(arrivals.expovariate(scene.people / 3600))
        if clock() >= end:
            break
        visitors.append(Visitor(telegram, len(visitors), think))
        tasks.append(asyncio.create_task(visitors[-1].come()))
    if tasks:
        _, waiting = await asyncio.wait(tasks, timeout=PATIENCE)
        for task in waiting:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
    return visitors


@dataclass(slots=True)
class Count:
    """What passed the outbox, and what was dropped there."""

    edits: int = 0
    shed: int = 0

    def outbox(self, **options: Any) -> Outbox:
        """An outbox that is counted here."""
        count = self

        class Counted(Outbox):
            async def process_request(self, *arguments: Any, **more: Any) -> Any:
                cosmetic = Urgency.COSMETIC in (*arguments, *more.values())
                try:
                    answer = await super().process_request(*arguments, **more)
                except ShedError:
                    count.shed += 1
                    raise
                count.edits += cosmetic
                return answer

        return Counted(**options)


class DecoderOnTheSpot(Decoder):
    """A decoder without a process of its own: time would pass while that works."""

    async def check(self, data: bytes) -> tuple[int, int]:
        return check_picture(data)


@dataclass
class StubEngine:
    """An engine whose workers wait instead of painting.

    Attributes:
        begun: When whose painting began.
        ended: When it was done.
    """

    scene: Scene
    dice: random.Random
    begun: dict[int, float] = field(default_factory=dict)
    ended: dict[int, float] = field(default_factory=dict)
    speed: float | None = None
    delay: None = None
    _tasks: set[asyncio.Task[None]] = field(default_factory=set)

    @property
    def slots(self) -> int:
        return self.scene.workers

    async def start(self) -> None:
        """Always ready."""

    def submit(self, work: Work) -> LiveHandle:
        handle = LiveHandle(lambda: handle.fail(WorkCancelledError()))
        task = asyncio.create_task(self._paint(work, handle))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return handle

    async def close(self) -> None:
        for task in self._tasks:
            task.cancel()

    async def _paint(self, work: Work, handle: LiveHandle) -> None:
        clock = asyncio.get_running_loop().time
        begin = self.begun[owner_of(work.content)] = clock()
        seconds = self.scene.seconds * self.dice.uniform(0.75, 1.25)
        evaluations = max(1, round(seconds / TICK))
        for evaluation in range(1, evaluations + 1):
            await asyncio.sleep(seconds / evaluations)
            update = an_update(
                evaluation,
                evaluations=evaluations,
                elapsed=clock() - begin,
                preview=PREVIEW,
            )
            handle.put(update)
        self.ended[owner_of(work.content)] = clock()
        handle.finish(an_outcome(RESULT, seconds=seconds))


PREVIEW = jpeg_bytes(photo(32, 24))
RESULT = png_bytes(photo(32, 24))


def _known(times: Iterable[float | None]) -> list[float]:
    return [one for one in times if one is not None]
