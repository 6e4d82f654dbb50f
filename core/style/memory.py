"""How much memory a scale may take, and what to try when memory runs out."""

from __future__ import annotations

import gc
from dataclasses import dataclass, replace
from typing import Final

import torch

from core.style.allocator import give_back_memory
from core.style.curvature_pairs import HISTORY, pair_bytes

_SHORT_HISTORY: Final = 8
_HISTORY_BYTES: Final = 110_000_000
_TILES: Final = (1024, 512, 256)
_WHOLE_PIXELS: Final = 1_600_000
"""A CPU works on tiles from the start above this; the features of such a picture take 1.5 GB."""
_SHRINK: Final = 0.75
_SMALLEST_SIDE: Final = 128


@dataclass(frozen=True, slots=True)
class MemoryBudget:
    """How much memory a scale may take.

    Attributes:
        history: How many curvature pairs the optimiser keeps.
        tile: Side of the objective's tiles in pixels; None to evaluate the picture as a whole.
    """

    history: int
    tile: int | None

    def step_down(self, size: tuple[int, int]) -> MemoryBudget | None:
        """The next smaller budget for a picture of ``size``; None if there is none."""
        if self.history > _SHORT_HISTORY:
            return replace(self, history=_SHORT_HISTORY)
        largest = min(self.tile or max(size), max(size))
        smaller = [tile for tile in _TILES if tile < largest]
        return replace(self, tile=smaller[0]) if smaller else None

    def at_most(self, other: MemoryBudget) -> MemoryBudget:
        """The smaller history and the smaller tile of both budgets."""
        sides = [budget.tile for budget in (self, other) if budget.tile is not None]
        return MemoryBudget(min(self.history, other.history), min(sides) if sides else None)


def initial_budget(size: tuple[int, int], device: torch.device) -> MemoryBudget:
    """The budget that a picture of ``size`` (width, height) begins with.

    On a CPU the system grants more memory than it has and later kills a process, maybe another one. So the budget is
    bounded there before anything fails.
    """
    pixels = size[0] * size[1]
    history = max(_SHORT_HISTORY, min(HISTORY, _HISTORY_BYTES // (pair_bytes(device) * pixels)))
    bounded = device.type == "cpu" and pixels > _WHOLE_PIXELS
    return MemoryBudget(history, _TILES[0] if bounded else None)


def smaller_side(side: int) -> int | None:
    """The next smaller long side to try, in pixels; None if that would be too small."""
    smaller = int(side * _SHRINK)
    return smaller if smaller >= _SMALLEST_SIDE else None


def release(device: torch.device) -> None:
    """Give unused memory back to the device or the system."""
    gc.collect()
    if device.type == "cuda":
        torch.cuda.empty_cache()
    elif device.type == "mps":
        torch.mps.empty_cache()
    else:
        give_back_memory()
