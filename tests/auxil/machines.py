"""Made-up machines: how long each evaluation takes there, and so what a transfer tells and how long it takes."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from core.style import presets
from core.style.progress import TracePoint
from tests.auxil.engines import a_progress, a_result, losses

if TYPE_CHECKING:
    from collections.abc import Iterator

    from core.style.options import Options
    from core.style.progress import Progress, Result

PHOTO = (4000, 3000)


@dataclass(frozen=True)
class Machine:
    """A device.

    Attributes:
        speed: GFLOP a second.
        launch: Seconds that every evaluation takes at least, as on a GPU that waits for its next kernel.
        setup: Seconds that each stage takes beside its evaluations.
        name: The device's name.
    """

    speed: float
    launch: float = 0.0
    setup: float = 0.0
    name: str = "cuda:0"

    def seconds(
        self, options: Options, size: tuple[int, int] = PHOTO, *, from_result: bool = False
    ) -> float:
        return self.result(options, size, from_result=from_result).seconds

    def result(
        self,
        options: Options,
        size: tuple[int, int] = PHOTO,
        *,
        from_result: bool = False,
        slower: float = 1.0,
    ) -> Result:
        told = list(self.progress(options, size, from_result=from_result, slower=slower))
        trace = [TracePoint(one.evaluation, one.scale, one.elapsed, losses()) for one in told]
        final = presets.stages(options, size)[-1]
        last = self.setup + final.passes * self.each(final.gflop)
        seconds = told[-1].elapsed + slower * last
        return replace(a_result(seconds=seconds), trace=tuple(trace), device=self.name)

    def progress(
        self,
        options: Options,
        size: tuple[int, int] = PHOTO,
        *,
        from_result: bool = False,
        slower: float = 1.0,
    ) -> Iterator[Progress]:
        scales = presets.stages(options, size)[-2 if from_result else 0 : -1]
        elapsed, evaluation = 0.0, 0
        for number, stage in enumerate(scales, start=1):
            each = slower * self.each(stage.gflop)
            elapsed += slower * self.setup + stage.other * each
            for _ in range(stage.evaluations):
                elapsed += each
                evaluation += 1
                yield replace(
                    a_progress(evaluation, elapsed=elapsed),
                    evaluations=sum(one.evaluations for one in scales),
                    scale=number,
                    scales=len(scales),
                    size=(number, number),
                )

    def each(self, gflop: float) -> float:
        return max(self.launch, gflop / self.speed)


CPU = Machine(500.0, name="cpu")
GPU = Machine(100_000.0, launch=0.02)
SMALL_GPU = Machine(20_000.0, launch=0.02)
"""Busy with the larger pictures, and waiting with the smaller ones."""
SLOW_SETUP = Machine(500.0, setup=10.0, name="cpu")
MACHINES = (CPU, GPU, SMALL_GPU, SLOW_SETUP)
