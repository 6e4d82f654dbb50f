"""What each part of ``make test-gpu`` works with, and the lines that it leaves in the report."""

from __future__ import annotations

import json
import sys
import time
import traceback
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Final

import torch

from core.style.options import Options, Preset
from core.style.stylizer import Stylizer
from tests.auxil.pairs import SAMPLES, choose, squares

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from PIL import Image

    from core.style.network import Networks

CAT, LANDSCAPE = choose(["cat", "landscape"])[::-1]
NEEDS_CARD: Final = "needs a card"


@dataclass(frozen=True, slots=True)
class Line:
    """One line of the report.

    Attributes:
        part: The part that wrote it.
        what: What was measured or claimed.
        value: What was found.
        wanted: What it has to be; empty where the number only informs.
        ok: False where it is not so, or where the part failed.
    """

    part: str
    what: str
    value: str
    wanted: str = ""
    ok: bool = True


class Rig:
    """One part's tools.

    Args:
        device: As ``core.style.device.find_device`` takes it.
        tiny: Pictures of 32 to 96 pixels and a few evaluations, on any machine, to see that the parts run.
        output: The folder for pictures.
        cache: The folder that keeps measurements.
        lines: The file that gets each line at once, so that a part that is killed leaves what it had.
    """

    def __init__(self, *, device: str, tiny: bool, output: Path, cache: Path, lines: Path) -> None:
        self.device = device
        self.tiny = tiny
        self.output = output
        self.cache = cache
        self.part = ""
        self.until = float("inf")
        self._lines = lines

    @property
    def cuda(self) -> bool:
        """Whether the device is an NVIDIA GPU."""
        return torch.device(self.device).type == "cuda"

    @property
    def left(self) -> float:
        """Seconds until this part is stopped."""
        return self.until - time.monotonic()

    @cached_property
    def stylizer(self) -> Stylizer:
        """The product, loaded."""
        return self.stylizer_on(self.device)

    def stylizer_on(self, device: str) -> Stylizer:
        """The product, loaded on another device; the same one where there is no other."""
        if device == self.device and "stylizer" in self.__dict__:
            return self.stylizer
        loaded = Stylizer(device=device, cache_dir=self.cache)
        loaded.load()
        return loaded

    @property
    def networks(self) -> Networks:
        """The loaded stylizer's networks."""
        return networks_of(self.stylizer)

    def squares(self, side: int) -> tuple[Image.Image, Image.Image]:
        """The cat and brush strokes, both ``side`` pixels square."""
        return squares(SAMPLES / "chelsea.jpg", SAMPLES / "impasto.jpg", side)

    def options(
        self, preset: Preset, *, evaluations: int | None = None, size: int | None = None
    ) -> Options:
        """The preset's options; in the tiny form at 64 pixels and with as many evaluations as this."""
        if self.tiny:
            return Options(preset=preset, size=64, evaluations=3)
        return Options(preset=preset, evaluations=evaluations, size=size)

    def wait(self) -> None:
        """Wait for all work on the device."""
        if self.cuda:
            torch.cuda.synchronize()

    def say(self, what: str, value: object, *, wanted: str = "", ok: bool = True) -> None:
        """Write a line, and print it at once."""
        line = Line(self.part, what, str(value), wanted, ok)
        with self._lines.open("a", encoding="utf-8") as file:
            file.write(json.dumps(asdict(line)) + "\n")
        sys.stdout.write(f"{'' if ok else 'FAILED: '}{self.part}: {what}: {value}\n")
        sys.stdout.flush()

    @contextmanager
    def attempt(self, what: str) -> Iterator[None]:
        """A step whose failure is a line of the report, after which the part goes on."""
        try:
            yield
        except Exception as error:  # noqa: BLE001 - whatever it is, the other steps are worth their time
            traceback.print_exc()
            self.say(what, one_line(error), ok=False)


def networks_of(stylizer: Stylizer) -> Networks:
    """The networks of a loaded stylizer."""
    networks = stylizer._networks
    assert networks is not None
    return networks


def one_line(error: BaseException) -> str:
    """An error as the report has it."""
    first = str(error).strip().splitlines()
    return f"{type(error).__name__}: {first[0] if first else ''}"[:300]


def read_lines(path: Path) -> list[Line]:
    """The lines that were written so far."""
    if not path.exists():
        return []
    return [Line(**json.loads(line)) for line in path.read_text(encoding="utf-8").splitlines()]
