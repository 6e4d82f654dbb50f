"""L-BFGS for pictures: preconditioned by spatial frequency and colour, projected onto [0, 1].

Nocedal and Wright, "Numerical Optimization", 2nd edition, algorithm 7.4. The initial inverse Hessian is one matrix over
the colours for each frequency (``core.style.spectral_preconditioner``), where the book has a multiple of the identity.

Several pictures are optimised side by side: each has its own losses, decisions and curvature, and they share the device's
operations. The host waits for the device once an evaluation, for the few numbers that the decisions need.
"""

from __future__ import annotations

import math
from enum import Enum, auto
from typing import TYPE_CHECKING, Final, NamedTuple

import torch

from core.style.curvature_pairs import HISTORY, CurvaturePairs
from core.style.progress import Losses
from core.style.spectral_preconditioner import SpectralPreconditioner

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy as np
    from torch import Tensor

    from core.style.lbfgs import Evaluate

_FIRST_STEP: Final = 0.02  # root mean square over the pixels, before any curvature is known
# Root mean square of any other step. A longer one drives thousands of pixels to black or white, and they come back slowly.
_LONGEST_STEP: Final = 0.06
_BACKTRACKING_FACTOR: Final = 0.2  # of a step whose loss or gradient is not finite
_SHORTEST: Final = 0.1  # the smallest part of a step that led upwards to try next
_SHORTER: Final = 0.5  # the largest part
_TOLERATED_RISE: Final = 1.003  # the uncertainty of a loss in bfloat16
_MAX_REJECTIONS: Final = 12
_FORGET_AFTER: Final = 4  # rejections, since the learned curvature does not hold there
_TINY: Final = 1e-30


class _Verdict(Enum):
    """What becomes of a trial picture."""

    ACCEPTED = auto()
    TOO_FAR = auto()
    """It led upwards: the next one is nearer, in a direction that has learned from it."""
    MISLED = auto()
    """It led upwards again: the curvature is forgotten."""
    NOT_FINITE = auto()
    STUCK = auto()
    """It is not finite however near."""


class _Facts(NamedTuple):
    """What the host learns of one picture's evaluation."""

    losses: Losses
    gradient: float  # the gradient's sum, which is finite if all of it is
    curvature: float  # s · y of the step that led here
    slope: float  # the loss's derivative along that step at its beginning

    @property
    def finite(self) -> bool:
        return math.isfinite(self.losses.total) and math.isfinite(self.gradient)


class SpectralLBFGS:
    """Minimises an objective over the pixels of one or more pictures, in [0, 1]; each ``step`` makes one evaluation.

    Args:
        evaluate: The objective of all pictures.
        start: The initial images, (pictures, 3, height, width), float32, within [0, 1].
        history: How many curvature pairs to keep; each takes ``core.style.curvature_pairs.pair_bytes`` for each pixel.
        log_inverse_hessian: The estimates from an earlier scale, (pictures, bands, 3, 3); None for the default.
    """

    def __init__(
        self,
        evaluate: Evaluate,
        start: Tensor,
        *,
        history: int = HISTORY,
        log_inverse_hessian: np.ndarray | None = None,
    ) -> None:
        self._evaluate = evaluate
        self._pairs = CurvaturePairs(history, start)
        self._preconditioner = SpectralPreconditioner(
            start.shape, device=start.device, log_inverse_hessian=log_inverse_hessian
        )
        self._current = self._best = self._trial = start
        self._gradient: Tensor | None = None  # at the current pictures; None before the first step
        count = len(start)
        self._totals = [math.inf] * count  # at the current pictures
        self._least = [math.inf] * count
        self._rejections = [0] * count

    @property
    def pixels(self) -> Tensor:
        """The best pictures so far, (pictures, 3, height, width), within [0, 1]."""
        return self._best

    @property
    def log_inverse_hessian(self) -> np.ndarray:
        """The preconditioner's estimates so far, (pictures, bands, 3, 3), for the next scale."""
        return self._preconditioner.log_inverse_hessian

    def keep(self, kept: Sequence[int], evaluate: Evaluate) -> None:
        """Go on with some of the pictures, by their numbers.

        Args:
            kept: Their numbers, in order.
            evaluate: The objective of these pictures.
        """
        self._evaluate = evaluate
        self._pairs.keep(kept)
        self._preconditioner.keep(kept)
        rows = torch.tensor(kept, device=self._current.device)
        self._current, self._best, self._trial = (
            pictures[rows] for pictures in (self._current, self._best, self._trial)
        )
        if self._gradient is not None:
            self._gradient = self._gradient[rows]
        self._totals = [self._totals[number] for number in kept]
        self._least = [self._least[number] for number in kept]
        self._rejections = [self._rejections[number] for number in kept]

    def step(self) -> list[Losses | None]:
        """Evaluate the trial pictures, accept each or backtrack, and propose the next ones.

        Returns:
            The losses at the trial pictures; None for a picture whose objective is not finite at the start, or still not
            after the last backtracking. Such a picture must not be kept.
        """
        evaluation = self._evaluate(self._trial)
        gradient = evaluation.gradient
        values = [evaluation.losses, gradient.flatten(1).sum(1, keepdim=True)]
        step = difference = None
        if self._gradient is not None:
            step = self._trial - self._current
            # A pixel that stays at its bound has a changing gradient too, but it must not influence the other pixels.
            difference = (gradient - self._gradient).masked_fill_(step == 0, 0)
            curvatures = _dot(self._pairs.rounded(step), self._pairs.rounded(difference))
            values += [curvatures, _dot(self._gradient, step)]
            values.append(self._preconditioner.powers(step, difference))
        numbers = torch.cat(values, dim=1).cpu().numpy()  # the only place that waits for the device
        facts = [
            _Facts(Losses(style, content), total, *(learned or (0.0, 0.0)))
            for style, content, total, *learned in numbers[:, :5].tolist()
        ]
        verdicts = [self._judge(number, fact) for number, fact in enumerate(facts)]
        learns = [
            verdict in (_Verdict.ACCEPTED, _Verdict.TOO_FAR) and fact.curvature > 0
            for verdict, fact in zip(verdicts, facts, strict=True)
        ]
        if step is not None and difference is not None and any(learns):
            self._learn(step, difference, learns)
            self._preconditioner.observe(numbers[:, 5:], learns)
        before = list(self._totals)
        self._move(verdicts, facts, gradient)
        self._propose(verdicts, facts, before, step)
        return [
            None if verdict is _Verdict.STUCK else fact.losses
            for verdict, fact in zip(verdicts, facts, strict=True)
        ]

    def _judge(self, number: int, fact: _Facts) -> _Verdict:
        if fact.finite and not fact.losses.total > _TOLERATED_RISE * self._least[number]:
            self._rejections[number] = 0
            return _Verdict.ACCEPTED
        self._rejections[number] += 1
        if not fact.finite:
            first = self._least[number] == math.inf
            stuck = first or self._rejections[number] > _MAX_REJECTIONS
            return _Verdict.STUCK if stuck else _Verdict.NOT_FINITE
        misled = self._rejections[number] % _FORGET_AFTER == 0
        return _Verdict.MISLED if misled else _Verdict.TOO_FAR

    def _learn(self, step: Tensor, difference: Tensor, learns: Sequence[bool]) -> None:
        """Append the curvature pairs of those that learn."""
        if not all(learns):
            # Learn from the long step before cutting it short. A gradient difference over a short step is mostly
            # rounding in bfloat16, so the short step itself would teach nothing.
            mask = self._flags(learns)
            step, difference = torch.where(mask, step, 0), torch.where(mask, difference, 0)
        self._pairs.append(step, difference, learns)

    def _move(
        self, verdicts: Sequence[_Verdict], facts: Sequence[_Facts], gradient: Tensor
    ) -> None:
        """Make the accepted trial pictures the current ones, and remember the best."""
        accepted = [verdict is _Verdict.ACCEPTED for verdict in verdicts]
        better = [
            accept and fact.losses.total < least
            for accept, fact, least in zip(accepted, facts, self._least, strict=True)
        ]
        self._best = self._chosen(better, self._trial, self._best)
        self._current = self._chosen(accepted, self._trial, self._current)
        if self._gradient is None:
            self._gradient = gradient
        else:
            self._gradient = self._chosen(accepted, gradient, self._gradient)
        for number, fact in enumerate(facts):
            if better[number]:
                self._least[number] = fact.losses.total
            if accepted[number]:
                self._totals[number] = fact.losses.total
            if verdicts[number] is _Verdict.MISLED:
                self._pairs.clear(number)

    def _propose(
        self,
        verdicts: Sequence[_Verdict],
        facts: Sequence[_Facts],
        before: Sequence[float],
        step: Tensor | None,
    ) -> None:
        """The next trial pictures."""
        assert self._gradient is not None  # noqa: S101 - the first step set it
        parts = [
            self._part(number, verdict, fact, total)
            for number, (verdict, fact, total) in enumerate(
                zip(verdicts, facts, before, strict=True)
            )
        ]
        gradient, current = self._gradient, self._current
        # A pixel at its bound whose gradient points outwards cannot move.
        fixed = (0.5 - current).mul_(gradient.sign()) == 0.5
        direction = self._pairs.direction(
            gradient.masked_fill(fixed, 0), self._preconditioner.apply
        ).masked_fill_(fixed, 0)
        known = [self._pairs.any_of(number) for number in range(len(parts))]
        size = torch.linalg.vector_norm(direction, dim=(1, 2, 3), keepdim=True)
        size = size.div_(math.sqrt(direction[0].numel())).clamp_min_(_TINY)
        longest = self._factors(
            [
                _LONGEST_STEP if one else part * _FIRST_STEP
                for one, part in zip(known, parts, strict=True)
            ]
        )
        scale = longest / size
        if all(known):
            scale.clamp_max_(1)
        elif any(known):
            scale = torch.where(self._flags(known), scale.clamp(max=1), scale)
        self._trial = torch.addcmul(current, direction, scale, value=-1).clamp_(0, 1)
        if step is not None:
            self._shorten(verdicts, parts, step)

    def _part(self, number: int, verdict: _Verdict, fact: _Facts, before: float) -> float:
        """The part of the last step to take next; of the first step's length where the curvature is forgotten."""
        match verdict:
            case _Verdict.TOO_FAR:
                return _parabola_minimum(before, fact.losses.total, fact.slope)
            case _Verdict.MISLED:
                return float(0.1 ** self._rejections[number])
            case _:
                return 1.0

    def _shorten(self, verdicts: Sequence[_Verdict], parts: Sequence[float], step: Tensor) -> None:
        """Bring the next trial pictures nearer where the last ones were not accepted."""
        if _Verdict.TOO_FAR in verdicts:
            anew = self._trial - self._current
            limits = [
                part if verdict is _Verdict.TOO_FAR else math.inf
                for verdict, part in zip(verdicts, parts, strict=True)
            ]
            longest = self._factors(limits) * torch.linalg.vector_norm(
                step, dim=(1, 2, 3), keepdim=True
            )
            length = torch.linalg.vector_norm(anew, dim=(1, 2, 3), keepdim=True)
            factor = (longest / length.clamp_min_(_TINY)).clamp_(max=1)
            self._trial = torch.addcmul(self._current, anew, factor)
        if (not_finite := [verdict is _Verdict.NOT_FINITE for verdict in verdicts]) and any(
            not_finite
        ):
            nearer = torch.add(self._current, step, alpha=_BACKTRACKING_FACTOR)
            self._trial = self._chosen(not_finite, nearer, self._trial)

    def _chosen(self, flags: Sequence[bool], one: Tensor, other: Tensor) -> Tensor:
        """For each picture ``one`` where its flag is set, else ``other``."""
        if all(flags):
            return one
        return torch.where(self._flags(flags), one, other) if any(flags) else other

    def _flags(self, flags: Sequence[bool]) -> Tensor:
        return torch.tensor(flags, device=self._current.device).view(-1, 1, 1, 1)

    def _factors(self, values: Sequence[float]) -> Tensor | float:
        """One factor for each picture; a number if all are equal, which no device has to be sent."""
        if len(set(values)) == 1:
            return values[0]
        return torch.tensor(values, device=self._current.device).view(-1, 1, 1, 1)


def _parabola_minimum(before: float, after: float, slope: float) -> float:
    """The part of a step that led upwards at which the loss should be least, within the bounds for it.

    It is the minimum of the parabola through both losses and the slope at the beginning: Nocedal and Wright, equation 3.57.
    """
    bend = after - before - slope
    least = -slope / (2 * bend) if bend > 0 else _SHORTER
    return min(max(least, _SHORTEST), _SHORTER)


def _dot(one: Tensor, other: Tensor) -> Tensor:
    """The dot product for each picture, (pictures, 1)."""
    product: Tensor = torch.linalg.vecdot(one.flatten(1), other.flatten(1))
    return product.unsqueeze(1)
