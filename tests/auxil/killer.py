"""Starts the bot again and again, and kills it at random instants."""

from __future__ import annotations

import asyncio
from collections import Counter
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final
from unittest.mock import patch

from bot.playground.change_signal import ChangeSignal
from bot.playground.event_log import MessageDeleted, MessageEdited, MessagePosted, QueryAnswered
from bot.playground.faults import Faults
from tests.auxil.deadly_bot import READY
from tests.auxil.process import BotProcess, rows_in

if TYPE_CHECKING:
    import random
    from collections.abc import AsyncIterator, Iterator
    from pathlib import Path

    from bot.playground.event_log import ChatEvent, EventLog
    from bot.playground.faults import Fault
    from bot.playground.server import Playground

EARLY: Final = 0.1
"""Share of the kills that come before the bot is at work."""

ON_EVENT: Final = 0.4
"""Share of the kills that come in the very moment at which a call of the bot takes effect, before its answer."""

LONG_LIFE: Final = 10
"""Every so many-th process lives for ``LONG`` seconds, so that what takes long gets done, however slow the machine."""

LONG: Final = 2.0

STARTING: Final = 1.5
"""Seconds after the start within which an early kill comes."""


@dataclass(frozen=True, slots=True)
class Restart:
    """One process in the place of another.

    Attributes:
        begin: When the old one was told to stop, by the event loop's clock.
        end: When the new one was at work.
        code: The old one's exit code.
    """

    begin: float
    end: float
    code: int

    @property
    def seconds(self) -> float:
        """How long nobody was at work, at most."""
        return self.end - self.begin


class Killer:
    """The bot's processes, one after the other on the same data.

    Args:
        folder: Where they run; their data is in ``data`` there.
        settings: Their environment.
        playground: Their Telegram.
        dice: Decides when each dies.

    Attributes:
        starts: The number of the last event before the first call of each process.
        output: What the killed processes wrote.
        phases: In how many deaths there was what: each kill counts once, for the most delicate thing that went on.
    """

    def __init__(
        self, folder: Path, settings: dict[str, str], playground: Playground, dice: random.Random
    ) -> None:
        self.starts: list[int] = []
        self.output = ""
        self.phases: Counter[str] = Counter()
        self._database = folder / "data" / "atelier.db"
        self._folder = folder
        self._settings = settings
        self._faults = playground.faults
        self._log = playground.world.event_log
        self._dice = dice
        self._tripwire = _Tripwire(self._log)
        watched, self._log.changed = self._log.changed, self._tripwire
        watched.fire()  # Whoever waits already waits for the new signal from now on.

    async def kill(self, times: int) -> None:
        """Start the bot and kill it, so many times."""
        for number in range(1, times + 1):
            async with self.start() as bot:
                ready = await self._until_death(bot, long=number % LONG_LIFE == 0)
            self.output += bot.output
            self.phases[self._phase() if ready else "starting"] += 1

    @asynccontextmanager
    async def relieving(self, times: int) -> AsyncIterator[list[Restart]]:
        """Start the bot, and so many times another one that waits for it to stop, which it is told then.

        The last one is at work inside.
        """
        restarts = []
        clock = asyncio.get_running_loop().time
        async with AsyncExitStack() as stack:
            bot = await stack.enter_async_context(self.start())
            await bot.line(READY)
            for _ in range(times):
                other = await stack.enter_async_context(self.start())
                await other.line("begins when it stops")
                await asyncio.sleep(self._dice.random())
                begin = clock()
                bot.terminate()
                code = await bot.ended()
                await other.line(READY)
                restarts.append(Restart(begin, clock(), code))
                self.output += bot.output
                self.phases["told to stop"] += 1
                bot = other
            yield restarts

    @contextmanager
    def watching(self) -> Iterator[None]:
        """Notice the first call of each process."""

        def strike(method: str) -> Fault | None:
            if method == "getMe":
                self.starts.append(self._log.cursor)
            return Faults.strike(self._faults, method)

        with patch.object(self._faults, "strike", strike):
            yield

    def start(self) -> BotProcess:
        """Another process, to be entered."""
        return BotProcess(self._folder, self._settings, "tests.auxil.deadly_bot")

    async def _until_death(self, bot: BotProcess, *, long: bool) -> bool:
        """Kill it; whether it was at work by then."""
        if long:
            await bot.line(READY)
            await asyncio.sleep(LONG)
        chance = 1.0 if long else self._dice.random()
        if chance < EARLY:
            await asyncio.sleep(STARTING * self._dice.random())
            bot.shoot()
            return False
        await bot.line(READY)
        if chance < EARLY + ON_EVENT:
            self._tripwire.arm(bot, after=self._dice.randrange(20))
        else:
            await self._tripwire.next.wait()
            # Up to a second, and more of them early, when most is going on.
            await asyncio.sleep(self._dice.random() ** 2)
            bot.shoot()
        await bot.ended()
        return True

    def _phase(self) -> str:
        """What the dead process was at."""
        for phase, sql in _PHASES.items():
            if self.rows(sql):
                return phase
        return "at rest"

    def rows(self, sql: str) -> list[tuple[Any, ...]]:
        """What the database says."""
        return rows_in(self._database, sql)


_PHASES: Final = {
    "sending what must not come twice": "SELECT 1 FROM outbox WHERE begun AND json_extract(effect, '$.once')",
    "making a status message the result": "SELECT 1 FROM outbox WHERE begun"
    " AND json_extract(effect, '$.kind') = 'edit' AND json_extract(effect, '$.attachment.kind') = 'result'",
    "in the middle of a turn, or before it": "SELECT 1 FROM updates WHERE NOT done",
    "sending something else": "SELECT 1 FROM outbox WHERE begun",
    "before sending": "SELECT 1 FROM outbox",
    "painting": "SELECT 1 FROM jobs WHERE state IN ('queued', 'running')",
}


class _Tripwire(ChangeSignal):
    """The event log's signal, which kills a process in the moment at which a call of its takes effect."""

    def __init__(self, log: EventLog) -> None:
        super().__init__()
        self._log = log
        self._victim: BotProcess | None = None
        self._left = 0

    def arm(self, victim: BotProcess, *, after: int) -> None:
        """Kill it after so many of its calls, at the next one."""
        self._victim, self._left = victim, after

    def fire(self) -> None:
        """Something happened."""
        super().fire()
        if self._victim is None:
            return
        newest = self._log.since(self._log.cursor - 1) or []
        self._left -= any(_by_bot(event) for _, event in newest)
        if self._left < 0:
            self._victim.shoot()
            self._victim = None


def _by_bot(event: ChatEvent) -> bool:
    if isinstance(event, MessagePosted):
        return event.message.sender.is_bot
    return isinstance(event, MessageEdited | MessageDeleted | QueryAnswered)
