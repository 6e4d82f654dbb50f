"""A real process, killed at random instants many times: nothing lost, nothing doubled, no damage."""

from __future__ import annotations

import asyncio
import random
import sys
from collections import Counter
from typing import TYPE_CHECKING

from core.jobs.models import JobState
from core.jobs.scheduler import MAX_ATTEMPTS
from core.jobs.store import Store
from tests.auxil.crasher import PEOPLE
from tests.auxil.waiting import PATIENCE, until

if TYPE_CHECKING:
    from pathlib import Path

KILLS = 25
LONGEST = 0.12
"""Seconds that a process lives at most after it began to open the file, if it need not achieve anything."""

MOST_LINES = 30
"""How many lines a process must have written into the chat, at most, before it dies: on a busy machine it lives longer."""


async def begin(path: Path, chat: Path, *more: str) -> asyncio.subprocess.Process:
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "tests.auxil.crasher",
        str(path),
        str(chat),
        *more,
        stdout=asyncio.subprocess.PIPE,
    )
    assert process.stdout is not None
    assert await process.stdout.readline() == b"ready\n"
    return process


async def live_and_die(path: Path, chat: Path, rng: random.Random) -> None:
    enough = len(lines(chat)) + rng.choice([0, rng.randrange(MOST_LINES)])
    process = await begin(path, chat)
    # The instant is the point here; what it interrupts is up to chance.
    await asyncio.sleep(rng.uniform(0, LONGEST))
    await until(lambda: len(lines(chat)) >= enough)
    process.kill()
    assert await process.wait() == -9


async def test_killed_at_any_instant_nothing_is_lost_or_doubled(path: Path, tmp_path: Path) -> None:
    rng = random.Random(6)
    chat = tmp_path / "chat"
    chat.touch()
    for _ in range(KILLS):
        await live_and_die(path, chat, rng)
    last = await begin(path, chat, "drain")
    assert await asyncio.wait_for(last.wait(), PATIENCE) == 0

    arrived = lines(chat)
    times = Counter(arrived)
    async with await Store.open(path) as store:
        assert store.set_aside is None
        assert await store._database.pragma("PRAGMA integrity_check") == [("ok",)]
        assert await store._database.pragma("PRAGMA foreign_key_check") == []
        assert await store.updates.unhandled() == {}
        assert await store.outbox.chats() == []
        jobs = {job.id: job for job in await store.jobs.in_states()}
        taken_in = await store._database.rows("SELECT id FROM updates ORDER BY id")

    # Each update that was taken in became exactly one job, and no update that was confirmed is missing.
    updates = [row["id"] for row in taken_in]
    assert sorted(job.options.seed for job in jobs.values()) == updates
    assert {number for what, number in arrived if what == "update"} <= set(updates)
    asked = 0
    for job in jobs.values():
        assert job.state.final
        said = {what: times[what, job.id] for what in ("photo", "asked", "failed", "cancelled")}
        ends = [arrived.index((what, job.id)) for what, count in said.items() if count]
        assert arrived.index(("accepted", job.id)) < min(ends)
        # A result is sent at most once; if it may or may not have arrived, the person was asked.
        assert said["photo"] <= 1
        match job.state:
            case JobState.DELIVERED:
                assert said["photo"] + said["asked"] >= 1
                assert said["failed"] == said["cancelled"] == 0
                asked += said["asked"] > 0
            case JobState.FAILED:
                assert said["failed"] >= 1
                assert said["photo"] == said["asked"] == said["cancelled"] == 0
                assert job.attempts == MAX_ATTEMPTS
            case _:
                assert said["cancelled"] >= 1
                assert said["photo"] == said["asked"] == said["failed"] == 0
                assert job.options.seed % 3 == 0
    # One call a chat can be under way when a process dies, and no message is repeated without a death.
    assert asked <= KILLS * len(PEOPLE)
    assert sum(count - 1 for count in times.values()) <= KILLS * len(PEOPLE)
    # The test is about something: most jobs were delivered, some were interrupted.
    states = Counter(job.state for job in jobs.values())
    assert states[JobState.DELIVERED] > KILLS
    assert states[JobState.CANCELLED] > 0
    assert any(job.attempts > 1 for job in jobs.values())


def lines(chat: Path) -> list[tuple[str, int]]:
    words = (line.split() for line in chat.read_text().splitlines())
    return [(what, int(number)) for what, number in words]
