"""The reference's optimiser: torch.optim.LBFGS on the pixels, one evaluation at a time."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import TYPE_CHECKING, ClassVar, Final, Protocol, TypeAlias

import torch

from core.style.progress import Losses

if TYPE_CHECKING:
    from collections.abc import Sequence

    from torch import Tensor

    from core.style.objective import Evaluation

Evaluate: TypeAlias = Callable[["Tensor"], "Evaluation"]


_MAX_RESTARTS: Final = 5
_RISING_EVALUATIONS: Final = 40
"""Evaluations that the loss may lie above its start. The reference's loss leaps up at first and mostly comes down again."""
_RESTART_RATE: Final = 0.1
"""The factor on the learning rate at a restart."""


class Optimiser(Protocol):
    """Minimises an objective over the pixels of one or more pictures, one evaluation for each ``step``."""

    def step(self) -> Sequence[Losses | None]:
        """Evaluate the objective once and move the pixels.

        Returns:
            The losses at each picture that was evaluated; None where they are not finite, and backtracking did not help.
        """
        ...

    @property
    def pixels(self) -> Tensor:
        """The current pictures, (pictures, 3, height, width), within [0, 1]."""
        ...


class PlainLBFGS:
    """torch.optim.LBFGS with its defaults, pixels clamped to [0, 1] before each evaluation.

    The reference calls ``step`` with 20 iterations at a time. Without a line search, each iteration is one evaluation.
    The optimiser's state outlives a call, so one iteration for each call gives the same sequence.

    Where the reference diverges, this restarts from the best picture with shorter steps: where the loss is not finite,
    or still above its start after 40 evaluations.

    Args:
        evaluate: The objective.
        start: The initial image, (1, 3, height, width), float32, within [0, 1].
        history: How many curvature pairs to keep; each is two pictures in float32.
    """

    HISTORY: ClassVar[int] = 100

    def __init__(self, evaluate: Evaluate, start: Tensor, *, history: int = HISTORY) -> None:
        self._evaluate = evaluate
        self._history = history
        self._variable = start.clone()
        self._best = start
        self._least = math.inf
        self._initial = self._last = math.inf
        self._rate = 1.0
        self._restarts = 0
        self._since_restart = 0
        self._optimizer = self._fresh_optimizer()

    @property
    def pixels(self) -> Tensor:
        """The picture after the last step, (1, 3, height, width), within [0, 1]; the best picture while it diverges."""
        return self._best if self._last > self._initial else self._variable.clamp(0, 1)

    def step(self) -> list[Losses | None]:
        """Make one iteration; where it diverges, restart from the best picture.

        Returns:
            The losses of the one picture; None if the objective is not finite at the start, or diverges after the last
            restart.
        """
        self._variable.clamp_(0, 1)
        evaluation = self._evaluate(self._variable)
        # The only place that waits for the device.
        numbers = torch.stack((*evaluation.losses[0], evaluation.gradient.sum()))
        style, content, gradient = numbers.tolist()
        losses = Losses(style, content)
        total = losses.total
        self._since_restart += 1
        if not math.isfinite(total) or not math.isfinite(gradient):
            return [losses if self._restart() else None]
        if self._least == math.inf:
            self._initial = total
        if self._since_restart >= _RISING_EVALUATIONS and total > self._initial:
            return [losses if self._restart() else None]
        self._last = total
        if total < self._least:
            self._least, self._best = total, self._variable.clone()
        self._variable.grad = evaluation.gradient
        self._optimizer.step(lambda: total)  # type: ignore[no-untyped-call]
        return [losses]

    def _restart(self) -> bool:
        """Go back to the best picture; False if there is none, or it was done too often."""
        self._restarts += 1
        if self._least == math.inf or self._restarts > _MAX_RESTARTS:
            return False
        self._variable.copy_(self._best)
        self._rate *= _RESTART_RATE
        self._since_restart = 0
        self._optimizer = self._fresh_optimizer()
        return True

    def _fresh_optimizer(self) -> torch.optim.LBFGS:
        return torch.optim.LBFGS(
            [self._variable], lr=self._rate, max_iter=1, history_size=self._history
        )
