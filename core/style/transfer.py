"""One transfer: what is left of it, scale after scale from coarse to fine, and what it has reached."""

from __future__ import annotations

import math
import time
from dataclasses import replace
from typing import TYPE_CHECKING

import torch

from core.style.allocator import keep_freed_memory
from core.style.device_errors import is_out_of_memory
from core.style.memory import initial_budget, plain_history, release, smaller_side
from core.style.network import Accuracy
from core.style.options import Solver
from core.style.presets import fit
from core.style.progress import Losses, Progress, Result
from core.style.style_errors import NotFiniteError, OutOfMemoryError
from core.style.tensors import to_picture

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Sequence

    import numpy as np
    from PIL import Image
    from torch import Tensor

    from core.style.canvas import Canvas
    from core.style.exact import ExactObjective
    from core.style.goals import Goal, Matching
    from core.style.layers import Layer
    from core.style.matching import Matched
    from core.style.memory import MemoryBudget
    from core.style.network import Networks
    from core.style.objective import Objective
    from core.style.options import Options
    from core.style.presets import Plan, Scale


class Transfer:
    """One transfer; ``core.style.batch.paint_together`` drives one or several of them.

    Args:
        canvas: The pictures.
        plan: Scales, objective and solver.
        options: The person's choices.
        networks: Makes the objectives.

    Attributes:
        log_inverse_hessian: The preconditioner's estimate for the next scale, (bands, 3, 3); None before the first.
    """

    def __init__(self, canvas: Canvas, plan: Plan, options: Options, networks: Networks) -> None:
        self._canvas = canvas
        self._plan = plan
        self.networks = networks
        self._time_limit = options.time_limit or float("inf")
        self._style_weights = options.style_weights
        self._scales = list(canvas.remaining(plan.scales))
        self._began = time.perf_counter()
        self._evaluations = canvas.done
        self._reduced = False
        self._ended_early = False
        self._accuracy = Accuracy.REFERENCE if plan.exact else Accuracy.FAST
        self._budget: MemoryBudget | None = None
        self._pixels = canvas.checkpoint()
        self._optimised_size = self._scales[-1].size
        self._seen: list[Losses] = []  # the first and the last losses at the newest scale
        self._contents: dict[Layer, Tensor] | None = None  # what this scale's matches give
        # The scale that a checkpoint is in the middle of, whose picture has the collage already.
        first, planned = self._scales[self._place], plan.scales[self._place - len(self._scales)]
        self._begun = self._place if first.evaluations < planned.evaluations else None
        self.log_inverse_hessian: np.ndarray | None = None

    @property
    def is_done(self) -> bool:
        """Whether no evaluation is left, or no time."""
        return self._ended_early or self._number is None or self.is_late

    @property
    def is_late(self) -> bool:
        """Whether the time limit has passed."""
        return self._elapsed() > self._time_limit

    @property
    def evaluations_left(self) -> int:
        """How many evaluations are left over all scales."""
        return sum(scale.evaluations for scale in self._scales)

    @property
    def scale(self) -> Scale:
        """The scale to work on, with the evaluations that are left there."""
        return self._scales[self._place]

    @property
    def key(self) -> Hashable | None:
        """What transfers have in common that can share their evaluations at this scale; None if this one cannot."""
        plain = self._plan.solver is Solver.SPECTRAL and self._accuracy is Accuracy.FAST
        if not plain or self._canvas.has_transparency or self._budget is not None:
            return None
        size, left, goal = self.scale.size, self.scale.evaluations, self.scale.goal
        # One that goes on from a checkpoint knows no curvature yet, and the preconditioner takes all estimates or none.
        known = self.log_inverse_hessian is not None
        return size, left, goal.style_layers, goal.content_layers, goal.relative, known

    @property
    def solver(self) -> Solver:
        """How the pixels are optimised."""
        return self._plan.solver

    def prepare(self) -> None:
        """Resize the pictures for this scale; several transfers may do this at the same time."""
        self._canvas.content(self.scale.size)
        self._canvas.styles(self.scale.size)

    def initial_image(self) -> Tensor:
        """The pixels from which this scale starts, (1, 3, height, width)."""
        scale = self.scale
        self._optimised_size = scale.size
        self._pixels = self._canvas.initial_image(scale.size, self._pixels)
        self._seen = []
        matching = scale.goal.matching
        self._contents = None
        if matching is not None:
            matched = self._match(matching, self._pixels)
            self._contents = matched.contents
            if self._begun != self._place:
                self._pixels = matched.initial_image
        return self._pixels

    def objective(self, *, pictures: int = 1) -> Objective | ExactObjective:
        """This scale's objective.

        Args:
            pictures: How many pictures are evaluated together, this one included.
        """
        return self._objective(self.scale.goal, self.scale.size, self._accuracy, pictures)

    def history(self, pictures: int) -> int:
        """How many curvature pairs to keep at this scale, beside so many pictures in all."""
        if self._plan.solver is Solver.LBFGS:
            fitting = plain_history(self.scale.size, self.networks.device)
            return fitting if self._budget is None else min(fitting, self._budget.history)
        return min(self._budget_for(self.scale.size, pictures).history, self.scale.evaluations)

    def advance(
        self, losses: Losses, pixels: Tensor, render: Callable[[], Image.Image]
    ) -> Progress:
        """Note an evaluation.

        Args:
            losses: At the picture that was evaluated.
            pixels: The best picture so far, (1, 3, height, width).
            render: Makes an RGB picture of it.
        """
        self._pixels = pixels
        self._seen = [*self._seen[:1], losses]
        self._evaluations += 1
        place, scale = self._place, self.scale
        self._scales[place] = replace(scale, evaluations=scale.evaluations - 1)
        return Progress(
            evaluation=self._evaluations,
            evaluations=self._evaluations + self.evaluations_left,
            scale=place + 1,
            scales=len(self._scales),
            size=scale.size,
            losses=losses,
            elapsed=self._elapsed(),
            render=lambda: self._canvas.finished(render()),
            render_state=render,
            reduced=self._reduced,
        )

    def step_down(self) -> None:
        """Shrink the memory budget at the same size; once it cannot shrink, make a smaller size the last scale.

        Raises:
            OutOfMemoryError: The size cannot shrink any further either.
        """
        scale = self.scale
        if self._reduce_budget(scale.size):
            return
        if (side := smaller_side(max(scale.size))) is None:
            raise OutOfMemoryError
        self._scales[self._place :] = [replace(scale, size=fit(scale.size, side))]
        self._reduced = True

    def step_down_numbers(self) -> NotFiniteError | None:
        """After losses that are not finite: go on in float32, or else end with the best picture so far.

        Returns:
            What to tell the person if there is no picture yet.
        """
        if (
            self._accuracy is Accuracy.FAST
            and self.networks.dtype(self._accuracy) is not torch.float32
        ):
            self._accuracy = Accuracy.FLOAT32
        elif self._evaluations > 0:
            self._ended_early = True
        else:
            return NotFiniteError()
        return None

    def last_picture(self) -> Image.Image:
        """The picture as the person gets it: in the last scale's size, however early the transfer ended."""
        for scale in self._scales[self._place :]:
            self._pixels = self._canvas.initial_image(scale.size, self._pixels)
        return self._canvas.finished(to_picture(self._latest))

    def result(self, file: bytes, picture: Image.Image) -> Result:
        """The end of the transfer.

        Args:
            file: ``picture`` as a PNG file.
            picture: What ``last_picture`` gave.
        """
        initial, final, exact = self._final_losses()
        return Result(
            picture=file,
            size=picture.size,
            initial=initial,
            final=final,
            evaluations=self._evaluations,
            seconds=self._elapsed(),
            device=str(self.networks.device),
            weights=self.networks.weights_name,
            complete=not self._ended_early and self._number is None,
            reduced=self._reduced,
            exact_losses=exact,
            cutout=picture.mode == "RGBA",
        )

    @property
    def _number(self) -> int | None:
        """The number of the first scale with evaluations left, from 0; None if none has any."""
        return next((n for n, scale in enumerate(self._scales) if scale.evaluations), None)

    @property
    def _place(self) -> int:
        number = self._number
        return len(self._scales) - 1 if number is None else number

    @property
    def _latest(self) -> Tensor:
        assert self._pixels is not None  # noqa: S101 - each way to a picture begins with an initial image
        return self._pixels

    def _final_losses(self) -> tuple[Losses, Losses, bool]:
        """The losses of the photo itself and of the picture; True if they are exact.

        A lack of memory, or numbers that are not finite, must not cost the picture: then they are those of the scale's
        first and last evaluation.
        """
        # After a time limit this is the size that was last optimised: measuring at the finest one would take longer.
        size = self._optimised_size
        accuracy = Accuracy.REFERENCE if self._plan.exact else Accuracy.FLOAT32
        while True:
            try:
                objective = self._objective(self._plan.goal, size, accuracy)
                before = objective.measure(self._canvas.content(size))
                after = objective.measure(self._canvas.initial_image(size, self._latest))
            except (RuntimeError, MemoryError) as error:
                if not is_out_of_memory(error):
                    raise
            else:
                if math.isfinite(before.total) and math.isfinite(after.total):
                    return before, after, True
                break
            if not self._reduce_budget(size):
                break
        nothing = Losses(0.0, 0.0)
        seen = self._seen or [nothing]
        return seen[0], seen[-1], False

    def _reduce_budget(self, size: tuple[int, int]) -> bool:
        release(self.networks.device)
        budget = self._budget_for(size).step_down(size)
        if budget is not None:
            self._budget = budget
        return budget is not None

    def _budget_for(
        self, size: tuple[int, int], pictures: int = 1, accuracy: Accuracy | None = None
    ) -> MemoryBudget:
        dtype = self.networks.dtype(self._accuracy if accuracy is None else accuracy)
        usual = initial_budget(size, self.networks.device, pictures=pictures, dtype=dtype)
        return usual if self._budget is None else usual.at_most(self._budget)

    def _objective(
        self, goal: Goal, size: tuple[int, int], accuracy: Accuracy, pictures: int = 1
    ) -> Objective | ExactObjective:
        styles = self._canvas.styles(size)
        budget = self._budget_for(size, pictures, accuracy)
        tiles = _tiles(budget, styles)
        if self.networks.device.type == "cpu":
            # Tiles mean that memory is short: give large blocks back at once, although that takes time.
            keep_freed_memory(large=all(tile is None for tile in (budget.tile, *tiles)))
        return self.networks.objective(
            goal,
            accuracy,
            content=self._canvas.content(size),
            contents=self._contents if goal.matching is not None else None,
            styles=styles,
            style_weights=self._shares(len(styles)),
            content_mask=self._canvas.content_mask(size),
            style_masks=self._canvas.style_masks(size),
            tile=budget.tile,
            style_tiles=tiles,
        )

    def _match(self, matching: Matching, picture: Tensor) -> Matched:
        scale = self.scale
        styles = self._canvas.styles(scale.size)
        budget = self._budget_for(scale.size)
        return self.networks.match(
            scale.goal,
            matching,
            self._accuracy,
            photo=self._canvas.content(scale.size),
            picture=picture,
            styles=styles,
            style_weights=self._shares(len(styles)),
            style_masks=self._canvas.style_masks(scale.size),
            tile=budget.tile,
            style_tiles=_tiles(budget, styles),
        )

    def _shares(self, count: int) -> list[float]:
        shares = self._style_weights or (1.0,) * count
        return [share / sum(shares) for share in shares]

    def _elapsed(self) -> float:
        return time.perf_counter() - self._began


def _tiles(budget: MemoryBudget, styles: Sequence[Tensor]) -> list[int | None]:
    return [budget.tile_for((style.shape[-1], style.shape[-2])) for style in styles]
