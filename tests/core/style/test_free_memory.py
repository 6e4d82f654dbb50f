"""What a machine has left is the least of what it, and every control group around the process, has left."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
import torch

from core.style.free_memory import GpuMemory, free_memory, gpu_memory, system_memory

if TYPE_CHECKING:
    from pathlib import Path

MEMINFO = "MemTotal:       8000000 kB\nMemFree:         100000 kB\nMemAvailable:   4000000 kB\n"
UNLIMITED = 9223372036854771712


@pytest.fixture
def root(tmp_path: Path) -> Path:
    _write(tmp_path / "proc/meminfo", MEMINFO)
    return tmp_path


def test_without_a_limit_it_is_what_the_machine_can_give(root: Path) -> None:
    _write(root / "proc/self/cgroup", "0::/user.slice\n")
    _group(root / "sys/fs/cgroup/user.slice", limit="max", used=900_000_000)
    assert system_memory(root) == 4_096_000_000


@pytest.mark.parametrize("tight", ["user.slice", "user.slice/bot"])
def test_the_tightest_group_around_the_process_counts(root: Path, tight: str) -> None:
    _write(root / "proc/self/cgroup", "0::/user.slice/bot\n")
    for group in ("user.slice", "user.slice/bot"):
        limit = 1_000_000_000 if group == tight else 3_000_000_000
        _group(root / "sys/fs/cgroup" / group, limit=str(limit), used=700_000_000)
    assert system_memory(root) == 300_000_000


def test_files_that_the_system_would_drop_count_as_free(root: Path) -> None:
    _write(root / "proc/self/cgroup", "0::/bot\n")
    _group(root / "sys/fs/cgroup/bot", limit="1000000000", used=900_000_000, unused=250_000_000)
    assert system_memory(root) == 350_000_000


def test_in_a_container_the_group_is_at_the_top(root: Path) -> None:
    _write(root / "proc/self/cgroup", "0::/../../docker/0123abc\n")
    _group(root / "sys/fs/cgroup", limit="2000000000", used=500_000_000)
    assert system_memory(root) == 1_500_000_000


@pytest.mark.parametrize("path", ["/docker/bot", "/elsewhere"])
def test_the_older_control_groups_count_too(root: Path, path: str) -> None:
    _write(root / "proc/self/cgroup", f"5:cpu,cpuacct:/docker\n4:memory:{path}\n0::/\n")
    memory = root / "sys/fs/cgroup/memory"
    _older_group(memory, limit=2_000_000_000, used=500_000_000)
    _older_group(memory / "docker/bot", limit=UNLIMITED, used=500_000_000)
    assert system_memory(root) == 1_500_000_000


def test_more_used_than_the_limit_leaves_nothing(root: Path) -> None:
    _write(root / "proc/self/cgroup", "0::/\n")
    _group(root / "sys/fs/cgroup", limit="1000000000", used=1_100_000_000)
    assert system_memory(root) == 0


def test_a_system_that_says_nothing_is_no_error(tmp_path: Path) -> None:
    assert system_memory(tmp_path) > 0


def test_on_a_card_other_processes_use_is_taken_off_and_what_torch_keeps_is_not(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("torch.cuda.mem_get_info", lambda _device: (30_000, 80_000))
    monkeypatch.setattr("torch.cuda.memory_reserved", lambda _device: 9_000)
    monkeypatch.setattr("torch.cuda.memory_allocated", lambda _device: 2_000)
    assert free_memory(torch.device("cuda", 1)) == 37_000


def _group(folder: Path, *, limit: str, used: int, unused: int = 0) -> None:
    _write(folder / "memory.max", f"{limit}\n")
    _write(folder / "memory.current", f"{used}\n")
    _write(folder / "memory.stat", f"anon {used}\ninactive_file {unused}\n")


def _older_group(folder: Path, *, limit: int, used: int) -> None:
    _write(folder / "memory.limit_in_bytes", f"{limit}\n")
    _write(folder / "memory.usage_in_bytes", f"{used}\n")


def _write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)


def test_only_gpus_that_this_process_uses_are_asked_for_their_memory(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    assert gpu_memory() == {}
    reserved, asked = {0: 0, 1: 2_000}, []

    def info(number: int) -> tuple[int, int]:
        asked.append(number)
        return 70_000, 80_000

    monkeypatch.setattr(torch.cuda, "device_count", lambda: 2)
    monkeypatch.setattr(torch.cuda, "memory_reserved", reserved.get)
    monkeypatch.setattr(torch.cuda, "mem_get_info", info)
    assert gpu_memory() == {"cuda:1": GpuMemory(total=80_000, free=70_000, own=2_000)}
    assert asked == [1]
