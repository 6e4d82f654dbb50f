"""The features of whole pictures: computed in tiles where memory is short, and in other sizes."""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch
from torch.nn import functional

from core.style.fallback import computed
from core.style.tiling import tiles

if TYPE_CHECKING:
    from collections.abc import Collection

    from torch import Tensor

    from core.style.layers import Layer
    from core.style.tiling import Tile
    from core.style.vgg19 import VGG19


def extract_whole(
    network: VGG19, pixels: Tensor, layers: Collection[Layer], side: int | None
) -> dict[Layer, Tensor]:
    """The features of a picture (1, 3, height, width) at some layers, (1, channels, height, width) each.

    Args:
        network: VGG19 down to the deepest of the layers at least.
        pixels: RGB in [0, 1], float32.
        layers: Whose features.
        side: Side of the tiles in pixels; None to take the picture as a whole.
    """
    height, width = pixels.shape[-2:]
    deepest = max(layers, key=lambda layer: layer.index)
    whole: dict[Layer, Tensor] = {}
    for tile in tiles((width, height), side, deepest):

        def keep(layer: Layer, features: Tensor, tile: Tile = tile) -> None:
            if layer not in whole:
                shape = (1, layer.channels, height // layer.stride, width // layer.stride)
                whole[layer] = torch.empty(
                    shape,
                    dtype=features.dtype,
                    device=features.device,
                    memory_format=network.precision.memory_format,
                )
            tile.outer(whole[layer], layer).copy_(tile.inner(features, layer))

        network.extract(tile.cut(pixels), layers, keep)
    return whole


def resample(values: Tensor, size: tuple[int, int]) -> Tensor:
    """Values (1, channels, height, width) in the ``size`` (height, width): bilinear, smoothed where they shrink."""
    if values.shape[-2:] == size:
        return values
    return computed(_bilinear, values, size=size)


def _bilinear(values: Tensor, size: tuple[int, int]) -> Tensor:
    return functional.interpolate(values, size=size, mode="bilinear", antialias=True)
