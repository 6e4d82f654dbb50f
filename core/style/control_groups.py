"""Linux's control groups (cgroups, version 1 and 2), which limit what this process may use. No torch."""

from __future__ import annotations

from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT: Final = Path("/")


def control_groups(controller: str, root: Path = ROOT) -> Iterator[Path]:
    """The folder of each control group around this process, its own and those above it; some may not exist.

    Args:
        controller: What is limited: ``cpu`` or ``memory``.
        root: The folder below which ``proc`` and ``sys`` lie.
    """
    mounts = root / "sys/fs/cgroup"
    for line in read(root / "proc/self/cgroup").splitlines():
        number, controllers, group = line.split(":", 2)
        if number == "0":  # version 2, alone or beside version 1
            folders = [mounts, mounts / "unified"]
        elif controller in controllers.split(","):  # version 1
            folders = [mounts / controller, mounts / controllers]
        else:
            continue
        # In a container the path may be the host's. Then only the topmost folder exists, which is the container's own.
        path = PurePosixPath(group.lstrip("/"))
        for level in (path, *path.parents):
            for folder in folders:
                yield folder / level


def read(path: Path) -> str:
    """A file's text; empty if it cannot be read."""
    try:
        return path.read_text(errors="replace")
    except OSError:
        return ""
