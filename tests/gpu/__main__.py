"""``make test-gpu``: shows on a real card, within some minutes, what this project claims about GPUs.

Each part runs in a process of its own for a limited time, so that one that fails, hangs or breaks its CUDA context
leaves the others alone. With ``--device cpu`` the parts run in a tiny form, to see on any machine that they still do.
Ends with 1 if anything was not as it has to be; all parts run nevertheless.
"""

from __future__ import annotations

import argparse
import os
import signal
import subprocess
import sys
import tempfile
import time
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

import torch

from tests.gpu.parts import PARTS
from tests.gpu.rig import Line, Rig, read_lines

if TYPE_CHECKING:
    from collections.abc import Sequence

ENDING = 5.0
"""Seconds that are kept for the report."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the chosen parts and write the report; return the exit code."""
    options = _parse(arguments)
    device = options.device
    if device == "auto":
        if not torch.cuda.is_available():
            print(
                "There is no CUDA device here. --device cpu shows that the parts run, in tiny form."
            )
            return 2
        device = "cuda:0"
    options.output.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        rig = Rig(
            device=device,
            tiny=device == "cpu",
            output=options.output,
            cache=options.cache or Path(folder),
            lines=options.lines or Path(folder) / "lines",
        )
        if options.lines:  # the process of one part
            _run_here(rig, options.parts[0], until=time.monotonic() + options.seconds)
            return 0
        return _run_all(rig, options, Path(folder) / "lines")


def _parse(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.gpu", description=__doc__)
    add = parser.add_argument
    add(
        "--device", default="auto", help="cuda:N, or cpu for the tiny form (default: the first GPU)"
    )
    add("--parts", type=_names, default=list(PARTS), help=f"of {','.join(PARTS)} (default: all)")
    add("--minutes", type=float, default=8.0, help="for all parts together (default: 8)")
    default = os.environ.get("OUT") or Path(tempfile.gettempdir()) / "atelier-gpu"
    add("--output", type=Path, default=default, help="folder for report and pictures (%(default)s)")
    add("--cache", type=Path, help="folder that keeps the machine's measurement (default: none)")
    add("--here", action="store_true", help="run all parts in this process: quicker, not isolated")
    add("--lines", type=Path, help=argparse.SUPPRESS)
    add("--seconds", type=float, help=argparse.SUPPRESS)
    return parser.parse_args(arguments)


def _names(text: str) -> list[str]:
    names = text.split(",")
    if unknown := set(names) - set(PARTS):
        raise argparse.ArgumentTypeError(f"there is no part {', '.join(sorted(unknown))}")
    return names


def _run_all(rig: Rig, options: argparse.Namespace, lines: Path) -> int:
    deadline = time.monotonic() + 60 * options.minutes - ENDING
    for name in options.parts:
        began = time.monotonic()
        seconds = min(PARTS[name].seconds, deadline - began)
        rig.part = name
        if seconds <= 0:
            rig.say("not run", f"no time left of {options.minutes:g} minutes", ok=False)
        elif options.here:
            _run_here(rig, name, until=began + seconds)
        else:
            _run_apart(rig, name, seconds, lines)
        rig.part = name
        rig.say("took", f"{time.monotonic() - began:.1f} s")
        _write_report(options.output, read_lines(lines))
    found = read_lines(lines)
    print(_report(found))
    print(f"{options.output}: " + ", ".join(sorted(path.name for path in options.output.iterdir())))
    wrong = [line for line in found if not line.ok]
    for line in wrong:
        print(f"FAILED: {line.part}: {line.what}: {line.value}")
    return 1 if wrong else 0


def _run_here(rig: Rig, name: str, *, until: float) -> None:
    rig.part, rig.until = name, until
    with rig.attempt("failed"):
        PARTS[name].run(rig)


def _run_apart(rig: Rig, name: str, seconds: float, lines: Path) -> None:
    command = [sys.executable, "-m", "tests.gpu", "--device", rig.device, "--parts", name]
    command += ["--output", str(rig.output), "--cache", str(rig.cache)]
    command += ["--lines", str(lines), "--seconds", str(seconds)]
    # In a session of its own, so that what it started ends with it.
    process = subprocess.Popen(command, start_new_session=True)
    try:
        code = process.wait(seconds)
    except subprocess.TimeoutExpired:
        rig.say("stopped", f"was not done within its {seconds:.0f} s", ok=False)
    else:
        if code:
            rig.say("ended", f"with exit code {code}", ok=False)
    finally:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def _report(lines: Sequence[Line]) -> str:
    rows = ["| part | what | found | has to be | |", "|---|---|---|---|---|"]
    for line in lines:
        cells = (line.part, line.what, line.value, line.wanted, "" if line.ok else "FAILED")
        rows.append("| " + " | ".join(cell.replace("|", "/") for cell in cells) + " |")
    return "\n".join(rows)


def _write_report(output: Path, lines: Sequence[Line]) -> None:
    (output / "report.md").write_text(_report(lines) + "\n", encoding="utf-8")


if __name__ == "__main__":
    sys.exit(main())
