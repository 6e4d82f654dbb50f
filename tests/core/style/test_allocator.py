"""Freed blocks stay with the process where time is short, and go back to the system where memory is."""

from __future__ import annotations

import platform
import subprocess
import sys

import pytest

MEASURE = """
from pathlib import Path
import numpy as np
from core.style.allocator import keep_freed_memory

def resident():
    return int(Path("/proc/self/statm").read_text().split()[1]) * 4096

keep_freed_memory(large=True)  # as at the start, and as a smaller picture before left it
keep_freed_memory(large={large})
before = resident()
block = np.ones(2**23)
held = resident() - before
del block
print(held, resident() - before)
"""


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="it is glibc that is told")
@pytest.mark.parametrize("large", [True, False])
def test_large_blocks_are_kept_or_given_back(large: bool) -> None:
    code = MEASURE.format(large=large)
    run = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    held, left = (int(word) for word in run.stdout.split())
    assert held > 2**25
    assert (left > 2**25) is large
