"""The objectives as data: which layers are compared, with what weight at which strength. No torch."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import Final


@dataclass(frozen=True, slots=True, kw_only=True)
class Matching:
    """How content targets are made of the style's features at matched places; see ``core.style.matching``.

    Attributes:
        photo_share: The photo's share in the targets, 0..1; the rest is the style's.
        detail_share: The same where the photo has fine things, such as eyes.
        query_share: The photo's share in what is matched, 0..1; the rest is the picture so far.
        spread: From 0, the most similar place of the style, to 1, all places are about equally wanted.
        stride: Pixels from one matched place to the next.
        collage: The share of the matched places' pixels in the initial image, 0..1.
    """

    photo_share: float
    detail_share: float
    query_share: float
    spread: float
    stride: int
    collage: float


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
        matching: How the content layers' targets are made; None to take the photo's own features.
    """

    style_layers: tuple[str, ...]
    content_layers: tuple[str, ...]
    style_weight: float
    content_weight: float
    relative: bool
    replicate: bool
    matching: Matching | None = None


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
_CONTENT_WEIGHTS: Final = (30.0, 0.15, 0.02)  # at strength 0, 0.5 and 1

_MATCHED_LAYERS: Final = ("relu3_1", "relu4_1")
_MATCHED_WEIGHT: Final = 0.4  # at strength 0.5 and above; more leaves the Gram matrices no say
_PHOTO_EXPONENT: Final = 1.4
_DETAIL_EXPONENT: Final = 0.4
_QUERY_SHARES: Final = (0.5, 0.4, 0.25)  # from the coarsest scale to the third and all finer ones
_COLLAGE: Final = (0.5, 0.25, 0.0)
_FINE_SIDE: Final = 400  # pixels


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


def matched_goal(strength: float, size: tuple[int, int], level: int, *, keep_detail: bool) -> Goal:
    """Gram matrices beside the style's own features at matched places.

    Args:
        strength: 0..1.
        size: (width, height) of the scale in pixels.
        level: The number of the scale, from 0 for the coarsest.
        keep_detail: Keep more of the photo where it has fine things.
    """
    # A finer grid takes seconds on large pictures and shows nothing; relu5_1 takes a third of an evaluation there, and what
    # it sees was laid out at the coarser scales.
    fine = max(size) > _FINE_SIDE
    level = min(level, len(_QUERY_SHARES) - 1)
    weight = max(1.0, content_weight(strength) / content_weight(0.5))
    photo_share = (1 - strength) ** _PHOTO_EXPONENT
    return replace(
        gram_goal(strength),
        style_layers=_STYLE_LAYERS[:-1] if fine else _STYLE_LAYERS,
        content_layers=_MATCHED_LAYERS,
        content_weight=_MATCHED_WEIGHT * weight,
        matching=Matching(
            photo_share=photo_share,
            detail_share=(1 - strength) ** _DETAIL_EXPONENT if keep_detail else photo_share,
            query_share=_QUERY_SHARES[level],
            spread=(1 + strength) / 2,
            stride=8 if fine else 4,
            collage=strength * _COLLAGE[level],
        ),
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
