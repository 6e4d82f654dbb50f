"""Works out what is left of a transfer that was interrupted. No torch."""

from __future__ import annotations

from dataclasses import replace
from itertools import accumulate
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from core.style.presets import Scale


def remaining(
    scales: tuple[Scale, ...], checkpoint_size: tuple[int, int], done: int
) -> tuple[Scale, ...]:
    """The scales of an interrupted transfer, without the evaluations that its checkpoint is worth.

    A transfer that started from an earlier result left out the coarse scales and counted from the first one it had. The
    checkpoint's size says whether it did.

    Args:
        scales: All scales of the plan.
        checkpoint_size: (width, height) of the checkpoint in pixels.
        done: How many evaluations it is worth, counted over the scales that the transfer had.

    Returns:
        The scales that the transfer had; those that are complete have no evaluations left.
    """
    for first in range(len(scales)):
        if _size_at(scales[first:], done) == checkpoint_size:
            return _without(scales[first:], done)
    return _without(scales, done)  # memory ran short and the size was reduced


def _size_at(scales: tuple[Scale, ...], evaluation: int) -> tuple[int, int] | None:
    """The size at which an evaluation was made, from 1; None if there are fewer evaluations."""
    for scale, upto in zip(scales, accumulate(each.evaluations for each in scales), strict=True):
        if evaluation <= upto:
            return scale.size
    return None


def _without(scales: tuple[Scale, ...], done: int) -> tuple[Scale, ...]:
    left = []
    for scale in scales:
        skipped = min(done, scale.evaluations)
        left.append(replace(scale, evaluations=scale.evaluations - skipped))
        done -= skipped
    return tuple(left)
