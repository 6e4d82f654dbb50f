"""A bot that becomes popular, rehearsed: so many people an hour, so many workers, and Telegram's limits.

Real are the bot (``bot.app.running``: inbox, turns, outbox with its budgets, status messages, delivery), the
scheduler with its queue, SQLite, PTB, and the playground's Bot API with its flood control. Simulated are the painting
(a stub that waits), people (who come at random, send two pictures, press a button and wait) and the network (a random
latency without HTTP). Time is virtual, so the processor counts for nothing: pictures are tiny, and how much the bot's
own process can bear is told apart, as processor seconds a job.
"""

from __future__ import annotations

import asyncio
import random
import time
from contextlib import AsyncExitStack
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any
from unittest.mock import patch

from pydantic import SecretStr

from bot.app import Overrides, running
from bot.settings import Settings
from bot.telegram.budgets import Budgets
from core.pictures.codec import read_picture
from core.pictures.decoder import Decoder, OpenedPicture
from tests.auxil.bench_telegram import TOKEN, BenchTelegram
from tests.auxil.rehearsal_engine import StubEngine
from tests.auxil.rehearsal_report import Report
from tests.auxil.virtual_time import run_virtually
from tests.auxil.visitor import Visitor

if TYPE_CHECKING:
    from pathlib import Path

    from bot.telegram.budgets import ChatBudget

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
        stack.enter_context(patch("bot.app.Budgets", count.budgets))
        stack.enter_context(patch("bot.app.Decoder", DecoderOnTheSpot))
        await stack.enter_async_context(
            running(
                settings, engine=engine, overrides=Overrides(clock=virtual_now), request=telegram
            )
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


def virtual_now() -> datetime:
    """The loop's time as a date."""
    return datetime(2026, 1, 1, tzinfo=UTC) + timedelta(seconds=asyncio.get_running_loop().time())


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
    """How often progress was shown, and how often there was no room for it."""

    edits: int = 0
    shed: int = 0

    def budgets(self, **options: Any) -> Budgets:
        """Budgets that are counted here."""
        count = self

        class CountedBudgets(Budgets):
            def have_spare(self, chat: ChatBudget) -> bool:
                spare = super().have_spare(chat)
                count.edits += spare
                count.shed += not spare
                return spare

        return CountedBudgets(**options)


class DecoderOnTheSpot(Decoder):
    """A decoder without a process of its own: time would pass while that works."""

    async def open(self, data: bytes) -> OpenedPicture:
        return OpenedPicture(data, read_picture(data).size)
