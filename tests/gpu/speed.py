"""What an evaluation and a step of the optimiser take at each size, against what the card could do."""

from __future__ import annotations

import statistics
import time
from contextlib import contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING, Final

import torch

from core.style import graphs
from core.style.network import Accuracy
from core.style.options import Options, Preset
from core.style.presets import evaluation_gflop, plan
from core.style.progress import Progress
from core.style.tensors import to_tensor
from tests.gpu.card import matrix_teraflop, median_seconds
from tests.gpu.trace import traced

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterator

    from core.style.progress import Event
    from tests.gpu.rig import Rig
    from tests.gpu.trace import Trace

SIDES: Final = (128, 256, 512, 1024, 2048)
WARM: Final = (
    30  # steps after which the optimiser has as many curvature pairs as most of its steps have
)
TIMED: Final = 20
PROFILED: Final = 3


def speed(rig: Rig) -> None:
    """Milliseconds at each size first; then what was done in them, since a profiler may end a process."""
    peak = matrix_teraflop(rig)
    sides = (64,) if rig.tiny else SIDES
    taken: dict[tuple[int, str], float] = {}
    for side in sides:
        goal = plan(Options(preset=Preset.BALANCED), (side, side)).goal
        gflop = evaluation_gflop(goal, (side, side))
        floor = gflop / peak
        with rig.attempt(f"{side} px: evaluation"):
            taken[side, "evaluation"] = _time_evaluation(rig, side)
        with rig.attempt(f"{side} px: step"):
            taken[side, "step"] = _time_steps(rig, side)
        with rig.attempt(f"{side} px: step without CUDA graphs"), _without_graphs():
            taken[side, "step without CUDA graphs"] = _time_steps(rig, side)
        told = ", ".join(
            f"{what} {milliseconds:.2f} ms ({milliseconds / floor:.1f} times)"
            for (at, what), milliseconds in taken.items()
            if at == side
        )
        rig.say(
            f"{side} px against {floor:.3f} ms of arithmetic",
            f"{told}; {gflop:.0f} GFLOP at {peak:.1f} TFLOP/s",
        )
    recordable = not graphs._failed
    rig.say("CUDA graphs could be recorded", recordable, wanted="True", ok=recordable)
    for side in sides:
        with rig.attempt(f"{side} px: evaluation, profiled"):
            trace = _profile_evaluation(rig, side)
            rig.say(f"{side} px: an evaluation does", _told(trace, taken[side, "evaluation"]))
        with rig.attempt(f"{side} px: step, profiled"):
            trace = _profile_steps(rig, side)
            rig.say(f"{side} px: a step does", _told(trace, taken[side, "step"]))
            longest = "; ".join(f"{name[:50]} {1000 * each:.3f}" for name, each in trace.longest)
            rig.say(f"{side} px: a step's longest kernels, ms", longest or "none")


@contextmanager
def _without_graphs() -> Iterator[None]:
    """As on a machine on which recording failed."""
    before, graphs._failed = graphs._failed, True
    try:
        yield
    finally:
        graphs._failed = before


def _time_evaluation(rig: Rig, side: int) -> float:
    evaluate = _evaluation(rig, side)
    evaluate()
    if rig.cuda:
        before = torch.cuda.memory_allocated(rig.device)
        torch.cuda.reset_peak_memory_stats(rig.device)
        evaluate()
        each = (torch.cuda.max_memory_allocated(rig.device) - before) / side**2
        rig.say(f"{side} px: memory of an evaluation", f"{each:.0f} bytes a pixel")
    return 1000 * median_seconds(rig, evaluate, repeats=1 if rig.tiny else TIMED)


def _profile_evaluation(rig: Rig, side: int) -> Trace:
    evaluate = _evaluation(rig, side)
    for _ in range(1 if rig.tiny else 3):
        evaluate()
    if rig.cuda:
        traced(rig, evaluate, 1)  # the profiler's own first time
    return traced(rig, evaluate, 1 if rig.tiny else PROFILED)


def _evaluation(rig: Rig, side: int) -> Callable[[], object]:
    content, style = (to_tensor(one, device=rig.networks.device) for one in rig.squares(side))
    objective = rig.networks.objective(
        plan(Options(preset=Preset.BALANCED), (side, side)).goal,
        Accuracy.FAST,
        content=content,
        styles=[style],
        style_weights=[1.0],
        tile=None,
    )
    pixels = 0.7 * content + 0.3 * style
    return lambda: objective(pixels)


def _time_steps(rig: Rig, side: int) -> float:
    warm, timed = (1, 1) if rig.tiny else (WARM, TIMED)
    with _steps(rig, side, warm + timed) as events:
        first = _seconds_of(events, warm)
        later = _seconds_of(events, timed)
    how = " without CUDA graphs" if graphs._failed else ""
    rig.say(
        f"{side} px: a step among the first {warm}{how}",
        f"{1000 * statistics.median(first):.2f} ms",
    )
    return 1000 * statistics.median(later)


def _profile_steps(rig: Rig, side: int) -> Trace:
    warm, profiled = (1, 1) if rig.tiny else (WARM, PROFILED)
    with _steps(rig, side, warm + profiled) as events:
        _seconds_of(events, warm)
        return traced(rig, lambda: next(events), profiled)


@contextmanager
def _steps(rig: Rig, side: int, count: int) -> Iterator[Generator[Event, None, None]]:
    """A transfer that makes so many evaluations, all at one size, and one more at least."""
    content, style = rig.squares(side)
    options = Options(preset=Preset.QUICK, size=side)
    planned = plan(options, content.size)
    # A transfer that starts from a picture of its own size leaves the coarser scales out, and their evaluations.
    whole = (count + 1) * planned.evaluations // planned.scales[-1].evaluations + 1
    options = replace(options, evaluations=whole)
    events = rig.stylizer.stylize(content, [style], options, start=content)
    try:
        yield events
    finally:
        events.close()


def _seconds_of(events: Generator[Event, None, None], count: int) -> list[float]:
    times = []
    for _ in range(count):
        began = time.perf_counter()
        assert isinstance(next(events), Progress)
        times.append(time.perf_counter() - began)  # the losses in it have come from the device
    return times


def _told(trace: Trace, milliseconds: float) -> str:
    counts = {
        "kernels": trace.kernels,
        "launches": trace.launches,
        "graphs": trace.graphs,
        "CPU operators": trace.operators,
        "waits": trace.waits,
        "copies to the host": trace.to_host,
        "to the device": trace.to_device,
    }
    told = ", ".join(f"{number:.4g} {name}" for name, number in counts.items())
    busy = 1000 * trace.busy
    return f"{told}; device busy {busy:.2f} of {milliseconds:.2f} ms ({busy / milliseconds:.0%})"
