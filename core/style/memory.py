"""How much memory a scale may take, and what to try when memory runs out."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final

import torch

from core.style.allocator import give_back_memory
from core.style.curvature_pairs import HISTORY, pair_bytes
from core.style.free_memory import free_memory
from core.style.graphs import MOST_RECORDED_PIXELS
from core.style.presets import MOST_TOGETHER

_SHORT_HISTORY: Final = 8
_TILES: Final = (4096, 2048, 1024, 512, 256)
_MARGIN: Final = (
    96  # pixels around a tile on each side that are evaluated with it, for the deep layers
)
_WHOLE_PIXELS: Final = 1_600_000
"""A CPU works on tiles from the start above this, however much memory there is."""
_HISTORY_BYTES: Final = 300_000_000
"""A CPU keeps no more curvature pairs than fit into this: 95 at 512 x 512. The tutorial's objective takes a fifth more
evaluations with 20 pairs than with 100, and half as many again with 10."""
_SHRINK: Final = 0.75
_SMALLEST_SIDE: Final = 128

# Measured on a CPU with the deep layers at 512, 768 and 1024 pixels: an evaluation's peak is 380 to 505 numbers a pixel
# in bfloat16 and 375 to 470 in float32, 320 of them saved features. Computing the targets takes up to 370.
_EVALUATION_NUMBERS: Final = 500
# What is as large as the whole picture even when it is evaluated in tiles: the optimiser's pictures, the
# preconditioner and the content's features.
_PICTURE_BYTES: Final = 300
_SHARE: Final = {"cuda": 0.85, "cpu": 0.7}
"""Of the free memory; the rest is for whatever else begins to need more."""


@dataclass(frozen=True, slots=True)
class MemoryBudget:
    """How much memory a scale may take.

    Attributes:
        history: How many curvature pairs the optimiser keeps.
        tile: Side of the objective's tiles in pixels; None to evaluate the picture as a whole.
        whole: The most pixels of a picture, or of a tile with its margin, that are evaluated at once; None for any number.
    """

    history: int
    tile: int | None
    whole: int | None = None

    def tile_for(self, size: tuple[int, int]) -> int | None:
        """Side of the tiles for another picture of ``size``, such as a style; None to take it as a whole."""
        fitting = _fitting_tile(size, self.whole)
        sides = [tile for tile in (self.tile, fitting) if tile is not None]
        return min(sides, default=None)

    def step_down(self, size: tuple[int, int]) -> MemoryBudget | None:
        """The next smaller budget for a picture of ``size``; None if there is none."""
        if self.history > _SHORT_HISTORY:
            return replace(self, history=_SHORT_HISTORY)
        largest = min(self.tile or max(size), max(size))
        smaller = [tile for tile in _TILES if tile < largest]
        return replace(self, tile=smaller[0]) if smaller else None

    def at_most(self, other: MemoryBudget) -> MemoryBudget:
        """The smaller history, the smaller tile and the smaller whole of both budgets."""
        tiles = [budget.tile for budget in (self, other) if budget.tile is not None]
        wholes = [budget.whole for budget in (self, other) if budget.whole is not None]
        return MemoryBudget(
            min(self.history, other.history), min(tiles, default=None), min(wholes, default=None)
        )


def initial_budget(
    size: tuple[int, int],
    device: torch.device,
    *,
    pictures: int = 1,
    dtype: torch.dtype = torch.float32,
    free: int | None = None,
) -> MemoryBudget:
    """The budget that a picture of ``size`` (width, height) begins with, so that it fits beside what is there already.

    A system grants more memory than it has and later kills a process, maybe another one; and a card is shared with
    other processes. So the budget is bounded before anything fails. Features come first; curvature pairs get the rest.

    Args:
        size: (width, height) in pixels.
        device: Where the picture is evaluated.
        pictures: How many pictures of this size are evaluated together.
        dtype: The number format of the features.
        free: Bytes that are free on the device; None to ask it.
    """
    pixels = size[0] * size[1]
    share = _share(device, free) - pictures * pixels * _PICTURE_BYTES
    whole = max(0, share) // (pictures * _EVALUATION_NUMBERS * dtype.itemsize)
    if device.type == "cpu":
        whole = min(whole, _WHOLE_PIXELS)
    tile = _fitting_tile(size, whole)
    at_once = pixels if tile is None else min(pixels, (tile + 2 * _MARGIN) ** 2)
    left = share - _evaluation_bytes(pictures * at_once, device, dtype)
    if device.type == "cpu":
        left = min(left, _HISTORY_BYTES)
    pairs = min(left // (pictures * pair_bytes(device) * pixels), HISTORY)
    return MemoryBudget(max(_SHORT_HISTORY, pairs), tile, whole)


def most_together(
    size: tuple[int, int],
    device: torch.device,
    *,
    dtype: torch.dtype = torch.float32,
    evaluations: int = HISTORY,
    free: int | None = None,
) -> int:
    """How many pictures of ``size`` (width, height) fit together, whole and each with a full history: 1 to 16.

    A CPU gains nothing from more than one. In so many ``evaluations`` a history has as many pairs at most.
    """
    if device.type == "cpu":
        return 1
    pixels, share = size[0] * size[1], _share(device, free)
    kept = _PICTURE_BYTES + pair_bytes(device) * min(evaluations, HISTORY)

    def fits(pictures: int) -> bool:
        together = pictures * pixels
        return together * kept + _evaluation_bytes(together, device, dtype) <= share

    return next((count for count in range(MOST_TOGETHER, 1, -1) if fits(count)), 1)


def plain_history(size: tuple[int, int], device: torch.device, *, free: int | None = None) -> int:
    """How many curvature pairs of ``torch.optim.LBFGS``, which are in float32, fit beside what is there: 8 to 100."""
    pairs = _share(device, free) // (2 * 3 * 4 * size[0] * size[1])
    return max(_SHORT_HISTORY, min(pairs, HISTORY))


def smaller_side(side: int) -> int | None:
    """The next smaller long side to try, in pixels; None if that would be too small."""
    smaller = int(side * _SHRINK)
    return smaller if smaller >= _SMALLEST_SIDE else None


def release(device: torch.device) -> None:
    """Give unused memory back to the device or the system.

    No tensor lies in a cycle, so there is nothing to collect first; with torch loaded, that takes half a second.
    """
    if device.type == "cuda":
        torch.cuda.empty_cache()
    elif device.type == "mps":
        torch.mps.empty_cache()
    else:
        give_back_memory()


def _share(device: torch.device, free: int | None) -> int:
    free = free_memory(device) if free is None else free
    return int(free * _SHARE.get(device.type, 0.5))


def _evaluation_bytes(pixels: int, device: torch.device, dtype: torch.dtype) -> int:
    """What an evaluation of so many pixels at once takes; recorded as a CUDA graph, it keeps memory of its own."""
    recorded = device.type == "cuda" and pixels <= MOST_RECORDED_PIXELS
    return pixels * _EVALUATION_NUMBERS * dtype.itemsize * (2 if recorded else 1)


def _fitting_tile(size: tuple[int, int], whole: int | None) -> int | None:
    """The largest tile that has at most ``whole`` pixels with its margin; None if the picture itself has no more."""
    if whole is None or size[0] * size[1] <= whole:
        return None
    fitting = [tile for tile in _TILES if (tile + 2 * _MARGIN) ** 2 <= whole and tile < max(size)]
    return fitting[0] if fitting else _TILES[-1]
