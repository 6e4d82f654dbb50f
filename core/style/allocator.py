"""Keep freed memory for the next evaluation.

On Linux large blocks go back to the system as soon as they are freed, and each new one costs its page
faults again: measured, that takes a third of a convolution's time and nine tenths of a ReLU's. A transfer
allocates the same blocks again and again, so the C library is told to hold on to them.
"""

from __future__ import annotations

import ctypes
import platform
from typing import Final

# From glibc's malloc.h.
_M_TRIM_THRESHOLD: Final = -1
_M_MMAP_MAX: Final = -4


def keep_freed_memory() -> None:
    """Tell the C library to reuse freed blocks of any size. Does nothing where it is not glibc."""
    if (libc := _glibc()) is not None:
        libc.mallopt(_M_MMAP_MAX, 0)
        libc.mallopt(_M_TRIM_THRESHOLD, 2**31 - 1)


def give_back_memory() -> None:
    """Return what is free to the system, after the work."""
    if (libc := _glibc()) is not None:
        libc.malloc_trim(0)


def _glibc() -> ctypes.CDLL | None:
    if platform.libc_ver()[0] != "glibc":
        return None
    return ctypes.CDLL("libc.so.6")
