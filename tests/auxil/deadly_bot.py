"""``python -m tests.auxil.deadly_bot``: the real bot around a stub painter whom the preset "Fine" takes down, process and all.

With ``PAINTER_LIVES`` in the environment it does not.
"""

from __future__ import annotations

import asyncio
import os
import random
import signal
from dataclasses import replace
from typing import TYPE_CHECKING
from unittest.mock import patch

from bot.app import Overrides, running
from bot.settings import read_settings
from bot.telegram.redaction import configure_logging
from core.engines.local import LocalEngine
from core.style.options import Options, Preset
from core.style.progress import Progress
from tests.auxil.painters import DEFAULT_EVALUATIONS, StubPainter

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from PIL import Image

    from core.style.progress import Event

CODE = 77
READY = "READY"
"""Printed once the bot is at work."""

SECONDS = (0.01, 0.05)
"""A job takes so long, from the shortest to the longest."""

SLOWER = 4
"""How many times as long the preset "Classic" takes."""


class DeadlyPainter(StubPainter):
    """Dies as under the kernel's out-of-memory killer: no exception, no farewell."""

    def stylize(
        self,
        content: Image.Image,
        styles: Sequence[Image.Image],
        options: Options,
        *,
        start: Image.Image | None = None,
        done: int = 0,
    ) -> Iterator[Event]:
        slower = SLOWER if options.preset is Preset.CLASSIC else 1
        self.pause = slower * random.uniform(*SECONDS) / DEFAULT_EVALUATIONS
        for event in super().stylize(content, styles, options, start=start, done=done):
            # The audit looks for the content in the result, which is what a stub begins with.
            if isinstance(event, Progress):
                yield replace(event, render_state=lambda: start or content)
            else:
                yield event
            if options.preset is Preset.FINE and "PAINTER_LIVES" not in os.environ:
                os._exit(CODE)


async def main() -> None:
    engine = LocalEngine(stylizer_factory=DeadlyPainter)
    overrides = Overrides(pace=0.05, album_quiet=0.1, unlimited=True)
    # Who kills it every second has some updates interrupted three times, and none of them is to blame.
    with patch("bot.telegram.inbox.MAX_TRIES", 1000):
        await serve(engine, overrides)


async def serve(engine: LocalEngine, overrides: Overrides) -> None:
    told = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, told.set)
    async with running(read_settings(), engine=engine, overrides=overrides):
        print(READY, flush=True)  # noqa: T201 - the test waits for it
        await told.wait()


if __name__ == "__main__":
    os.environ.setdefault("PTB_TIMEDELTA", "true")
    configure_logging("WARNING")
    asyncio.run(main())
