"""``make soak``: the bot under load and under faults for some minutes; ends with 1 if anything was lost or leaked.

make soak SOAK_ARGS="--only faults --jobs 1000"
"""

from __future__ import annotations

import argparse
import asyncio
import logging
import statistics
import sys
import tempfile
import time
from pathlib import Path

from tests.soak.runs import LAG, everybody_at_once, everything_goes_wrong, help_while_painting

ANSWERED = 1.0
"""Seconds in which 99 of 100 people have the answer to /help, whatever is being painted."""

RUNS = ("load", "help", "faults")


def parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="make soak", description=__doc__)
    parser.add_argument("--only", choices=RUNS, action="append", help="this run (default: all)")
    parser.add_argument("--people", type=int, default=500, help="for load (default: %(default)s)")
    parser.add_argument(
        "--clock_speed", type=float, default=1.0, help="of flood control's clock in load"
    )
    parser.add_argument("--asking", type=int, default=200, help="for /help (default: %(default)s)")
    parser.add_argument(
        "--jobs", type=int, default=10_000, help="for faults (default: %(default)s)"
    )
    return parser.parse_args()


async def main() -> int:
    choices = parse()
    # Killed bots leave broken requests behind.
    logging.getLogger("aiohttp.server").setLevel(logging.CRITICAL)
    faults: list[str] = []
    for run in choices.only or RUNS:
        with tempfile.TemporaryDirectory(prefix="atelier-soak-") as folder:
            faults += await globals()[f"_{run}"](Path(folder), choices)
    for fault in faults:
        print(f"FAULT {fault}")
    print("Nothing was lost, nothing leaked." if not faults else f"{len(faults)} faults.")
    return 1 if faults else 0


async def _load(folder: Path, choices: argparse.Namespace) -> list[str]:
    print(f"== {choices.people} people at once, a painting takes 50 ms ==", flush=True)
    figures = await everybody_at_once(
        folder, persons=choices.people, clock_speed=choices.clock_speed, limit=LAG
    )
    print(figures, flush=True)
    return figures.faults()


async def _help(folder: Path, choices: argparse.Namespace) -> list[str]:
    print(f"== {choices.asking} people ask for /help while the network paints ==", flush=True)
    waits, seen = await help_while_painting(folder, persons=choices.asking)
    p99 = statistics.quantiles(waits, n=100)[-1]
    print(
        f"{statistics.median(waits) * 1000:.0f} ms at p50, {p99 * 1000:.0f} ms at p99, "
        f"{max(waits) * 1000:.0f} ms at most; {seen} evaluations were made meanwhile",
        flush=True,
    )
    return [f"/help took {p99:.1f} s at p99."] if p99 > ANSWERED else []


async def _faults(folder: Path, choices: argparse.Namespace) -> list[str]:
    print(f"== {choices.jobs} wishes, and everything goes wrong ==", flush=True)
    began = time.monotonic()
    figures = await everything_goes_wrong(
        folder,
        persons=40,
        jobs=choices.jobs,
        clock_speed=50,
        say=lambda words: print(f"{time.monotonic() - began:6.0f} s: {words}", flush=True),
    )
    print(figures, flush=True)
    return figures.faults()


if __name__ == "__main__":
    sys.exit(asyncio.run(main()))
