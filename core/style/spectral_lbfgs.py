"""L-BFGS for pictures: preconditioned by spatial frequency and colour, projected onto [0, 1].

Nocedal and Wright, "Numerical Optimization", 2nd edition, algorithm 7.4. The initial inverse Hessian is one matrix over
the colours for each frequency (``core.style.spectral_preconditioner``), where the book has a multiple of the identity.
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

    from core.style.lbfgs import Evaluate
    from core.style.objective import Evaluation
    from core.style.progress import Losses

_FIRST_STEP: Final = 0.02  # root mean square over the pixels, before any curvature is known
# Root mean square of any other step. A longer one drives thousands of pixels to black or white, and they come back slowly.
_LONGEST_STEP: Final = 0.06
_BACKTRACKING_FACTOR: Final = 0.2  # of a step whose loss or gradient is not finite
_SHORTEST: Final = 0.1  # the smallest part of a step that led upwards to try next
_SHORTER: Final = 0.5  # the largest part
_TOLERATED_RISE: Final = 1.003  # the uncertainty of a loss in bfloat16
_MAX_REJECTIONS: Final = 12
HISTORY: Final = 100
PAIR_BYTES: Final = 2 * 3 * 2
"""Bytes of one curvature pair for each pixel: two pictures of three colours in bfloat16."""


class _CurvaturePairs:
    """The newest curvature pairs (s, y) in bfloat16, which is as exact as the gradients are.

    They share one block of memory. Separate allocations would lie between an evaluation's large blocks and fragment the
    allocator's memory.
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
        """Append a pair if its curvature s · y is positive; return whether it is."""
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
    """Minimises an objective over pixels in [0, 1]; each ``step`` makes one evaluation.

    Args:
        evaluate: The objective.
        start: The initial image, (1, 3, height, width), float32, within [0, 1].
        history: How many curvature pairs to keep; each takes ``PAIR_BYTES`` for each pixel.
        log_inverse_hessian: The estimate from an earlier scale, (bands, 3, 3); None for the default.
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
        """The preconditioner's estimate so far, (bands, 3, 3), for the next scale."""
        return self._preconditioner.log_inverse_hessian

    def step(self) -> Losses:
        """Evaluate the trial picture, accept it or backtrack, and propose the next one.

        Raises:
            NotFiniteError: The objective is not finite at the start, or still not after the last backtracking.
        """
        evaluation = self._evaluate(self._trial)
        if not _is_finite(evaluation) or self._rises(evaluation):
            self._backtrack(evaluation)
        else:
            self._accept(evaluation)
        return evaluation.losses

    def _rises(self, evaluation: Evaluation) -> bool:
        return evaluation.losses.total > _TOLERATED_RISE * self._least

    def _backtrack(self, evaluation: Evaluation) -> None:
        self._rejections += 1
        finite = _is_finite(evaluation)
        if self._evaluation is None or (self._rejections > _MAX_REJECTIONS and not finite):
            raise NotFiniteError
        if not finite:
            self._trial = self._current + _BACKTRACKING_FACTOR * (self._trial - self._current)
        elif self._rejections % 4 == 0:
            self._pairs.clear()  # the learned curvature does not hold here
            self._trial = self._propose(self._evaluation.gradient, 0.1**self._rejections)
        else:
            # Learn from the long step before cutting it short. A gradient difference over a short step is mostly
            # rounding in bfloat16, so the short step itself would teach nothing.
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
        # A pixel that stays at its bound has a changing gradient too, but it must not influence the other pixels.
        difference = difference.masked_fill(step == 0, 0)
        if self._pairs.append(step, difference):
            self._preconditioner.observe(step, difference)

    def _propose(self, gradient: Tensor, step_scale: float) -> Tensor:
        """The next trial picture; ``step_scale`` shortens the step while there is no curvature pair."""
        # A pixel at its bound whose gradient points outwards cannot move.
        fixed = ((self._current <= 0) & (gradient > 0)) | ((self._current >= 1) & (gradient < 0))
        direction = self._direction(gradient.masked_fill(fixed, 0)).masked_fill_(fixed, 0)
        size = max(float(direction.square().mean().sqrt()), 1e-30)
        if not self._pairs:
            direction *= step_scale * _FIRST_STEP / size
        elif size > _LONGEST_STEP:
            direction *= _LONGEST_STEP / size
        return (self._current - direction).clamp_(0, 1)

    def _direction(self, gradient: Tensor) -> Tensor:
        """The estimated inverse Hessian times ``gradient``, by the two-loop recursion."""
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
    """The part of a step that led upwards at which the loss should be least, within the bounds for it.

    It is the minimum of the parabola through both losses and the slope at the beginning: Nocedal and Wright, equation 3.57.
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
