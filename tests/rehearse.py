"""``make rehearse``: how many people an hour so many workers can serve, and what gives way first.

Each combination is played by ``tests.auxil.rehearsal``, which says what of it is real: the bot with its budgets, its
queue and its database, against the playground's flood control, in virtual time. For each number of workers it goes up
to four times what they can paint.
"""

from __future__ import annotations

import argparse
import logging
import multiprocessing
import os
import tempfile
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING, Final

from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from bot.playground.flood_control import FloodLimits
from bot.telegram.budgets import OVERALL
from tests.auxil.rehearsal import Scene, rehearse
from tests.auxil.rehearsal_report import Report, percentile

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

PEOPLE: Final = (225, 450, 900, 1800, 3600, 7200, 14400)
WORKERS: Final = (1, 4, 16, 64)
TOO_MANY: Final = 4
COLOURS: Final = ("#8c2d04", "#d9820f", "#2b8cbe", "#084081")
HEAD: Final = (
    f"{'workers':>7}{'people/h':>10}{'came':>6}{'refused':>9}{'results':>9}{'wait p50':>10}{'p95':>7}"
    f"{'answer p95':>12}{'calls/s':>9}{'shed':>6}{'429':>5}{'ms CPU/job':>12}  ceiling"
)


def main() -> None:
    """Play all scenes, print what became of each, and draw it where asked."""
    options = _parse()
    scenes = _scenes(options)
    print(
        f"A painting takes {options.seconds:g} s; people come for {options.minutes:g} minutes. Times in seconds.\n"
    )
    print(HEAD)
    reports = []
    with multiprocessing.get_context("spawn").Pool(options.processes) as pool:
        for report in pool.imap(_apart, scenes):
            print(_row(report), flush=True)
            reports.append(report)
    print()
    for sentence in _reading(reports):
        print(sentence)
    if options.plot is not None:
        _draw(reports, options.plot)


def _parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    add = parser.add_argument
    add("--people", type=int, nargs="+", default=PEOPLE, help="an hour (default: %(default)s)")
    add("--workers", type=int, nargs="+", default=WORKERS, help="(default: %(default)s)")
    add("--seconds", type=float, default=10.0, help="that a painting takes (default: %(default)s)")
    add("--minutes", type=float, default=10.0, help="for which people come (default: %(default)s)")
    add("--processes", type=int, default=os.cpu_count(), help="at once (default: %(default)s)")
    add("--plot", type=Path, help="draw it into this PNG file")
    return parser.parse_args()


def _scenes(options: argparse.Namespace) -> list[Scene]:
    return [
        Scene(people=people, workers=workers, seconds=options.seconds, minutes=options.minutes)
        for workers in options.workers
        for people in options.people
        if people <= TOO_MANY * workers * 3600 / options.seconds
    ]


def _apart(scene: Scene) -> Report:
    """A scene in a process and a database of its own."""
    os.environ.setdefault("PTB_TIMEDELTA", "true")
    logging.disable(logging.ERROR)
    with tempfile.TemporaryDirectory() as folder:
        return rehearse(scene, Path(folder))


def _row(report: Report) -> str:
    scene = report.scene
    return (
        f"{scene.workers:>7}{scene.people:>10}{len(report.visits):>6}{report.refused:>9}"
        f"{f'{report.delivered}/{report.asked}':>9}"
        f"{percentile(report.waits, 50):>10.0f}{percentile(report.waits, 95):>7.0f}"
        f"{percentile(report.replies, 95):>12.1f}{report.rate:>9.1f}{100 * report.shed_share:>5.0f}%"
        f"{report.flooded:>5}{1000 * report.processor / max(1, report.asked):>12.0f}  {report.ceiling}"
    )


def _reading(reports: Iterable[Report]) -> Iterable[str]:
    """How far so many workers go, and what is short beyond."""
    yield "Until one in twenty waits for something longer than a painting takes:"
    for workers, group in groupby(reports, lambda report: report.scene.workers):
        fine, over = "fewer than the fewest", ""
        for report in group:
            if report.ceiling:
                over = f"; at {report.scene.people} {report.ceiling} are short"
                break
            fine = str(report.scene.people)
        yield f"{workers:>4} workers: {fine} people an hour{over}"


def _draw(reports: Sequence[Report], path: Path) -> None:
    figure = Figure(figsize=(11, 3.6), layout="constrained")
    waits, calls, shed = figure.subplots(1, 3)
    groups = groupby(reports, lambda report: report.scene.workers)
    for colour, (workers, group) in zip(COLOURS, groups, strict=False):
        own = list(group)
        people = [report.scene.people for report in own]
        label = f"{workers} worker{'s' if workers > 1 else ''}"
        for which, style in ((50, "-"), (95, "--")):
            seconds = [percentile(report.waits, which) for report in own]
            waits.plot(people, seconds, style, color=colour, label=label if which == 50 else None)
        calls.plot(people, [report.rate for report in own], color=colour)
        shed.plot(people, [100 * report.shed_share for report in own], color=colour)
    calls.axhline(OVERALL[0], color="grey", linewidth=0.8, linestyle=":")
    calls.axhline(FloodLimits().overall_per_second, color="black", linewidth=0.8, linestyle=":")
    waits.set(title="seconds to the result: p50, p95 dashed", yscale="log")
    calls.set(title="calls a second: the bot's limit, Telegram's")
    shed.set(title="progress edits shed, %")
    for axes in (waits, calls, shed):
        axes.set(xlabel="people an hour", xscale="log")
        axes.grid(visible=True, alpha=0.3)
    waits.legend()
    FigureCanvasAgg(figure).print_figure(path, dpi=90)


if __name__ == "__main__":
    main()
