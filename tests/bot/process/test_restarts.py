"""A new process relieves the old one while people chat: nothing is lost, nothing comes twice, nobody waits for longer than that.

``RESTARTS`` says how often (``make restarts``: 20).
"""

from __future__ import annotations

import asyncio
import os
import random
from typing import TYPE_CHECKING

import pytest

from tests.auxil.customer import Customer
from tests.auxil.kill_audit import Audit
from tests.auxil.killer import Killer
from tests.auxil.process import BotProcess
from tests.auxil.waiting import until
from tests.bot.process.test_kills import environment as generous
from tests.bot.process.test_kills import let_in, live, texts

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from bot.playground.server import Playground
    from tests.auxil.chat import ChatClient
    from tests.auxil.person import Person

RESTARTS = int(os.environ.get("RESTARTS", "2"))
SLACK = 3.0
"""How many times as long as the longest restart somebody may have waited, on a machine that has other things to do."""


async def ask_for_help(person: Person, closing: asyncio.Event) -> list[float]:
    """Send /help again and again; how many seconds each answer took."""
    clock = asyncio.get_running_loop().time
    waits = []
    while not closing.is_set():
        begin = clock()
        await person.send_text("/help")
        await person.expect_text("How it works")
        waits.append(clock() - begin)
    return waits


# aiohttp's own way of reading a form whose parts arrive in pieces.
@pytest.mark.filterwarnings("ignore:unread_data:DeprecationWarning")
@pytest.mark.timeout(240 + 20 * RESTARTS)
async def test_nothing_is_lost_or_doubled_when_processes_relieve_each_other(
    playground: Playground, chat: ChatClient, tmp_path: Path
) -> None:
    let_in(playground.world, 14, "Eve")
    playground.world._messages_kept = 1_000_000  # People look at the whole chat in the end.
    await chat.reload()
    settings = generous(playground, tmp_path) | {"PAINTER_LIVES": "1", "TAKEOVER_SECONDS": "600"}
    killer = Killer(tmp_path, settings, playground, random.Random(1))
    customers = [
        Customer(chat.person(name), chat, texts(chat, name), number, random.Random(name))
        for number, name in enumerate(("Ada", "Mei", "Ben"))
    ]
    audit, closing = Audit(killer, chat), asyncio.Event()
    with killer.watching():
        async with asyncio.TaskGroup() as group:
            lives = [group.create_task(live(customer, closing, audit)) for customer in customers]
            async with killer.relieving(RESTARTS) as restarts:
                closing.set()
                await asyncio.wait(lives)
                await until(lambda: not audit.left() and not any(map(audit.unanswered, customers)))

    for customer in customers:
        await audit.of(customer)
    audit.faults += [
        f"{what}: {n}" for what, n in audit.counts.items() if n and what.startswith("text twice")
    ]
    failed = killer.rows("SELECT id, attempts, error FROM jobs WHERE state = 'failed'")
    audit.faults += [f"failed: {row}" for row in failed]
    seconds = [restart.seconds for restart in restarts]
    print(f"\n{min(seconds):.1f} to {max(seconds):.1f} s a restart", *audit.lines(), sep="\n")  # noqa: T201 - for make restarts
    assert not audit.faults, "\n".join(audit.faults)
    assert {restart.code for restart in restarts} == {0}


@pytest.mark.timeout(240 + 20 * RESTARTS)
async def test_nobody_waits_for_longer_than_a_restart(
    playground: Playground, chat: ChatClient, tmp_path: Path
) -> None:
    settings = generous(playground, tmp_path) | {"TAKEOVER_SECONDS": "600"}
    killer = Killer(tmp_path, settings, playground, random.Random(2))
    closing = asyncio.Event()
    async with asyncio.TaskGroup() as group:
        asking = group.create_task(ask_for_help(chat.person("Ada"), closing))
        async with killer.relieving(RESTARTS) as restarts:
            closing.set()
            # The first answer waited for the first process, which relieved nobody.
            waits = (await asking)[1:]
    longest = max(restart.seconds for restart in restarts)
    print(f"\n{len(waits)} answers, {max(waits):.1f} s at most; a restart {longest:.1f} s at most")  # noqa: T201
    assert max(waits) <= SLACK * longest


async def test_who_comes_second_says_so_and_begins_when_the_first_has_stopped(
    ada: Person, start: Callable[[], BotProcess], environment: dict[str, str]
) -> None:
    environment["TAKEOVER_SECONDS"] = "600"
    async with start() as first:
        await ada.send_text("/help")
        await ada.expect_text("How it works")
        async with start() as second:
            await second.line("this one begins when it stops, and waits for 600 s")
            await ada.send_text("/start")
            await ada.expect_text("Welcome")
            first.terminate()
            assert await first.ended() == 0
            await second.line("Ready: @")
            await ada.send_text("/help")
            await ada.expect_text("How it works")
            second.terminate()
            assert await second.ended() == 0
            assert "Traceback" not in first.output + second.output


async def test_who_comes_second_gives_up_in_one_line(
    start: Callable[[], BotProcess], environment: dict[str, str], tmp_path: Path
) -> None:
    async with start() as first:
        await first.line("Ready: @")
        settings = environment | {"TAKEOVER_SECONDS": "0"}
        async with BotProcess(tmp_path, settings) as second:
            assert await second.ended() == 1
            (line,) = second.output.splitlines()
    assert "Another Atelier is at work" in line
