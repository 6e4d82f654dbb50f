"""The reference's optimiser: torch.optim.LBFGS on the pixels, one evaluation at a time."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import TYPE_CHECKING, ClassVar, Final, Protocol, TypeAlias

import torch

from core.style.style_errors import NotFiniteError

if TYPE_CHECKING:
    from torch import Tensor

    from core.style.events import Losses
    from core.style.objective import Evaluation

Evaluate: TypeAlias = Callable[["Tensor"], "Evaluation"]


_MAX_RESTARTS: Final = 5
_PATIENCE: Final = (
    40  # evaluations; the reference leaps up too at first, and mostly comes down again
)
_CALMER: Final = 0.1


class Optimiser(Protocol):
    """Pixels on their way to a smaller loss."""

    def step(self) -> Losses:
        """Evaluate the objective once, move, and return the losses at the picture that was evaluated.

        Raises:
            NotFiniteError: The objective is not finite and stepping back did not help.
        """
        ...

    @property
    def pixels(self) -> Tensor:
        """The picture as it stands, (1, 3, height, width), within [0, 1]."""
        ...


class PlainLBFGS:
    """torch.optim.LBFGS with its defaults, pixels clamped to [0, 1] before each evaluation.

    The reference calls ``step`` with 20 iterations at a time. As no line search is made, an iteration is
    an evaluation, and the same sequence comes from one iteration a call: the state carries over.

    Where the reference would be lost - the loss is not finite, or above its start after 40 evaluations -
    it goes back to the best picture and starts anew with shorter steps.

    Args:
        evaluate: The objective.
        start: (1, 3, height, width), float32, within [0, 1].
        history: How many curvature pairs are kept; each is two pictures in float32.
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
        """The picture after the last step, (1, 3, height, width), within [0, 1]; lost, the best one."""
        return self._best if self._last > self._initial else self._variable.clamp(0, 1)

    def step(self) -> Losses:
        """One iteration; where it leads nowhere, back to the best picture and anew.

        Raises:
            NotFiniteError: The objective is not finite at the start, or again and again.
        """
        self._variable.clamp_(0, 1)
        evaluation = self._evaluate(self._variable)
        total = evaluation.losses.total
        self._since_restart += 1
        if not math.isfinite(total) or not math.isfinite(float(evaluation.gradient.sum())):
            self._restart()
            return evaluation.losses
        if self._least == math.inf:
            self._initial = total
        if self._since_restart >= _PATIENCE and total > self._initial:
            self._restart()
            return evaluation.losses
        self._last = total
        if total < self._least:
            self._least, self._best = total, self._variable.clone()
        self._variable.grad = evaluation.gradient
        self._optimizer.step(lambda: total)  # type: ignore[no-untyped-call]
        return evaluation.losses

    def _restart(self) -> None:
        self._restarts += 1
        if self._least == math.inf or self._restarts > _MAX_RESTARTS:
            raise NotFiniteError
        self._variable.copy_(self._best)
        self._rate *= _CALMER
        self._since_restart = 0
        self._optimizer = self._fresh_optimizer()

    def _fresh_optimizer(self) -> torch.optim.LBFGS:
        return torch.optim.LBFGS(
            [self._variable], lr=self._rate, max_iter=1, history_size=self._history
        )
