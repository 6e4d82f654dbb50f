"""A real process, killed at random instants many times: nothing lost, nothing doubled, no damage."""

from __future__ import annotations

import asyncio
import random
import sys
from collections import Counter
from typing import TYPE_CHECKING

import pytest

from core.jobs.models import JobState
from core.jobs.store import Store

if TYPE_CHECKING:
    from pathlib import Path

KILLS = 40
LONGEST = 0.12
"""Seconds that a process lives at most: opening, recovery, and some tens of jobs."""


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


async def live_and_die(path: Path, chat: Path, seconds: float) -> None:
    process = await begin(path, chat)
    # The instant is the point here; what it interrupts is up to chance.
    await asyncio.sleep(seconds)
    process.kill()
    assert await process.wait() == -9


@pytest.mark.timeout(120)
async def test_killed_at_any_instant_nothing_is_lost_or_doubled(path: Path, tmp_path: Path) -> None:
    rng = random.Random(6)
    chat = tmp_path / "chat"
    for _ in range(KILLS):
        await live_and_die(path, chat, rng.uniform(0, LONGEST))
    last = await begin(path, chat, "drain")
    assert await asyncio.wait_for(last.wait(), 60) == 0

    said = Counter(lines(chat))
    async with await Store.open(path) as store:
        assert store.set_aside is None
        assert await store._database.pragma("PRAGMA integrity_check") == [("ok",)]
        assert await store._database.pragma("PRAGMA foreign_key_check") == []
        jobs = {job.id: job for job in await store.jobs_in()}

    accepted = {job_id for what, job_id in said if what == "accepted"}
    assert accepted <= jobs.keys()
    for job in jobs.values():
        assert job.state.final
        # Delivered at most once; where it may or may not have arrived, the person was asked.
        assert said["photo", job.id] <= 1
        match job.state:
            case JobState.DELIVERED:
                assert said["photo", job.id] + said["asked", job.id] >= 1
            case JobState.FAILED:
                assert said["failed", job.id] >= 1
                assert job.attempts == 3
            case _:
                assert said["cancelled", job.id] >= 1
                assert job.id % 3 == 0
    # The test is about something: most were painted, some were interrupted.
    states = Counter(job.state for job in jobs.values())
    assert states[JobState.DELIVERED] > KILLS
    assert any(job.attempts > 1 for job in jobs.values())


def lines(chat: Path) -> list[tuple[str, int]]:
    words = (line.split() for line in chat.read_text().splitlines())
    return [(what, int(job_id)) for what, job_id in words]
