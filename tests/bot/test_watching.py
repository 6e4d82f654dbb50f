"""Several paintings watched in one chat: each is seen to move, nobody meets flood control, answers come at once."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from itertools import pairwise
from typing import TYPE_CHECKING

import pytest
from telegram.ext import ExtBot

from bot.outbox import Outbox
from bot.playground.chat_rooms import ChatRoom
from bot.playground.event_log import MessageEdited
from bot.playground.telegram_objects import ApiChat, ChatType
from bot.status import StatusBoard, View
from core.jobs.models import Person
from core.jobs.store import Store
from tests.auxil.bench_telegram import TOKEN, BenchTelegram
from tests.auxil.pictures import jpeg_bytes, photo
from tests.auxil.sessions import a_job
from tests.auxil.virtual_time import run_virtually

if TYPE_CHECKING:
    from pathlib import Path

ADA, GROUP = 1000, -4001
PREVIEW = jpeg_bytes(photo(32, 24))
SECONDS = 180


class Watched:
    """What happened in the chat, by the loop's clock."""

    def __init__(self) -> None:
        self.edits: dict[int, list[float]] = defaultdict(list)
        self.answers: list[float] = []
        self.flooded = 0


async def watch(folder: Path, chat_id: int, jobs: int) -> Watched:
    """Paintings that all have something new each second, and somebody who asks something every 20."""
    clock, seen = asyncio.get_running_loop().time, Watched()
    telegram = BenchTelegram(lambda: 0.08)
    events = telegram.join(chat_id)
    if chat_id < 0:
        telegram.world.rooms[chat_id] = ChatRoom(ApiChat(id=chat_id, type=ChatType.GROUP), ())

    async def look() -> None:
        while True:
            event = await events.get()
            if isinstance(event, MessageEdited):
                assert event.message.photo
                seen.edits[event.message.message_id].append(clock())

    looking = asyncio.create_task(look())
    bot = ExtBot(TOKEN, request=telegram, get_updates_request=telegram, rate_limiter=Outbox())
    async with await Store.open(folder / "atelier.db") as store, bot:
        board = StatusBoard(bot, store)
        those = [await a_job(store, Person(chat_id, ADA)) for _ in range(jobs)]
        for second in range(SECONDS):
            for job in those:
                board.show(job, View(f"{job.id}: {second} of {SECONDS}", picture=PREVIEW))
            if second % 20 == 0:
                asked = clock()
                await bot.send_message(chat_id, "An answer.")
                seen.answers.append(clock() - asked)
            await asyncio.sleep(1)
        await board.close()
    looking.cancel()
    seen.flooded = telegram.flooded
    return seen


@pytest.mark.parametrize(
    ("chat_id", "jobs", "longest"),
    [(ADA, 1, 5), (ADA, 4, 14), (ADA, 8, 26), (GROUP, 1, 9), (GROUP, 6, 44)],
)
def test_each_painting_is_seen_to_move_as_often_as_the_chat_allows(
    tmp_path: Path, chat_id: int, jobs: int, longest: float
) -> None:
    seen = run_virtually(watch(tmp_path, chat_id, jobs))

    assert seen.flooded == 0
    assert max(seen.answers) < 3.5
    assert len(seen.edits) == jobs
    for times in seen.edits.values():
        assert max(after - before for before, after in pairwise([*times, SECONDS])) < longest
