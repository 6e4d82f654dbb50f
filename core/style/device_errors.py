"""What an error says about the device: that memory ran out, or that this process cannot use the device any more.

torch raises a plain RuntimeError for much of it, or, in newer versions, AcceleratorError. So the text decides, which has
CUDA's own words (``cudaGetErrorString``). This module does not import torch.
"""

from __future__ import annotations

import re
import sys
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator

_OUT_OF_MEMORY: Final = (
    # CUDA, HIP and MPS, whether torch's allocator or a library ran out.
    "out of memory",
    "cudaErrorMemoryAllocation",
    "_STATUS_ALLOC_FAILED",
    "CUFFT_ALLOC_FAILED",
    # cuDNN tries all algorithms for a convolution, and none got its working memory.
    "unable to find an engine to execute this computation",
    # Older versions of torch ask NVML how much memory there is when it ran out, and stumble where NVML does not tell.
    "NVML_SUCCESS == ",
    # On a CPU torch raises a plain RuntimeError.
    "DefaultCPUAllocator",
)

_LOST: Final = (
    # CUDA documents of these that any further CUDA work returns the same error, until the process is relaunched.
    "an illegal memory access was encountered",
    "an illegal instruction was encountered",
    "device-side assert triggered",
    "hardware stack error",
    "invalid access of peer gpu memory",
    "invalid program counter",
    "misaligned address",
    "operation not supported on global/shared address space",
    "tensor memory not completely freed",
    "the launch timed out and was terminated",
    "the mps client has been terminated",
    "unspecified launch failure",
    # The device is damaged, was reset, or fell off the bus.
    "uncorrectable ecc error",
    "uncorrectable nvlink error",
    "context is destroyed",
    "cuda-capable device(s) is/are busy or unavailable",
    "device not ready",
    "no cuda-capable device is detected",
    "unknown error",
)

_ACCELERATOR_ERROR: Final = re.compile(r"(?:CUDA|HIP)(?: driver)? error: (.*)")


def is_out_of_memory(error: BaseException) -> bool:
    """Whether the error says that memory ran out, on the device or in this machine."""
    torch = sys.modules.get("torch")
    if isinstance(error, MemoryError) or (
        torch is not None and isinstance(error, torch.OutOfMemoryError)
    ):
        return True
    return isinstance(error, RuntimeError) and any(one in str(error) for one in _OUT_OF_MEMORY)


def lost_device(error: BaseException) -> str | None:
    """Why this process cannot use its device any more; None if it can, as far as the error tells.

    After such an error each further CUDA call of the process fails. So an error counts that was raised while such a one
    was handled: whatever a library made of it, releasing the device's memory met it again.
    """
    for one in _chain(error):
        found = _ACCELERATOR_ERROR.search(str(one)) if isinstance(one, RuntimeError) else None
        if found and found[1].lower().startswith(_LOST):
            return found[0]
    return None


def _chain(error: BaseException) -> Iterator[BaseException]:
    """The error, and what it was raised from or meanwhile."""
    seen: set[int] = set()
    waiting: list[BaseException | None] = [error]
    while waiting:
        one = waiting.pop()
        if one is not None and id(one) not in seen:
            seen.add(id(one))
            yield one
            waiting += (one.__context__, one.__cause__)
