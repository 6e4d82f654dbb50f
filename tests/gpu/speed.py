"""What an evaluation and a step of the optimiser take at each size, against what the card could do."""

from __future__ import annotations

import statistics
import time
from dataclasses import replace
from typing import TYPE_CHECKING, Final

import torch

from core.style.network import Accuracy
from core.style.options import Options, Preset
from core.style.presets import evaluation_gflop, plan
from core.style.progress import Progress
from core.style.tensors import to_tensor
from tests.gpu.card import matrix_teraflop, median_seconds
from tests.gpu.trace import traced

if TYPE_CHECKING:
    from collections.abc import Generator

    from core.style.presets import Goal
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
    """One evaluation, one step, their launches and waits, and the bound by arithmetic, at each size."""
    peak = matrix_teraflop(rig)
    for side in (64,) if rig.tiny else SIDES:
        goal = plan(Options(preset=Preset.BALANCED), (side, side)).goal
        gflop = evaluation_gflop(goal, (side, side))
        rig.say(
            f"{side} px: an evaluation's arithmetic",
            f"{gflop:.0f} GFLOP, {gflop / peak:.3f} ms at {peak:.1f} TFLOP/s",
        )
        with rig.attempt(f"{side} px: evaluation"):
            _evaluation(rig, side, goal, floor=gflop / peak)
        with rig.attempt(f"{side} px: step"):
            _step(rig, side, floor=gflop / peak)


def _evaluation(rig: Rig, side: int, goal: Goal, *, floor: float) -> None:
    content, style = (to_tensor(one, device=rig.networks.device) for one in rig.squares(side))
    objective = rig.networks.objective(
        goal, Accuracy.FAST, content=content, styles=[style], style_weights=[1.0], tile=None
    )
    pixels = 0.7 * content + 0.3 * style
    if rig.cuda:
        before = torch.cuda.memory_allocated(rig.device)
        torch.cuda.reset_peak_memory_stats(rig.device)
        objective(pixels)
        each = (torch.cuda.max_memory_allocated(rig.device) - before) / side**2
        rig.say(f"{side} px: memory of an evaluation", f"{each:.0f} bytes a pixel")
    milliseconds = 1000 * median_seconds(
        rig, lambda: objective(pixels), repeats=2 if rig.tiny else TIMED
    )

    if rig.cuda:
        traced(rig, lambda: objective(pixels), 1)  # the profiler's own first time
    trace = traced(rig, lambda: objective(pixels), 1 if rig.tiny else PROFILED)
    rig.say(f"{side} px: an evaluation", _told(trace, milliseconds, floor))
    if trace.longest:
        longest = "; ".join(f"{name[:60]} {1000 * each:.3f}" for name, each in trace.longest)
        rig.say(f"{side} px: its longest kernels, ms", longest)


def _step(rig: Rig, side: int, *, floor: float) -> None:
    warm, timed, profiled = (1, 1, 1) if rig.tiny else (WARM, TIMED, PROFILED)
    content, style = rig.squares(side)
    options = Options(preset=Preset.QUICK, size=side)
    planned = plan(options, content.size)
    # A transfer that starts from a picture of its own size leaves the coarser scales out, and their evaluations.
    steps = (warm + timed + profiled + 1) * planned.evaluations // planned.scales[-1].evaluations
    events = rig.stylizer.stylize(
        content, [style], replace(options, evaluations=steps + 1), start=content
    )
    try:
        first = _seconds_of_steps(events, warm)
        times = _seconds_of_steps(events, timed)
        trace = traced(rig, lambda: next(events), profiled)
    finally:
        events.close()
    milliseconds = 1000 * statistics.median(times)
    rig.say(
        f"{side} px: a step of the optimiser",
        f"{_told(trace, milliseconds, floor)}; the first {warm} {1000 * statistics.median(first):.2f} ms",
    )


def _seconds_of_steps(events: Generator[Event, None, None], count: int) -> list[float]:
    times = []
    for _ in range(count):
        began = time.perf_counter()
        assert isinstance(next(events), Progress)
        times.append(time.perf_counter() - began)  # the losses in it have come from the device
    return times


def _told(trace: Trace, milliseconds: float, floor: float) -> str:
    busy = 1000 * trace.busy
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
    return (
        f"{milliseconds:.2f} ms, {milliseconds / floor:.1f} times its arithmetic; device busy {busy:.2f} ms"
        f" ({busy / milliseconds:.0%}); {told}"
    )
