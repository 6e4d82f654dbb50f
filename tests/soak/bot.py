"""``python -m tests.soak.bot``: the real bot around a stub painter, telling how it is. Ends on SIGTERM, or is killed.

Besides the bot's own settings it heeds ``SOAK_PAUSE`` (seconds that a painting takes), ``SOAK_CLOCK_SPEED`` (how much faster
than real time the clock of all budgets goes), ``SOAK_FAILS`` and ``SOAK_LOSES`` (shares of the paintings that
fail, and whose worker is lost), and ``SOAK_REAL`` (the real network instead of the stub).
"""

from __future__ import annotations

import asyncio
import os
import random
import signal
from dataclasses import replace
from typing import TYPE_CHECKING

from bot.app import Overrides, running
from bot.settings import read_settings
from bot.telegram.outbox import PACE
from bot.telegram.redaction import configure_logging
from core.engines.local import LocalEngine
from core.engines.protocol import WorkLostError
from core.style.style_errors import OutOfMemoryError
from tests.auxil.painters import StubPainter
from tests.soak.meter import tell_readings

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from PIL import Image

    from core.engines.handle import LiveHandle
    from core.engines.protocol import Engine, Work
    from core.style.options import Options
    from core.style.progress import Event

EVALUATIONS = 10


class MoodyPainter(StubPainter):
    """Takes its time, and sometimes runs out of memory.

    Args:
        seconds: What a painting takes.
        fails: Share of the paintings that fail.
    """

    def __init__(self, seconds: float, *, fails: float) -> None:
        super().__init__(pause=seconds / EVALUATIONS)
        self._fails = fails

    def stylize(
        self,
        content: Image.Image,
        styles: Sequence[Image.Image],
        options: Options,
        *,
        start: Image.Image | None = None,
        done: int = 0,
    ) -> Iterator[Event]:
        fails = random.random() < self._fails
        short = replace(options, evaluations=EVALUATIONS)
        events = super().stylize(content, styles, short, start=start, done=done)
        yield next(events)
        if fails:
            raise OutOfMemoryError
        yield from events


class FickleEngine(LocalEngine):
    """Loses a share of its works, as one does whose workers go away."""

    def __init__(self, painter: MoodyPainter, *, workers: int, loses: float) -> None:
        super().__init__(workers=workers, stylizer_factory=lambda: painter)
        self._loses = loses

    def submit_together(self, works: Sequence[Work]) -> Sequence[LiveHandle]:
        """Queue works, perhaps some that will be lost."""
        handles = super().submit_together(works)
        for handle in handles:
            if random.random() < self._loses:
                asyncio.get_running_loop().call_later(0.01, _lose, handle)
        return handles


def _lose(handle: LiveHandle) -> None:
    handle.cancel()
    handle.fail(WorkLostError("The worker is gone."))


def share(name: str, default: float = 0.0) -> float:
    return float(os.environ.get(name, default))


async def main() -> None:
    settings = read_settings()
    engine: Engine | None = None
    if "SOAK_REAL" not in os.environ:
        painter = MoodyPainter(share("SOAK_PAUSE", 0.05), fails=share("SOAK_FAILS"))
        engine = FickleEngine(painter, workers=settings.workers, loses=share("SOAK_LOSES"))
    clock_speed = share("SOAK_CLOCK_SPEED", 1.0)
    told = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, told.set)
    overrides = Overrides(pace=PACE / clock_speed, album_quiet=0.3, clock_speed=clock_speed)
    async with running(settings, engine=engine, overrides=overrides):
        telling = asyncio.create_task(tell_readings())
        # Where nobody reads any more, the one who measures is gone.
        telling.add_done_callback(lambda _: told.set())
        await told.wait()
        telling.cancel()


if __name__ == "__main__":
    os.environ.setdefault("PTB_TIMEDELTA", "true")
    configure_logging("WARNING")
    asyncio.run(main())
