"""The runs: everybody at once, everything that can go wrong, and an answer while the processor is busy."""

from __future__ import annotations

import asyncio
import random
import shutil
import time
from typing import TYPE_CHECKING

from bot.playground import person_actions
from bot.playground.event_log import MessagePosted
from bot.playground.faults import Fault, FaultKind
from tests.auxil.waiting import PATIENCE
from tests.soak.bots import Bots
from tests.soak.citizen import Citizen
from tests.soak.figures import Figures
from tests.soak.town import Town
from tests.soak.wishes import Tally

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

LAG = 0.05
"""Seconds that p99 of the loop's lag may be under load."""

KILLS = 40
TROUBLES = (
    *(("send*", kind) for kind in (FaultKind.ERROR, FaultKind.DROP, FaultKind.LOST_ANSWER)),
    *(("edit*", kind) for kind in (FaultKind.ERROR, FaultKind.DROP, FaultKind.LOST_ANSWER)),
    *(("*Message", kind) for kind in (FaultKind.ERROR, FaultKind.LOST_ANSWER)),
    *(("getFile", kind) for kind in (FaultKind.ERROR, FaultKind.DROP)),
    *(("download", kind) for kind in (FaultKind.ERROR, FaultKind.DROP)),
    *(("answer*", kind) for kind in (FaultKind.ERROR, FaultKind.DROP, FaultKind.LOST_ANSWER)),
    *(("getUpdates", kind) for kind in (FaultKind.ERROR, FaultKind.LOST_ANSWER)),
    ("*", FaultKind.SLOW),
)


async def everybody_at_once(
    folder: Path, *, persons: int, clock_speed: float, limit: float | None = None
) -> Figures:
    """So many people want a picture in the same moment; a painting takes 50 ms.

    Args:
        folder: For the bot's data.
        persons: How many.
        clock_speed: How much faster than Telegram's the clock of flood control and of the bot's budgets goes.
        limit: What p99 of the loop's lag may be, in seconds; None on a machine that may be busy otherwise.
    """
    tally = Tally()
    async with Town(persons, clock_speed=clock_speed) as town:
        bots = Bots(folder, town, SOAK_PAUSE=0.05, SOAK_CLOCK_SPEED=clock_speed)
        await bots.start()
        # Patient people: what each presses again and again meanwhile would be everybody's budget.
        citizens = [Citizen(town, user, tally, patience=900, nudge=900) for user in town.people]
        began = time.monotonic()
        await asyncio.gather(*(citizen.wish() for citizen in citizens))
        return await _ended(town, bots, citizens, tally, began, limit=limit)


async def everything_goes_wrong(
    folder: Path,
    *,
    persons: int,
    jobs: int,
    clock_speed: float,
    longest_life: float = 12.0,
    say: Callable[[str], None] = lambda _: None,
) -> Figures:
    """So many wishes under faults of every kind; over the first quarter of them the bot is killed again and again.

    Most of the time of a process that is killed so soon goes into its start, so there are only so many of them.

    Args:
        folder: For the bot's data.
        persons: How many people share the wishes.
        jobs: How many wishes there are.
        clock_speed: As above.
        longest_life: Seconds after which a process is killed, at most.
        say: Is told how far it has come.
    """
    tally = Tally()
    async with Town(persons, clock_speed=clock_speed, floods=0.01) as town:
        bots = Bots(
            folder,
            town,
            SOAK_PAUSE=0.02,
            SOAK_CLOCK_SPEED=clock_speed,
            SOAK_FAILS=0.02,
            SOAK_LOSES=0.03,
        )
        citizens = [Citizen(town, user, tally, habits=(0.1, 0.02)) for user in town.people]
        began = time.monotonic()
        trouble = asyncio.create_task(_make_trouble(town))
        await bots.start()
        telling = asyncio.create_task(_tell(tally, bots, say))
        killing = asyncio.create_task(_keep_killing(bots, longest_life))
        await _share(citizens, jobs // 4)
        while bots.killed < 1:  # on a quick machine the first kill is still to come
            await _share(citizens, persons)
        killing.cancel()
        await asyncio.wait([killing])
        await bots.kill()
        await bots.start()
        await _share(citizens, jobs - jobs // 4)
        for task in (trouble, telling):
            task.cancel()
        town.gate.chance = 0
        town.playground.faults.clear()
        return await _ended(town, bots, citizens, tally, began)


async def help_while_painting(
    folder: Path, *, persons: int, measured: Path | None = None
) -> tuple[list[float], int]:
    """How long so many people wait for /help, one after the other, while the real network paints for another.

    Args:
        folder: For the bot's data.
        persons: How many.
        measured: A folder with this machine's measurement; without it the bot measures.

    Returns:
        Seconds for each of them, and how many evaluations were seen meanwhile.
    """
    async with Town(persons + 1, clock_speed=10) as town:
        bots = Bots(folder, town, SOAK_REAL=1, SOAK_CLOCK_SPEED=10, OMP_NUM_THREADS="")
        if measured is not None:
            shutil.copytree(measured, bots.data)
        await bots.start()
        *others, painter = town.people
        busy = asyncio.create_task(Citizen(town, painter, Tally(), patience=600).wish())
        before = await _evaluations(town, painter.id, 1)
        waits = [await _ask_for_help(town, user.id) for user in others]
        assert not busy.done(), "the painting was over before everybody had asked"
        seen = await _evaluations(town, painter.id, before + 1) - before
        busy.cancel()
        await bots.kill()
    return waits, seen


async def _ended(
    town: Town,
    bots: Bots,
    citizens: list[Citizen],
    tally: Tally,
    began: float,
    *,
    limit: float | None = None,
) -> Figures:
    seconds = time.monotonic() - began
    for _ in range(round(PATIENCE / 0.1)):
        if not bots.left():
            break
        await asyncio.sleep(0.1)
    await asyncio.sleep(1.0)  # what would come twice comes now, and the last reading is one of rest
    for citizen in citizens:
        citizen.look_again()
    readings = await bots.stop()
    return Figures(
        tally=tally,
        town=town,
        seconds=seconds,
        starts=bots.starts,
        killed=bots.killed,
        readings=readings,
        left=bots.left(),
        limit=limit,
    )


async def _share(citizens: list[Citizen], jobs: int) -> None:
    """Have everybody wish for one picture after the other until it was so many."""
    numbers = iter(range(jobs))

    async def one_after_the_other(citizen: Citizen, numbers: Iterator[int]) -> None:
        for _ in numbers:
            await citizen.wish()

    await asyncio.gather(*(one_after_the_other(citizen, numbers) for citizen in citizens))


async def _keep_killing(bots: Bots, longest_life: float) -> None:
    for _ in range(KILLS):
        # The instant is the point here; what it interrupts is up to chance.
        await asyncio.sleep(random.uniform(0.0, longest_life))
        await bots.kill()
        await bots.start()


async def _make_trouble(town: Town) -> None:
    """One fault after so many calls that got through: where few people are left, it must not meet their every call."""
    faults, enough = town.playground.faults, 0
    while True:
        await asyncio.sleep(0.02)
        if town.gate.calls < enough:
            continue
        enough = town.gate.calls + random.randint(1, 6)
        method, kind = random.choice(TROUBLES)
        status = random.choice((500, 502, 503))
        if not any(fault.method == method for fault in faults.waiting):
            faults.add(Fault(method=method, kind=kind, seconds=0.3, status=status))


async def _tell(tally: Tally, bots: Bots, say: Callable[[str], None]) -> None:
    while True:
        await asyncio.sleep(10)
        say(
            f"{tally.ends.total()} wishes, {len(tally.lost)} lost, {len(tally.doubles)} doubled, {bots.starts} starts"
        )


async def _ask_for_help(town: Town, user_id: int) -> float:
    mail = town.mail(town.world.users[user_id])
    began = time.monotonic()
    await person_actions.send(
        town.world, person_actions.MessageDraft(chat_id=user_id, user_id=user_id, text="/help"), ()
    )
    while True:
        event = await asyncio.wait_for(mail.get(), PATIENCE)
        if isinstance(event, MessagePosted) and event.message.sender.is_bot:
            return time.monotonic() - began


async def _evaluations(town: Town, user_id: int, enough: int) -> int:
    """Wait until the status in a chat shows so many evaluations; how many it shows."""
    async with asyncio.timeout(2 * PATIENCE):
        while True:
            for message in town.world.messages(user_id):
                words = (message.text or message.caption or "").partition("Evaluation ")[2].split()
                if words and int(words[0]) >= enough:
                    return int(words[0])
            await asyncio.sleep(0.02)
