"""Torch starts as many threads as may run, and these wait asleep, unless the operator says otherwise."""

from __future__ import annotations

import os
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from core.style import openmp
from core.style.openmp import prepare_threads, quota_threads

if TYPE_CHECKING:
    from pathlib import Path

V2 = "0::/a/b\n"
V1 = "9:name=systemd:/\n4:cpu,cpuacct:/docker/f00d\n1:cpuset:/docker/f00d\n0::/\n"


@pytest.fixture(autouse=True)
def _eight_processors(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(openmp, "usable_processors", lambda: 8)


@pytest.mark.parametrize(
    ("files", "expected"),
    [
        ({"a/b/cpu.max": "150000 100000\n"}, 2),
        ({"a/b/cpu.max": "max 100000\n", "a/cpu.max": "max 100000\n"}, None),
        ({"a/b/cpu.max": "600000 100000\n", "a/cpu.max": "300000 100000\n"}, 3),
        ({"cpu.max": "50000 100000\n"}, 1),
        ({"unified/a/cpu.max": "400000 100000\n"}, 4),
        ({"a/b/cpu.max": "800000 100000\n"}, None),
        ({"a/b/cpu.max": "1600000 100000\n"}, None),
        ({"a/b/cpu.max": "1000 100000\n"}, 1),
        ({"a/b/cpu.max": "nonsense\n"}, None),
        ({}, None),
    ],
    ids=[
        "rounded up",
        "none",
        "the tightest",
        "a container's own",
        "beside version 1",
        "all processors",
        "more than there are",
        "one at least",
        "unknown format",
        "no files",
    ],
)
def test_version_2s_quota_is_the_tightest_on_the_way_up(
    tmp_path: Path, files: dict[str, str], expected: int | None
) -> None:
    assert quota_threads(_machine(tmp_path, V2, files)) == expected


@pytest.mark.parametrize("folder", ["cpu", "cpu,cpuacct"])
@pytest.mark.parametrize("group", ["", "docker/f00d/"], ids=["in a container", "on the host"])
@pytest.mark.parametrize(("quota", "expected"), [("250000", 3), ("-1", None)])
def test_version_1s_quota_is_found_too(
    tmp_path: Path, folder: str, group: str, quota: str, expected: int | None
) -> None:
    files = {
        f"{folder}/{group}cpu.cfs_quota_us": f"{quota}\n",
        f"{folder}/{group}cpu.cfs_period_us": "100000\n",
    }
    assert quota_threads(_machine(tmp_path, V1, files)) == expected


def test_a_machine_without_control_groups_has_no_quota(tmp_path: Path) -> None:
    assert quota_threads(tmp_path) is None


@pytest.mark.parametrize(
    ("quota", "given", "expected"), [(3, None, "3"), (3, "5", "5"), (None, None, None)]
)
def test_a_quota_sets_the_threads_unless_the_operator_did(
    monkeypatch: pytest.MonkeyPatch, quota: int | None, given: str | None, expected: str | None
) -> None:
    monkeypatch.setattr(openmp, "quota_threads", lambda: quota)
    monkeypatch.setenv("OMP_NUM_THREADS", given or "")
    if given is None:
        monkeypatch.delenv("OMP_NUM_THREADS")

    prepare_threads()

    assert os.environ.get("OMP_NUM_THREADS") == expected


@pytest.mark.parametrize(("given", "expected"), [(None, "PASSIVE"), ("ACTIVE", "ACTIVE")])
def test_the_policy_is_set_before_torch_comes_and_an_operators_own_is_kept(
    given: str | None, expected: str
) -> None:
    program = """
import os, sys
from core.style.stylizer import Stylizer

class Watch:
    def find_spec(self, name, path=None, target=None):
        if name == "torch":
            print(os.environ.get("OMP_WAIT_POLICY"))
            sys.exit()

sys.meta_path.insert(0, Watch())
Stylizer().load()
"""
    environment = {key: value for key, value in os.environ.items() if key != "OMP_WAIT_POLICY"}
    if given is not None:
        environment["OMP_WAIT_POLICY"] = given

    run = subprocess.run(
        [sys.executable, "-c", program],
        check=False,
        capture_output=True,
        text=True,
        env=environment,
    )

    assert run.stdout == f"{expected}\n"


def _machine(root: Path, groups: str, files: dict[str, str]) -> Path:
    """A folder that looks like the root of a machine whose process is in ``groups``."""
    below = {f"sys/fs/cgroup/{name}": text for name, text in files.items()}
    for name, text in {"proc/self/cgroup": groups, **below}.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return root
