"""Several jobs watched in one chat: each is seen to move, nobody meets flood control, answers come at once."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import TYPE_CHECKING

import pytest
from telegram.ext import ExtBot

from bot.conversation.effects import Send
from bot.playground.chat_rooms import ChatRoom
from bot.playground.event_log import MessageEdited
from bot.playground.telegram_objects import ApiChat, ChatType
from bot.telegram.budgets import Budgets
from bot.telegram.limiter import Limiter
from core.jobs.models import Person
from core.jobs.store import Store
from tests.auxil.bench_telegram import TOKEN, BenchTelegram
from tests.auxil.pictures import jpeg_bytes, photo
from tests.auxil.sending import sending_with
from tests.auxil.virtual_time import run_virtually

if TYPE_CHECKING:
    from pathlib import Path

ADA, GROUP = 1000, -4001
PREVIEW = jpeg_bytes(photo(32, 24))
SECONDS = 180
BEGIN = datetime(2026, 1, 1, tzinfo=UTC)


class Watched:
    """What happened in the chat, by the loop's clock."""

    def __init__(self) -> None:
        self.edits: dict[int, list[float]] = defaultdict(list)
        self.answers: list[float] = []
        self.flooded = 0


async def watch(folder: Path, chat_id: int, jobs: int) -> Watched:
    """Jobs that all have something new each second, and somebody who asks something every 20."""
    now, seen = asyncio.get_running_loop().time, Watched()
    telegram = BenchTelegram(lambda: 0.08)
    events = telegram.join(chat_id)
    if chat_id < 0:
        telegram.world.rooms[chat_id] = ChatRoom(ApiChat(id=chat_id, type=ChatType.GROUP), ())

    async def look() -> None:
        while True:
            event = await events.get()
            if isinstance(event, MessageEdited):
                assert event.message.photo
                seen.edits[event.message.message_id].append(now())

    looking = asyncio.create_task(look())
    limiter, person = Limiter(Budgets()), Person(chat_id, ADA)
    bot = ExtBot(TOKEN, request=telegram, get_updates_request=telegram, rate_limiter=limiter)
    async with (
        await Store.open(
            folder / "atelier.db", clock=lambda: BEGIN + timedelta(seconds=now())
        ) as store,
        bot,
        sending_with(bot, store, limiter) as sending,
    ):
        those = [await sending.running_job(person) for _ in range(jobs)]
        begun = now()
        for second in range(1, SECONDS + 1):
            for job in those:
                sending.show(job, second, PREVIEW)
            if second % 20 == 1:
                asked = now()
                await sending.commit(Send(text="An answer."), person=person)
                await sending.all_sent()
                seen.answers.append(now() - asked)
            await asyncio.sleep(1)
        seen.edits = {row: [at - begun for at in times] for row, times in seen.edits.items()}
    looking.cancel()
    seen.flooded = telegram.flooded
    return seen


@pytest.mark.parametrize(
    ("chat_id", "jobs", "longest"),
    [(ADA, 1, 5), (ADA, 4, 14), (ADA, 8, 26), (GROUP, 1, 9), (GROUP, 6, 44)],
)
def test_each_job_is_seen_to_move_as_often_as_the_chat_allows(
    tmp_path: Path, chat_id: int, jobs: int, longest: float
) -> None:
    seen = run_virtually(watch(tmp_path, chat_id, jobs))

    assert seen.flooded == 0
    assert max(seen.answers) < 3.5
    assert len(seen.edits) == jobs
    for times in seen.edits.values():
        assert max(after - before for before, after in pairwise([0, *times, SECONDS])) < longest
