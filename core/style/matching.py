"""Content targets made of the style's own features, copied from the places that resemble the photo and the picture so far.

With them beside its Gram matrices, a picture is made of the style's own facets, strokes and petals. The recipe follows Kolkin
et al. (arXiv:2203.13215), who match each place on its own; see ``core.style.field`` for what is different here.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import torch
from torch.nn import functional

from core.style.features import extract_whole, resample
from core.style.field import find_field
from core.style.layers import find_layer
from core.style.targets import TINY

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from torch import Tensor

    from core.style.goals import Goal, Matching
    from core.style.layers import Layer
    from core.style.vgg19 import VGG19

_NEIGHBOURHOOD: Final = 5
_SMOOTHED: Final = 9


@dataclass(frozen=True, slots=True)
class Matched:
    """What the matches give for one scale.

    Attributes:
        contents: The features to come near to at the content layers, (1, channels, height, width) each.
        initial_image: The picture so far with the style's pixels of the matched places mixed in, (1, 3, height, width).
    """

    contents: dict[Layer, Tensor]
    initial_image: Tensor


def match(
    network: VGG19,
    goal: Goal,
    matching: Matching,
    *,
    photo: Tensor,
    picture: Tensor,
    styles: Sequence[Tensor],
    style_weights: Sequence[float],
    style_masks: Sequence[Tensor | None] = (),
    tile: int | None = None,
    style_tiles: Sequence[int | None] = (),
) -> Matched:
    """Match the places of a picture with those of the styles, and copy the styles' features there.

    Args:
        network: VGG19 down to the deepest content layer at least.
        goal: Names the content layers.
        matching: How to match, and how much of the photo to keep.
        photo: (1, 3, height, width), RGB in [0, 1], float32.
        picture: The picture so far, in the photo's shape.
        styles: Style pictures in the same format, of any sizes.
        style_weights: How much of the picture each style gets, adding up to 1.
        style_masks: How opaque each style picture is, (1, 1, height, width) in [0, 1]; None or empty if it is opaque.
        tile: Side of the tiles in which features are extracted, in pixels; None for the whole picture at once.
        style_tiles: The same for each style picture.
    """
    layers = [find_layer(name) for name in goal.content_layers]
    of_photo = extract_whole(network, photo, layers, tile)
    of_picture = extract_whole(network, picture, layers, tile)
    empty = [None] * len(styles)
    # A style without weight gives nothing, not even the places that suit best.
    given = [
        (style, extract_whole(network, style, layers, side), share, mask)
        for style, share, mask, side in zip(
            styles, style_weights, style_masks or empty, style_tiles or empty, strict=True
        )
        if share > 0
    ]
    pixels, of_styles, shares, masks = (list(column) for column in zip(*given, strict=True))
    query = {
        layer: torch.lerp(of_picture[layer].float(), of_photo[layer].float(), matching.query_share)
        for layer in layers
    }
    field = find_field(
        query,
        of_styles,
        stride=matching.stride,
        spread=matching.spread,
        shares=shares,
        visible=masks,
    )
    kept = _photo_shares(of_photo, matching)
    contents = {}
    for layer, features in of_photo.items():
        size = (features.shape[-2], features.shape[-1])
        copied = field.gather([one[layer] for one in of_styles], layer.stride, size)
        share = resample(kept, size)
        mixed = torch.lerp(copied, features.float(), share)
        contents[layer] = mixed.to(
            dtype=features.dtype, memory_format=network.precision.memory_format
        )
    if matching.collage == 0:
        return Matched(contents, picture)
    collage = field.gather(pixels, 1, (picture.shape[-2], picture.shape[-1]))
    return Matched(contents, torch.lerp(picture, collage, matching.collage))


def _photo_shares(of_photo: Mapping[Layer, Tensor], matching: Matching) -> Tensor:
    """The photo's share in the targets at each place, (1, 1, height, width).

    It is larger where the photo's features change faster than elsewhere: eyes, lettering, rigging.
    """
    finest = min(of_photo, key=lambda layer: layer.stride)
    features = of_photo[finest].float()
    away = features - _mean_around(features, _NEIGHBOURHOOD)
    change = _mean_around(away.square().sum(1, keepdim=True).sqrt(), _SMOOTHED)
    # 0 where features change as fast as on average or slower, 1 where they change twice as fast or faster.
    detailed = (change / change.mean().clamp_min(TINY) - 1).clamp(0, 1)
    return matching.photo_share + (matching.detail_share - matching.photo_share) * detailed


def _mean_around(values: Tensor, side: int) -> Tensor:
    around = side // 2
    padded = functional.pad(values, (around,) * 4, mode="replicate")
    mean: Tensor = functional.avg_pool2d(padded, side, 1)
    return mean
