"""How much memory a device has left, beside everything else that runs there."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Final, NamedTuple

import torch

from core.style.allocator import give_back_memory
from core.style.control_groups import ROOT, control_groups, read

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_UNKNOWN: Final = 4_000_000_000
"""Bytes assumed where the system does not say: what most machines have left."""


class GpuMemory(NamedTuple):
    """A GPU's memory in bytes.

    Attributes:
        total: All that it has.
        free: What no process uses.
        own: What this process's torch uses, or keeps for reuse.
    """

    total: int
    free: int
    own: int


def gpu_memory() -> dict[str, GpuMemory]:
    """The memory of each CUDA device that this process uses, by the device's name. May wait for the driver."""
    found: dict[str, GpuMemory] = {}
    for number in range(torch.cuda.device_count()):
        # Asking about another device would begin to use it.
        if own := torch.cuda.memory_reserved(number):
            free, total = torch.cuda.mem_get_info(number)
            found[f"cuda:{number}"] = GpuMemory(total, free, own)
    return found


def free_memory(device: torch.device) -> int:
    """Bytes that may still be allocated on ``device``, other processes' use taken off.

    What torch keeps for reuse counts as free; on a CPU it is given back first.
    """
    if device.type == "cuda":
        free, _ = torch.cuda.mem_get_info(device)
        kept = torch.cuda.memory_reserved(device) - torch.cuda.memory_allocated(device)
        return free + kept
    if device.type == "mps":
        return torch.mps.recommended_max_memory() - torch.mps.current_allocated_memory()
    give_back_memory()
    return system_memory()


def system_memory(root: Path = ROOT) -> int:
    """Bytes of main memory that may still be allocated: what the machine has left, or a control group's limit.

    Args:
        root: The folder that holds ``proc`` and ``sys``.
    """
    bounds = [*_machine(root), *_control_groups(root)]
    return max(0, min(bounds, default=_UNKNOWN))


def _machine(root: Path) -> Iterator[int]:
    if (available := _fields(root / "proc/meminfo").get("MemAvailable")) is not None:
        yield 1024 * available
    elif "SC_PHYS_PAGES" in getattr(
        os, "sysconf_names", ()
    ):  # macOS; half of its memory is left, say
        yield os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") // 2


def _control_groups(root: Path) -> Iterator[int]:
    """What each group around this process has left: https://docs.kernel.org/admin-guide/cgroup-v2.html, and its v1."""
    for group in control_groups("memory", root):
        limit = read(group / "memory.max") or read(group / "memory.limit_in_bytes")
        used = read(group / "memory.current") or read(group / "memory.usage_in_bytes")
        if limit.strip().isdigit() and used.strip().isdigit():  # "max" where there is no limit
            fields = _fields(group / "memory.stat")
            # The system drops its copies of files that nobody used lately before it runs out.
            unused = fields.get("total_inactive_file", fields.get("inactive_file", 0))
            yield int(limit) - int(used) + unused


def _fields(path: Path) -> dict[str, int]:
    """The lines of a file like ``name: 12 kB`` or ``name 12``."""
    words = (line.replace(":", " ").split() for line in read(path).splitlines())
    return {found[0]: int(found[1]) for found in words if len(found) > 1 and found[1].isdigit()}
