"""The parts by name, in the order of their worth."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from tests.gpu.card import card
from tests.gpu.painting import memory, presets
from tests.gpu.parity import parity
from tests.gpu.sharing import engine, workers
from tests.gpu.speed import speed
from tests.gpu.together import batch
from tests.gpu.trouble import sticky

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.gpu.rig import Rig


@dataclass(frozen=True, slots=True)
class Part:
    """A part of the script.

    Attributes:
        run: Does it.
        seconds: After which it is stopped.
    """

    run: Callable[[Rig], None]
    seconds: float


PARTS: Final = {
    "card": Part(card, 90),
    "parity": Part(parity, 100),
    "speed": Part(speed, 100),
    "presets": Part(presets, 120),
    "batch": Part(batch, 90),
    "engine": Part(engine, 90),
    "memory": Part(memory, 80),
    "workers": Part(workers, 80),
    "sticky": Part(sticky, 90),
}
