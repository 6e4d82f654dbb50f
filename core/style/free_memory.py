"""How much memory a device has left, beside everything else that runs there."""

from __future__ import annotations

import os
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Final

import torch

from core.style.allocator import give_back_memory

if TYPE_CHECKING:
    from collections.abc import Iterator

_ROOT: Final = Path("/")
_UNKNOWN: Final = 4_000_000_000
"""Bytes assumed where the system does not say: what most machines have left."""


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


def system_memory(root: Path = _ROOT) -> int:
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
    for line in _text(root / "proc/self/cgroup").splitlines():
        _, controllers, path = line.split(":", 2)
        if not controllers:
            mount, limit, used, unused = "", "memory.max", "memory.current", "inactive_file"
        elif "memory" in controllers.split(","):
            mount, limit, used = "memory", "memory.limit_in_bytes", "memory.usage_in_bytes"
            unused = "total_inactive_file"
        else:
            continue
        top = root / "sys/fs/cgroup" / mount
        # A container may see only its own group, at the top, and a path that leads elsewhere.
        inside = PurePosixPath(path).relative_to("/")
        for group in (inside, *inside.parents):
            folder = top / group
            most, now = _text(folder / limit).strip(), _text(folder / used).strip()
            if most.isdigit() and now.isdigit():
                yield int(most) - int(now) + _fields(folder / "memory.stat").get(unused, 0)


def _fields(path: Path) -> dict[str, int]:
    """The lines of a file like ``name: 12 kB`` or ``name 12``."""
    words = (line.replace(":", " ").split() for line in _text(path).splitlines())
    return {found[0]: int(found[1]) for found in words if len(found) > 1 and found[1].isdigit()}


def _text(path: Path) -> str:
    try:
        return path.read_text()
    except OSError:
        return ""
