"""``make fuzz``: damaged files of every format through the real processes that open strangers' pictures, for minutes.

Prints what came of them; ends with 1 if one was answered otherwise than with a picture or a sentence, or too late.
``FUZZ_MINUTES=60`` says how long, ``FUZZ_SEED=7`` takes other files, and ``FUZZ_KEEP=folder`` keeps those that were too
much for a reader.
"""

from __future__ import annotations

import asyncio
import logging
import os
import random
import resource
import sys
import time
from collections import Counter
from contextlib import suppress
from dataclasses import dataclass, field
from io import BytesIO
from pathlib import Path

import psutil
from PIL import Image

from core.pictures.codec import STORED_SIDE
from core.pictures.decoder import MEMORY, SECONDS, TIMEOUT, Decoder
from core.pictures.picture_errors import PictureError, TooCostlyError
from tests.auxil.mutations import corpus, damaged, random_damage

GROWTH = 100
"""MB that this process may grow by, which stands in for the bot."""


@dataclass
class Figures:
    """What came of the damaged files."""

    outcomes: Counter[str] = field(default_factory=Counter)
    slowest: tuple[float, str] = (0.0, "")
    faults: list[str] = field(default_factory=list)
    costly: list[tuple[str, bytes]] = field(default_factory=list)
    largest: int = 0

    def __str__(self) -> str:
        lines = [f"{sum(self.outcomes.values())} files"]
        lines += [f"{count:9} {name}" for name, count in self.outcomes.most_common()]
        seconds, name = self.slowest
        lines.append(
            f"slowest: {seconds:.2f} s ({name}); {SECONDS} s of processor time are allowed"
        )
        lines.append(f"largest process seen: {self.largest} MB; {MEMORY} MB are allowed")
        return "\n".join([*lines, *(f"FAULT {fault}" for fault in self.faults)])


async def open_damaged(decoder: Decoder, data: bytes, name: str, figures: Figures) -> None:
    """Have one file opened and count what comes of it; anything but a picture or a sentence is a fault."""
    began = time.perf_counter()
    try:
        opened = await decoder.open(data)
    except PictureError as error:
        outcome = type(error).__name__
        if isinstance(error, TooCostlyError):
            figures.costly.append((name, data))
    except Exception as error:  # noqa: BLE001 - the fault that is looked for
        outcome = "fault"
        figures.faults.append(f"{name}: {error!r}")
    else:
        outcome = ", ".join(("picture", *opened.notes))
        image = Image.open(BytesIO(opened.data))
        image.load()
        if image.size != opened.size or max(image.size) > STORED_SIDE:
            figures.faults.append(f"{name}: {image.size}")
    seconds = time.perf_counter() - began
    figures.outcomes[outcome] += 1
    figures.slowest = max(figures.slowest, (seconds, name))
    if seconds > TIMEOUT + 10:
        figures.faults.append(f"{name}: {seconds:.0f} s")


async def fuzz(seconds: float, seed: int) -> Figures:
    """Open damaged files, one after the other, for so many seconds."""
    figures, before = Figures(), _peak()
    watch = asyncio.create_task(_watch_memory(figures))
    end, files = time.monotonic() + seconds, list(corpus().items())
    async with Decoder(at_once=1) as decoder:
        number = 0
        while time.monotonic() < end:
            name, data = files[number % len(files)]
            chance = random.Random(f"{seed}.{number}")
            label = f"{name}, seed {seed}.{number}"
            await open_damaged(decoder, damaged(data, random_damage(chance)), label, figures)
            number += 1
    watch.cancel()
    growth = _peak() - before
    if growth > GROWTH:
        figures.faults.append(f"this process grew by {growth} MB")
    return figures


def _peak() -> int:
    """The most memory of this process so far in MB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss >> 10


async def _watch_memory(figures: Figures) -> None:
    """Look at the processes that open files, often enough to see those that work for long."""
    this = psutil.Process()
    while True:
        await asyncio.sleep(0.05)
        for process in this.children(recursive=True):
            with suppress(psutil.Error):
                figures.largest = max(figures.largest, process.memory_info().rss >> 20)


def main() -> int:
    logging.disable(logging.ERROR)
    minutes, seed = (
        float(os.environ.get("FUZZ_MINUTES", "2")),
        int(os.environ.get("FUZZ_SEED", "1")),
    )
    figures = asyncio.run(fuzz(60 * minutes, seed))
    print(figures)
    if keep := os.environ.get("FUZZ_KEEP"):
        for name, data in figures.costly:
            (Path(keep) / name.replace(" ", "_")).write_bytes(data)
    return 1 if figures.faults else 0


if __name__ == "__main__":
    sys.exit(main())
