"""One transfer, from pictures to a picture: a generator of events, scale after scale."""

from __future__ import annotations

import time
from dataclasses import replace
from typing import TYPE_CHECKING

from core.style.errors import OutOfMemoryError
from core.style.events import Progress, Reduced, Result
from core.style.lbfgs import PlainLBFGS
from core.style.memory import Effort, is_out_of_memory, release, smaller_side
from core.style.network import Accuracy
from core.style.options import Solver
from core.style.presets import fit
from core.style.spectral import SpectralLBFGS

if TYPE_CHECKING:
    from collections.abc import Generator

    from torch import Tensor

    from core.style.canvas import Canvas
    from core.style.events import Event
    from core.style.exact import ExactObjective
    from core.style.lbfgs import Evaluate, Optimiser
    from core.style.network import Networks
    from core.style.objective import Objective
    from core.style.options import Options
    from core.style.presets import Plan


class Transfer:
    """One transfer; iterate over ``events`` once.

    Args:
        canvas: The pictures.
        plan: What is to be done.
        options: The person's choices.
        networks: What computes the objective.
    """

    def __init__(self, canvas: Canvas, plan: Plan, options: Options, networks: Networks) -> None:
        self._canvas = canvas
        self._plan = plan
        self._networks = networks
        self._time_limit = options.time_limit or float("inf")
        self._shares = options.style_weights
        self._scales = list(canvas.remaining(plan.scales))
        self._began = time.perf_counter()
        self._evaluations = 0
        self._effort = Effort()
        self._accuracy = Accuracy.REFERENCE if plan.exact else Accuracy.FAST
        self._table: Tensor | None = None
        self._painted = self._scales[-1].size

    def events(self) -> Generator[Event, None, None]:
        """Progress after every evaluation, then the Result.

        Raises:
            NotFiniteError: The objective is not finite however small the steps.
            OutOfMemoryError: Even the smallest size did not fit.
        """
        pixels: Tensor | None = None
        number = 0
        while number < len(self._scales):
            pixels = self._canvas.begin(self._scales[number].size, pixels)
            if self._is_late():
                number += 1
                continue
            painting = self._paint(number, pixels)
            try:
                pixels = yield from painting
                number += 1
            except (RuntimeError, MemoryError) as error:
                if not is_out_of_memory(error):
                    raise
                reduced = self._step_down(number)
                if reduced is not None:
                    yield reduced
        assert pixels is not None  # noqa: S101 - there is at least one scale
        yield self._result(pixels)

    def _paint(self, number: int, pixels: Tensor) -> Generator[Progress, None, Tensor]:
        scale = self._scales[number]
        if scale.evaluations == 0:
            return pixels
        self._painted = scale.size
        optimiser = self._optimiser(self._objective(scale.size, self._accuracy), pixels)
        total = self._evaluations + sum(later.evaluations for later in self._scales[number:])
        for _ in range(scale.evaluations):
            losses = optimiser.step()
            self._evaluations += 1
            yield Progress(
                evaluation=self._evaluations,
                evaluations=total,
                scale=number + 1,
                scales=len(self._scales),
                size=scale.size,
                losses=losses,
                elapsed=self._elapsed(),
                picture=lambda: self._canvas.picture(optimiser.pixels),
            )
            if self._is_late():
                break
        if isinstance(optimiser, SpectralLBFGS):
            self._table = optimiser.table
        return optimiser.pixels

    def _step_down(self, number: int) -> Reduced | None:
        """Go on with less memory at the same size, or at a smaller one as the last scale."""
        release(self._networks.device)
        if (effort := self._effort.less()) is not None:
            self._effort = effort
            return None
        wanted = self._scales[number]
        if (side := smaller_side(max(wanted.size))) is None:
            raise OutOfMemoryError
        size = fit(wanted.size, side)
        self._scales[number:] = [replace(wanted, size=size)]
        return Reduced(wanted.size, size)

    def _objective(self, size: tuple[int, int], accuracy: Accuracy) -> Objective | ExactObjective:
        styles = self._canvas.styles(size)
        shares = self._shares or (1.0,) * len(styles)
        return self._networks.objective(
            self._plan.goal,
            accuracy,
            content=self._canvas.content(size),
            styles=styles,
            style_weights=[share / sum(shares) for share in shares],
        )

    def _optimiser(self, objective: Evaluate, pixels: Tensor) -> Optimiser:
        if self._plan.solver is Solver.LBFGS:
            return PlainLBFGS(objective, pixels)
        return SpectralLBFGS(objective, pixels, history=self._effort.history, table=self._table)

    def _result(self, pixels: Tensor) -> Result:
        # Under a time limit, measured where it last was painted: the finest scale would take longer.
        size = self._painted
        objective = self._objective(
            size, Accuracy.REFERENCE if self._plan.exact else Accuracy.FLOAT32
        )
        return Result(
            picture=self._canvas.picture(pixels),
            initial=objective.measure(self._canvas.content(size)),
            final=objective.measure(self._canvas.begin(size, pixels)),
            evaluations=self._evaluations,
            seconds=self._elapsed(),
            device=str(self._networks.device),
            weights=self._networks.weights_name,
            complete=not self._is_late(),
        )

    def _elapsed(self) -> float:
        return time.perf_counter() - self._began

    def _is_late(self) -> bool:
        return self._elapsed() > self._time_limit
