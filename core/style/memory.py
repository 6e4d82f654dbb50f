"""What to do when memory runs out: the steps down, and telling that it did."""

from __future__ import annotations

import gc
from dataclasses import dataclass, replace
from typing import Final

import torch

from core.style.allocator import give_back_memory
from core.style.spectral_lbfgs import HISTORY, PAIR_BYTES

_SHORT_HISTORY: Final = 8
_HISTORY_BYTES: Final = 110_000_000
_TILES: Final = (1024, 512, 256)
_WHOLE_PIXELS: Final = (
    1_600_000  # above it a CPU works on tiles from the start: 1.5 GB for the features
)
_SHRINK: Final = 0.75
_SMALLEST_SIDE: Final = 128


@dataclass(frozen=True, slots=True)
class MemoryBudget:
    """How much memory a scale may take.

    Attributes:
        history: Curvature pairs that are kept.
        tile: Side of the tiles that are worked on, in pixels; None for the picture as a whole.
    """

    history: int
    tile: int | None

    def step_down(self, size: tuple[int, int]) -> MemoryBudget | None:
        """The next step down for a picture of ``size``; None below the last one."""
        if self.history > _SHORT_HISTORY:
            return replace(self, history=_SHORT_HISTORY)
        largest = min(self.tile or max(size), max(size))
        smaller = [tile for tile in _TILES if tile < largest]
        return replace(self, tile=smaller[0]) if smaller else None

    def at_most(self, other: MemoryBudget) -> MemoryBudget:
        """The smaller of both in each respect."""
        sides = [budget.tile for budget in (self, other) if budget.tile is not None]
        return MemoryBudget(min(self.history, other.history), min(sides) if sides else None)


def initial_budget(size: tuple[int, int], device: torch.device) -> MemoryBudget:
    """What a picture of ``size`` (width, height) is begun with.

    A CPU's memory is promised freely and missed only later, by everybody: there it is bounded beforehand.
    """
    pixels = size[0] * size[1]
    history = max(_SHORT_HISTORY, min(HISTORY, _HISTORY_BYTES // (PAIR_BYTES * pixels)))
    bounded = device.type == "cpu" and pixels > _WHOLE_PIXELS
    return MemoryBudget(history, _TILES[0] if bounded else None)


def smaller_side(side: int) -> int | None:
    """The next smaller long side to try, in pixels; None where the picture is small already."""
    smaller = int(side * _SHRINK)
    return smaller if smaller >= _SMALLEST_SIDE else None


def is_out_of_memory(error: BaseException) -> bool:
    """Whether the error says that memory ran out."""
    if isinstance(error, MemoryError | torch.OutOfMemoryError):
        return True
    # On the CPU torch has no type of its own for it.
    return isinstance(error, RuntimeError) and "DefaultCPUAllocator" in str(error)


def release(device: torch.device) -> None:
    """Give back what is not in use."""
    gc.collect()
    if device.type == "cuda":
        torch.cuda.empty_cache()
    elif device.type == "mps":
        torch.mps.empty_cache()
    else:
        give_back_memory()
