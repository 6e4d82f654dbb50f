"""What to do when memory runs out: the steps down, and telling that it did."""

from __future__ import annotations

import gc
from dataclasses import dataclass
from typing import Final

import torch

from core.style.allocator import give_back_memory
from core.style.spectral import HISTORY

_HISTORIES: Final = (HISTORY, 10)
_SHRINK: Final = 0.75
_SMALLEST_SIDE: Final = 128


@dataclass(frozen=True, slots=True)
class Effort:
    """How much memory a scale may take.

    Attributes:
        history: Curvature pairs that are kept.
    """

    history: int = _HISTORIES[0]

    def less(self) -> Effort | None:
        """The next step down at the same size; None below the last one."""
        smaller = [history for history in _HISTORIES if history < self.history]
        return Effort(smaller[0]) if smaller else None


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
