"""``make bench``: L-BFGS's direction from two matrices against the two-loop recursion, and operations an evaluation.

Both take their direction from the same pairs, in bfloat16, in turns in one process. The recursion is that of Nocedal and
Wright, algorithm 7.4: each pair is made float32 when it is met. Neither has an initial inverse Hessian, which costs both
the same.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Final

import torch

from core.style.curvature_pairs import CurvaturePairs
from core.style.options import Options, Preset
from core.style.progress import Progress
from core.style.stylizer import Stylizer
from tests.auxil.operations import Operations
from tests.auxil.pairs import SAMPLES, squares

if TYPE_CHECKING:
    from collections.abc import Callable

    from torch import Tensor

SIDE: Final = 512
HISTORIES: Final = (16, 35)
TURNS: Final = 15
EVALUATIONS: Final = 16


def main() -> None:
    """Print both tables."""
    threads = torch.get_num_threads()
    print(f"L-BFGS's direction at {SIDE} x {SIDE}, {threads} threads; least CPU time of {TURNS}")
    print(f"{'pairs':>6}{'two loops ms':>14}{'compact ms':>12}{'ratio':>7}")
    for history in HISTORIES:
        loops, compact = _directions(history)
        print(f"{history:>6}{1000 * loops:>14.0f}{1000 * compact:>12.0f}{loops / compact:>7.1f}")
    print(f"\noperations of an evaluation and its step at {SIDE} x {SIDE}: {_operations()}")
    print("(those of a CPU, which takes Gram matrices and curvature pairs in parts)")


def _directions(history: int) -> tuple[float, float]:
    """CPU seconds of the two-loop recursion and of the two matrices."""
    gradient = _noise(0)
    pairs = CurvaturePairs(history, gradient)
    kept = []
    for number in range(history):
        step = _noise(number + 1)
        difference = 2 * step + 0.5 * _noise(number + 1000)
        pairs.append(step, difference, [True])
        pairs.direction(gradient, torch.clone)
        kept.append((step.bfloat16(), difference.bfloat16(), 1 / _dot(step, difference)))
    seconds = []
    for _ in range(TURNS):
        pairs.append(step, difference, [True])  # a step's direction also multiplies its new pair
        loops = _timed(lambda: two_loops(kept, gradient))
        seconds.append((loops, _timed(lambda: pairs.direction(gradient, torch.clone))))
    loops, compact = (min(column) for column in zip(*seconds, strict=True))
    return loops, compact


def two_loops(pairs: list[tuple[Tensor, Tensor, Tensor]], gradient: Tensor) -> Tensor:
    """The direction by Nocedal and Wright, algorithm 7.4, from (s, y, 1 / (s · y)), the oldest first."""
    q = gradient.clone()
    projections = []
    for step, difference, inverse in reversed(pairs):
        projection = inverse * _dot(step.float(), q)
        q.addcmul_(difference.float(), projection, value=-1)
        projections.append(projection)
    for (step, difference, inverse), projection in zip(pairs, reversed(projections), strict=True):
        q.addcmul_(step.float(), projection - inverse * _dot(difference.float(), q))
    return q


def _operations() -> int:
    content, style = squares(SAMPLES / "chelsea.jpg", SAMPLES / "impasto.jpg", SIDE)
    options = Options(preset=Preset.QUICK, size=SIDE, evaluations=EVALUATIONS)
    stylizer = Stylizer(device="cpu")
    stylizer.load()
    events = stylizer.stylize(content, [style], options)
    counts: list[int] = []
    while True:
        with Operations() as seen:
            event = next(events)
        if not isinstance(event, Progress):
            return max(counts[1:])  # the first one computed the targets
        if event.scale == event.scales:
            counts.append(seen.computing)


def _timed(call: Callable[[], object]) -> float:
    began = time.process_time()
    call()
    return time.process_time() - began


def _dot(one: Tensor, other: Tensor) -> Tensor:
    return torch.dot(one.flatten(), other.flatten())


def _noise(seed: int) -> Tensor:
    return torch.randn(1, 3, SIDE, SIDE, generator=torch.Generator().manual_seed(seed))


if __name__ == "__main__":
    main()
