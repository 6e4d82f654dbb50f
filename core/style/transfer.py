"""One transfer: a generator of events that optimises the pixels scale after scale, from coarse to fine."""

from __future__ import annotations

import time
from dataclasses import replace
from typing import TYPE_CHECKING

from core.pictures.codec import to_png
from core.style.allocator import keep_freed_memory
from core.style.device_errors import is_out_of_memory
from core.style.lbfgs import PlainLBFGS
from core.style.memory import initial_budget, release, smaller_side
from core.style.network import Accuracy
from core.style.options import Solver
from core.style.presets import fit
from core.style.progress import Losses, Progress, Result
from core.style.spectral_lbfgs import SpectralLBFGS
from core.style.style_errors import NotFiniteError, OutOfMemoryError
from core.style.tensors import to_picture

if TYPE_CHECKING:
    from collections.abc import Generator

    import numpy as np
    from torch import Tensor

    from core.style.canvas import Canvas
    from core.style.exact import ExactObjective
    from core.style.lbfgs import Optimiser
    from core.style.memory import MemoryBudget
    from core.style.network import Networks
    from core.style.objective import Objective
    from core.style.options import Options
    from core.style.presets import Plan
    from core.style.progress import Event


class Transfer:
    """One transfer; iterate over ``events`` once.

    Args:
        canvas: The pictures.
        plan: Scales, objective and solver.
        options: The person's choices.
        networks: Makes the objectives.
    """

    def __init__(self, canvas: Canvas, plan: Plan, options: Options, networks: Networks) -> None:
        self._canvas = canvas
        self._plan = plan
        self._networks = networks
        self._time_limit = options.time_limit or float("inf")
        self._style_weights = options.style_weights
        self._scales = list(canvas.remaining(plan.scales))
        self._began = time.perf_counter()
        self._evaluations = canvas.done
        self._reduced = False
        self._budget: MemoryBudget | None = None
        self._log_inverse_hessian: np.ndarray | None = None
        self._optimised_size = self._scales[-1].size
        self._current: Tensor  # assigned at the beginning of each scale

    def events(self) -> Generator[Event, None, None]:
        """Progress after every evaluation, then the Result. After a checkpoint, both count the evaluations before it.

        Raises:
            NotFiniteError: The objective is not finite however small the steps.
            OutOfMemoryError: Even the smallest size did not fit.
        """
        pixels = self._canvas.checkpoint()
        number = self._first_unfinished()
        while number < len(self._scales):
            self._current = self._canvas.initial_image(self._scales[number].size, pixels)
            fitted = True
            try:
                yield from self._optimise_scale(number)
            except (RuntimeError, MemoryError) as error:
                if not is_out_of_memory(error):
                    raise
                fitted = False
            # Outside of the except block the error is gone, and with it the tensors that its frames hold.
            if fitted:
                number += 1
            else:
                self._step_down(number)
            pixels = self._current
        yield self._result()

    def _first_unfinished(self) -> int:
        """The number of the first scale with evaluations left, from 0; the last one if none has any."""
        last = len(self._scales) - 1
        return next((n for n, scale in enumerate(self._scales) if scale.evaluations), last)

    def _optimise_scale(self, number: int) -> Generator[Progress, None, None]:
        scale = self._scales[number]
        if scale.evaluations == 0 or self._is_late():
            return
        self._optimised_size = scale.size
        total = self._evaluations + sum(later.evaluations for later in self._scales[number:])
        optimiser = self._optimiser(scale.size)
        for done in range(1, scale.evaluations + 1):
            (losses,) = optimiser.step()
            if losses is None:
                raise NotFiniteError
            self._current = optimiser.pixels
            self._evaluations += 1
            self._scales[number] = replace(scale, evaluations=scale.evaluations - done)
            yield Progress(
                evaluation=self._evaluations,
                evaluations=total,
                scale=number + 1,
                scales=len(self._scales),
                size=scale.size,
                losses=losses,
                elapsed=self._elapsed(),
                render=lambda: self._canvas.picture(self._current),
                render_state=lambda: to_picture(self._current),
                reduced=self._reduced,
            )
            if self._is_late():
                break
        if isinstance(optimiser, SpectralLBFGS):
            self._log_inverse_hessian = optimiser.log_inverse_hessian

    def _step_down(self, number: int) -> None:
        """Shrink the memory budget at the same size; once it cannot shrink, make a smaller size the last scale.

        Raises:
            OutOfMemoryError: The size cannot shrink any further either.
        """
        scale = self._scales[number]
        if self._reduce_budget(scale.size):
            return
        if (side := smaller_side(max(scale.size))) is None:
            raise OutOfMemoryError
        self._scales[number:] = [replace(scale, size=fit(scale.size, side))]
        self._reduced = True

    def _reduce_budget(self, size: tuple[int, int]) -> bool:
        release(self._networks.device)
        budget = self._budget_for(size).step_down(size)
        if budget is not None:
            self._budget = budget
        return budget is not None

    def _budget_for(self, size: tuple[int, int]) -> MemoryBudget:
        usual = initial_budget(size, self._networks.device)
        return usual if self._budget is None else usual.at_most(self._budget)

    def _objective(self, size: tuple[int, int], accuracy: Accuracy) -> Objective | ExactObjective:
        styles = self._canvas.styles(size)
        shares = self._style_weights or (1.0,) * len(styles)
        tile = self._budget_for(size).tile
        # Tiles mean that memory is short: give large blocks back at once, although that takes time.
        keep_freed_memory(large=tile is None)
        return self._networks.objective(
            self._plan.goal,
            accuracy,
            content=self._canvas.content(size),
            styles=styles,
            style_weights=[share / sum(shares) for share in shares],
            content_mask=self._canvas.content_mask(size),
            style_masks=self._canvas.style_masks(size),
            tile=tile,
        )

    def _optimiser(self, size: tuple[int, int]) -> Optimiser:
        accuracy = Accuracy.REFERENCE if self._plan.exact else Accuracy.FAST
        objective = self._objective(size, accuracy)
        # Allocate the curvature pairs after the target features' large blocks are given back, or the allocator fragments.
        release(self._networks.device)
        if self._plan.solver is Solver.LBFGS:
            history = self._budget.history if self._budget is not None else PlainLBFGS.HISTORY
            return PlainLBFGS(objective, self._current, history=history)
        history = self._budget_for(size).history
        return SpectralLBFGS(
            objective, self._current, history=history, log_inverse_hessian=self._log_inverse_hessian
        )

    def _result(self) -> Result:
        initial, final = self._final_losses()
        picture = self._canvas.picture(self._current)
        return Result(
            picture=to_png(picture),
            size=picture.size,
            initial=initial,
            final=final,
            evaluations=self._evaluations,
            seconds=self._elapsed(),
            device=str(self._networks.device),
            weights=self._networks.weights_name,
            complete=all(scale.evaluations == 0 for scale in self._scales),
            reduced=self._reduced,
        )

    def _final_losses(self) -> tuple[Losses, Losses]:
        """The losses of the photo itself and of the picture, in float32."""
        # After a time limit this is the size that was last optimised: measuring at the finest one would take longer.
        size = self._optimised_size
        accuracy = Accuracy.REFERENCE if self._plan.exact else Accuracy.FLOAT32
        release(self._networks.device)
        while True:
            try:
                objective = self._objective(size, accuracy)
                unpainted = objective.measure(self._canvas.content(size))
                return unpainted, objective.measure(self._canvas.initial_image(size, self._current))
            except (RuntimeError, MemoryError) as error:
                if not is_out_of_memory(error):
                    raise
            if not self._reduce_budget(size):
                raise OutOfMemoryError

    def _elapsed(self) -> float:
        return time.perf_counter() - self._began

    def _is_late(self) -> bool:
        return self._elapsed() > self._time_limit
