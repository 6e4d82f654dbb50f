"""The processes of the bot that a run starts, kills and reads from."""

from __future__ import annotations

import sqlite3
from contextlib import AsyncExitStack, closing
from typing import TYPE_CHECKING

from tests.auxil.process import BotProcess
from tests.soak.meter import Reading, read

if TYPE_CHECKING:
    from pathlib import Path

    from tests.soak.town import Town


class Bots:
    """The bot's processes, one after the other on the same data.

    Args:
        folder: For the data.
        town: Its Telegram.
        settings: Further settings.
    """

    def __init__(self, folder: Path, town: Town, **settings: object) -> None:
        self.starts = 0
        self.killed = 0
        self.data = folder / "data"
        self._folder = folder
        self._settings = {
            "BOT_TOKEN": town.playground.token,
            "TELEGRAM_API_URL": town.playground.api_url,
            "DATA_DIR": str(self.data),
            "DEVICE": "cpu",
            "QUEUE_SIZE": "100000",
            "JOBS_PER_DAY": "1000000",
            "PICTURES_PER_MINUTE": "100000",
            "PICTURES_PER_HOUR": "1000000",
            **{name: str(value) for name, value in settings.items()},
        }
        self._stack = AsyncExitStack()
        self._bot: BotProcess | None = None

    async def start(self) -> BotProcess:
        """Begin another process, and wait until it is at work."""
        self.starts += 1
        bot = BotProcess(self._folder, self._settings, module="tests.soak.bot")
        self._bot = await self._stack.enter_async_context(bot)
        await self._bot.line("READING")
        return self._bot

    async def kill(self) -> None:
        """End the process as a power cut would."""
        self.killed += 1
        await self._stack.aclose()

    async def stop(self) -> list[Reading]:
        """End the process in order; what it told of itself."""
        assert self._bot is not None
        self._bot.terminate()
        await self._bot.ended()
        await self._stack.aclose()
        return [reading for line in self._bot.output.splitlines() if (reading := read(line))]

    def left(self) -> list[str]:
        """The jobs that are not over."""
        with closing(sqlite3.connect(self.data / "atelier.db")) as database:
            rows = database.execute(
                "SELECT id, state FROM jobs WHERE state IN ('queued', 'running', 'finished')"
            )
            return [f"job {job_id} is {state}" for job_id, state in rows]
