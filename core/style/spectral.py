"""L-BFGS for pictures: preconditioned by spatial frequency and colour, projected onto [0, 1].

Nocedal and Wright, "Numerical Optimization", 2nd edition, algorithm 7.4, with an initial inverse Hessian
that is diagonal in frequency and colour axis (``core.style.spectrum``) in place of a multiple of the identity.
"""

from __future__ import annotations

import math
from collections import deque
from typing import TYPE_CHECKING, Final, NamedTuple

from core.style.errors import NotFiniteError
from core.style.spectrum import Spectrum

if TYPE_CHECKING:
    from torch import Tensor

    from core.style.events import Losses
    from core.style.lbfgs import Evaluate
    from core.style.objective import Evaluation

_FIRST_STEP: Final = 0.02  # root mean square over the pixels
_BACK: Final = 0.35
_RENEWALS: Final = frozenset((5, 10, 20, 40, 80))
_MAX_REJECTIONS: Final = 12


class _Pair(NamedTuple):
    step: Tensor
    difference: Tensor
    inverse: Tensor  # 1 / (step · difference)


class SpectralLBFGS:
    """Minimises over pixels in [0, 1]; one evaluation a ``step``.

    Args:
        evaluate: The objective.
        start: (1, 3, height, width), float32, within [0, 1].
        history: How many curvature pairs are kept; each is two pictures in float32.
        table: The spectrum that an earlier scale learned.
    """

    def __init__(
        self,
        evaluate: Evaluate,
        start: Tensor,
        *,
        history: int = 20,
        table: Tensor | None = None,
    ) -> None:
        self._evaluate = evaluate
        self._pairs: deque[_Pair] = deque(maxlen=history)
        self._spectrum = Spectrum(start.shape, device=start.device, table=table)
        self._best = start
        self._trial = start
        self._evaluation: Evaluation | None = None
        self._accepted = 0
        self._rejections = 0

    @property
    def pixels(self) -> Tensor:
        """The best picture so far, (1, 3, height, width), within [0, 1]."""
        return self._best

    @property
    def table(self) -> Tensor:
        """The spectrum as learned so far, for the next scale."""
        return self._spectrum.table

    def step(self) -> Losses:
        """Evaluate the trial picture, take it or step back, and choose the next one.

        Raises:
            NotFiniteError: The objective is not finite at the start or however near to it.
        """
        evaluation = self._evaluate(self._trial)
        if not _is_finite(evaluation) or self._rises(evaluation):
            self._step_back(evaluation)
        else:
            self._accept(evaluation)
        return evaluation.losses

    def _rises(self, evaluation: Evaluation) -> bool:
        before = self._evaluation
        return before is not None and evaluation.losses.total > before.losses.total

    def _step_back(self, evaluation: Evaluation) -> None:
        self._rejections += 1
        if self._evaluation is None or (
            self._rejections > _MAX_REJECTIONS and not _is_finite(evaluation)
        ):
            raise NotFiniteError
        if self._rejections % 4 == 0:
            self._pairs.clear()  # what was learned does not hold here
            self._trial = self._advance(self._evaluation.gradient, 0.1**self._rejections)
        else:
            self._trial = self._best + _BACK * (self._trial - self._best)

    def _accept(self, evaluation: Evaluation) -> None:
        if self._evaluation is not None:
            self._learn(self._trial - self._best, evaluation.gradient - self._evaluation.gradient)
        self._best, self._evaluation = self._trial, evaluation
        self._rejections = 0
        self._trial = self._advance(evaluation.gradient, 1.0)

    def _learn(self, step: Tensor, difference: Tensor) -> None:
        curvature = (step * difference).sum()
        if float(curvature) <= 0:
            return
        self._pairs.append(_Pair(step, difference, 1 / curvature))
        self._spectrum.observe(step, difference)
        self._accepted += 1
        if self._accepted in _RENEWALS:
            self._spectrum.renew()

    def _advance(self, gradient: Tensor, caution: float) -> Tensor:
        direction = self._direction(gradient)
        if not self._pairs:
            size = float(direction.square().mean().sqrt())
            direction = direction * (caution * _FIRST_STEP / max(size, 1e-30))
        return (self._best - direction).clamp(0, 1)

    def _direction(self, gradient: Tensor) -> Tensor:
        """The inverse Hessian's estimate times ``gradient``: the two-loop recursion."""
        q = gradient.clone()
        projections: list[Tensor] = []
        for step, difference, inverse in reversed(self._pairs):
            projection = inverse * (step * q).sum()
            q.sub_(projection * difference)
            projections.append(projection)
        r = self._spectrum.apply(q)
        for (step, difference, inverse), projection in zip(
            self._pairs, reversed(projections), strict=True
        ):
            r.add_((projection - inverse * (difference * r).sum()) * step)
        return r


def _is_finite(evaluation: Evaluation) -> bool:
    return math.isfinite(evaluation.losses.total) and math.isfinite(
        float(evaluation.gradient.sum())
    )
