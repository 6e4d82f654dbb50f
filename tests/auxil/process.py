"""A real bot process, started, watched and ended by a test."""

from __future__ import annotations

import asyncio
import os
import signal
import sqlite3
import sys
from contextlib import closing, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

from bot.playground.change_signal import ChangeSignal
from tests.auxil.pictures import jpeg_bytes, painting, photo
from tests.auxil.waiting import until

if TYPE_CHECKING:
    from types import TracebackType

ROOT = Path(__file__).resolve().parents[2]
TIMEOUT = 120.0
"""Seconds after which something never happens; a process has its imports to do, which take long on a busy machine."""

PHOTO = jpeg_bytes(photo(1280, 65))
"""A panorama: as many steps as any photo, a twentieth of their time."""

STYLE = jpeg_bytes(painting(80, 80))

PASSED_ON = ("PATH", "HOME", "LANG", "TMPDIR", "LD_LIBRARY_PATH")


OWN = {"PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1"}
"""One thread, so that several test runs on one machine do not wait for each other at every layer."""


def rows_in(database: Path, sql: str) -> list[tuple[Any, ...]]:
    """What a bot's database says, without changing it or its log."""
    with closing(sqlite3.connect(f"file:{database}?mode=ro", uri=True)) as connection:
        return connection.execute(sql).fetchall()


class BotProcess:
    """``python -m bot`` (or another module) with these settings and nothing else of the test's surroundings.

    Args:
        folder: Where it runs; a ``.env`` there is read.
        settings: The environment, such as ``BOT_TOKEN``.
        module: What is run.
    """

    def __init__(self, folder: Path, settings: dict[str, str], module: str = "bot") -> None:
        self._folder = folder
        self._module = module
        self._settings = settings
        self._lines: list[str] = []
        self._changed = ChangeSignal()

    async def __aenter__(self) -> Self:
        environment = {name: os.environ[name] for name in PASSED_ON if name in os.environ}
        self._process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            self._module,
            cwd=self._folder,
            env={**environment, **OWN, **self._settings},
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
        )
        self._reading = asyncio.create_task(self._read())
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        await self.kill()
        if error is not None:
            error.add_note(f"The bot said:\n{self.output}")

    @property
    def pid(self) -> int:
        """Its number."""
        return self._process.pid

    @property
    def output(self) -> str:
        """All that it wrote so far."""
        return "".join(self._lines)

    async def line(self, part: str, *, count: int = 1) -> str:
        """The count-th line with ``part`` in it, once it is written."""
        async with asyncio.timeout(TIMEOUT):
            while True:
                changed = self._changed.next
                found = [line for line in self._lines if part in line]
                if len(found) >= count:
                    return found[count - 1]
                await changed.wait()

    async def kill(self) -> None:
        """End it as a power cut would."""
        self.shoot()
        await self.ended()

    def shoot(self) -> None:
        """The same, without waiting until it is gone."""
        with suppress(ProcessLookupError):
            self._process.kill()

    async def at_rest(self) -> None:
        """Wait until it has handled all that came, and sent all that it had to say."""
        database = Path(self._settings["DATA_DIR"]) / "atelier.db"
        waiting = "SELECT id FROM updates WHERE NOT done UNION ALL SELECT id FROM outbox"
        await until(lambda: not rows_in(database, waiting))

    def terminate(self) -> None:
        """Ask it to stop, as an operator does."""
        self._process.send_signal(signal.SIGTERM)

    async def ended(self) -> int:
        """Its exit code, once it ended."""
        async with asyncio.timeout(TIMEOUT):
            code = await self._process.wait()
        await self._reading
        return code

    async def _read(self) -> None:
        assert self._process.stdout is not None
        async for line in self._process.stdout:
            self._lines.append(line.decode(errors="replace"))
            self._changed.fire()
