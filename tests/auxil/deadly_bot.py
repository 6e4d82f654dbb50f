"""``python -m tests.auxil.deadly_bot``: the real bot around a stub painter whom the preset "Fine" takes down, process and all."""

from __future__ import annotations

import asyncio
import os
from typing import TYPE_CHECKING

from bot.app import Tuning, running
from bot.settings import read_settings
from bot.telegram.redaction import configure_logging
from core.engines.local import LocalEngine
from core.style.options import Options, Preset
from tests.auxil.painters import StubPainter

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from PIL import Image

    from core.style.events import Event

CODE = 77


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
        for event in super().stylize(content, styles, options, start=start, done=done):
            yield event
            if options.preset is Preset.FINE:
                os._exit(CODE)


async def main() -> None:
    engine = LocalEngine(stylizer_factory=DeadlyPainter)
    tuning = Tuning(pace=0.1, album_quiet=0.2, unlimited=True)
    async with running(read_settings(), engine=engine, tuning=tuning):
        await asyncio.Event().wait()


if __name__ == "__main__":
    os.environ.setdefault("PTB_TIMEDELTA", "true")
    configure_logging("WARNING")
    asyncio.run(main())
