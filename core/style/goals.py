"""The objectives as data: which layers are compared, with what weight at which strength. No torch."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True, kw_only=True)
class Goal:
    """The objective: the layers whose features are compared, and the weight of each term.

    Attributes:
        style_layers: The layers whose Gram matrices are compared.
        content_layers: The layers whose features are compared.
        style_weight: The weight of each style layer's mean squared error.
        content_weight: The weight of each content layer's mean squared error.
        relative: Divide each layer's loss by the mean square of its target, so that the weights do not depend on
            the network's scaling.
        replicate: Pad the picture by repeating its border; zeros would leave a visible frame.
    """

    style_layers: tuple[str, ...]
    content_layers: tuple[str, ...]
    style_weight: float
    content_weight: float
    relative: bool
    replicate: bool


CLASSIC_GOAL: Final = Goal(
    style_layers=("conv1_1", "conv1_2", "conv2_1", "conv2_2", "conv3_1"),
    content_layers=("conv2_2",),
    style_weight=1e6,
    content_weight=1,
    relative=False,
    replicate=False,
)
"""The goal of Jacq, "Neural Transfer Using PyTorch"."""
_STYLE_LAYERS: Final = ("relu1_1", "relu2_1", "relu3_1", "relu4_1", "relu5_1")
# The shallower layer keeps small shapes, without which a face would not be recognised.
_CONTENT_LAYERS: Final = ("relu3_2", "relu4_2")
_CONTENT_WEIGHTS: Final = (30.0, 0.3, 0.02)  # at strength 0, 0.5 and 1


def gram_goal(strength: float) -> Goal:
    """Gram matrices of shallow and deep layers beside the photo's features, at a style strength of 0..1."""
    return Goal(
        style_layers=_STYLE_LAYERS,
        content_layers=_CONTENT_LAYERS,
        style_weight=1,
        content_weight=content_weight(strength),
        relative=True,
        replicate=True,
    )


def content_weight(strength: float) -> float:
    """The weight of each content layer at a style strength of 0..1.

    Strength 0 leaves the photo nearly unchanged; strength 1 keeps only its layout. The visible distance from the photo
    follows the logarithm of the weight, and follows it more slowly at low weights. So the logarithm is a parabola
    through three weights that were chosen by eye, at strengths 0, 0.5 and 1.
    """
    begin, middle, end = (math.log(weight) for weight in _CONTENT_WEIGHTS)
    bend = 2 * (begin - 2 * middle + end)
    slope = end - begin - bend
    return math.exp(begin + (slope + bend * strength) * strength)


def photo_detail(strength: float) -> float:
    """The share of the photo's detail in the initial image of each finer scale, 0..1; 0 at strength 1.

    At high strengths the content weight alone changes nothing more: detail in the initial image survives to the end.
    """
    return min(1.0, 2 * (1 - strength))
