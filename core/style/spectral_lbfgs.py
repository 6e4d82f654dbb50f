"""L-BFGS for pictures: preconditioned by spatial frequency and colour, projected onto [0, 1].

Nocedal and Wright, "Numerical Optimization", 2nd edition, algorithm 7.4, with an initial inverse Hessian
that is a matrix over the colours at each frequency (``core.style.spectral_preconditioner``) in place of a multiple of the identity.
"""

from __future__ import annotations

import math
from collections import deque
from typing import TYPE_CHECKING, Final, NamedTuple

import torch

from core.style.spectral_preconditioner import SpectralPreconditioner
from core.style.style_errors import NotFiniteError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from torch import Tensor

    from core.style.events import Losses
    from core.style.lbfgs import Evaluate
    from core.style.objective import Evaluation

_FIRST_STEP: Final = 0.02  # root mean square over the pixels
# The same of any step: a longer one drives pixels in the thousands onto black and white, from where it is a long way back.
_LONGEST_STEP: Final = 0.06
_BACKTRACKING_FACTOR: Final = 0.2
_SHORTEST: Final = 0.1  # of a step that led upwards, what is tried next at least
_SHORTER: Final = 0.5  # and at most
_TOLERATED_RISE: Final = 1.003  # within what a loss in bfloat16 is uncertain by
_MAX_REJECTIONS: Final = 12
HISTORY: Final = 100
PAIR_BYTES: Final = 2 * 3 * 2
"""Of a curvature pair, for each pixel: two pictures of three colours in bfloat16."""


class _CurvaturePairs:
    """The last curvature pairs (s, y), in one block of memory and in bfloat16, which is as exact as the gradients are.

    Allocated one by one they would lie between an evaluation's large blocks and keep these from being joined again.
    """

    def __init__(self, history: int, like: Tensor) -> None:
        self._steps = like.new_empty(history, *like.shape, dtype=torch.bfloat16)
        self._differences = torch.empty_like(self._steps)
        self._inverses = like.new_empty(history)
        self._rows: deque[int] = deque(maxlen=history)
        self._next = 0

    def __len__(self) -> int:
        return len(self._rows)

    def clear(self) -> None:
        self._rows.clear()

    def append(self, step: Tensor, difference: Tensor) -> bool:
        """Keep a pair if it is curved upwards, and say whether it is."""
        step, difference = step.bfloat16(), difference.bfloat16()
        curvature = _dot(step.float(), difference.float())
        if not float(curvature) > 0:
            return False
        row, self._next = self._next, (self._next + 1) % len(self._inverses)
        self._steps[row], self._differences[row] = step, difference
        self._inverses[row] = 1 / curvature
        self._rows.append(row)
        return True

    def oldest_first(self) -> Sequence[_CurvaturePair]:
        return [
            _CurvaturePair(self._steps[row], self._differences[row], self._inverses[row])
            for row in self._rows
        ]


class _CurvaturePair(NamedTuple):
    stored_step: Tensor
    stored_difference: Tensor
    inverse: Tensor  # 1 / (step · difference)

    @property
    def step(self) -> Tensor:
        return self.stored_step.float()

    @property
    def difference(self) -> Tensor:
        return self.stored_difference.float()


class SpectralLBFGS:
    """Minimises over pixels in [0, 1]; one evaluation a ``step``.

    Args:
        evaluate: The objective.
        start: (1, 3, height, width), float32, within [0, 1].
        history: How many curvature pairs are kept; each takes ``PAIR_BYTES`` a pixel.
        table: The spectrum that an earlier scale learned.
    """

    def __init__(
        self,
        evaluate: Evaluate,
        start: Tensor,
        *,
        history: int = HISTORY,
        log_inverse_hessian: Tensor | None = None,
    ) -> None:
        self._evaluate = evaluate
        self._pairs = _CurvaturePairs(history, start)
        self._preconditioner = SpectralPreconditioner(
            start.shape, device=start.device, log_inverse_hessian=log_inverse_hessian
        )
        self._current = self._best = self._trial = start
        self._least = math.inf
        self._evaluation: Evaluation | None = None
        self._rejections = 0

    @property
    def pixels(self) -> Tensor:
        """The best picture so far, (1, 3, height, width), within [0, 1]."""
        return self._best

    @property
    def log_inverse_hessian(self) -> Tensor:
        """The spectrum as learned so far, for the next scale."""
        return self._preconditioner.log_inverse_hessian

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
        return evaluation.losses.total > _TOLERATED_RISE * self._least

    def _step_back(self, evaluation: Evaluation) -> None:
        self._rejections += 1
        finite = _is_finite(evaluation)
        if self._evaluation is None or (self._rejections > _MAX_REJECTIONS and not finite):
            raise NotFiniteError
        if not finite:
            self._trial = self._current + _BACKTRACKING_FACTOR * (self._trial - self._current)
        elif self._rejections % 4 == 0:
            self._pairs.clear()  # what was learned does not hold here
            self._trial = self._propose(self._evaluation.gradient, 0.1**self._rejections)
        else:
            # A step too long shows how curved it is ahead. Of a step cut short, a gradient difference in bfloat16
            # is mostly rounding: there only what was learned on the long one leads on.
            tried = self._trial - self._current
            part = _parabola_minimum(tried, self._evaluation, evaluation)
            self._learn(tried, evaluation.gradient - self._evaluation.gradient)
            anew = self._propose(self._evaluation.gradient, part) - self._current
            longest = part * float(tried.norm())
            self._trial = self._current + anew * min(1.0, longest / max(float(anew.norm()), 1e-30))

    def _accept(self, evaluation: Evaluation) -> None:
        if self._evaluation is not None:
            self._learn(
                self._trial - self._current, evaluation.gradient - self._evaluation.gradient
            )
        self._current, self._evaluation = self._trial, evaluation
        if evaluation.losses.total < self._least:
            self._least, self._best = evaluation.losses.total, self._trial
        self._rejections = 0
        self._trial = self._propose(evaluation.gradient, 1.0)

    def _learn(self, step: Tensor, difference: Tensor) -> None:
        # A pixel held at its bound has a gradient that changes with the others, but no part in how they are to move.
        difference = difference.masked_fill(step == 0, 0)
        if self._pairs.append(step, difference):
            self._preconditioner.observe(step, difference)

    def _propose(self, gradient: Tensor, step_scale: float) -> Tensor:
        # A pixel at its bound whose gradient points further out is not free to move.
        fixed = ((self._current <= 0) & (gradient > 0)) | ((self._current >= 1) & (gradient < 0))
        direction = self._direction(gradient.masked_fill(fixed, 0)).masked_fill_(fixed, 0)
        size = max(float(direction.square().mean().sqrt()), 1e-30)
        if not self._pairs:
            direction *= step_scale * _FIRST_STEP / size
        elif size > _LONGEST_STEP:
            direction *= _LONGEST_STEP / size
        return (self._current - direction).clamp_(0, 1)

    def _direction(self, gradient: Tensor) -> Tensor:
        """The inverse Hessian's estimate times ``gradient``: the two-loop recursion."""
        pairs = self._pairs.oldest_first()
        q = gradient.clone()
        projections: list[Tensor] = []
        for pair in reversed(pairs):
            projection = pair.inverse * _dot(pair.step, q)
            q.addcmul_(pair.difference, projection, value=-1)
            projections.append(projection)
        r = self._preconditioner.apply(q)
        for pair, projection in zip(pairs, reversed(projections), strict=True):
            r.addcmul_(pair.step, projection - pair.inverse * _dot(pair.difference, r))
        return r


def _parabola_minimum(step: Tensor, before: Evaluation, after: Evaluation) -> float:
    """Where along a step that led upwards the loss should be least: on a parabola through what is known of it.

    Nocedal and Wright, equation 3.57, kept within bounds.
    """
    slope = float(_dot(before.gradient, step))
    bend = after.losses.total - before.losses.total - slope
    least = -slope / (2 * bend) if bend > 0 else _SHORTER
    return min(max(least, _SHORTEST), _SHORTER)


def _is_finite(evaluation: Evaluation) -> bool:
    return math.isfinite(evaluation.losses.total) and math.isfinite(
        float(evaluation.gradient.sum())
    )


def _dot(one: Tensor, other: Tensor) -> Tensor:
    return torch.dot(one.flatten(), other.flatten())
