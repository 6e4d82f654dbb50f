"""VGG19's feature layers as data: names, channels, strides and cost. No torch.

Simonyan and Zisserman, "Very Deep Convolutional Networks", arXiv:1409.1556, table 1, column E.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from core.style.style_errors import OptionsError

_BLOCKS: Final = ((64, 2), (128, 2), (256, 4), (512, 4), (512, 4))


class Kind(StrEnum):
    """What a layer does."""

    CONVOLUTION = "conv"
    RELU = "relu"
    POOL = "pool"


@dataclass(frozen=True, slots=True)
class Layer:
    """One of the 37 layers of VGG19's ``features``, numbered as torchvision numbers them.

    Attributes:
        index: Position in ``features``, from 0.
        kind: What the layer does.
        name: The paper's block notation, such as ``conv4_2``, ``relu4_2`` or ``pool4``.
        convolution: The number of convolutions up to and including this layer, from 1.
        channels: Channels of the output.
        inputs: Channels of the input.
        stride: Pixels of the picture from one output position to the next.
    """

    index: int
    kind: Kind
    name: str
    convolution: int
    channels: int
    inputs: int
    stride: int

    def positions(self, size: tuple[int, int]) -> int:
        """The number of output positions for a picture of ``size`` (width, height)."""
        return (size[0] // self.stride) * (size[1] // self.stride)


def _build() -> tuple[Layer, ...]:
    layers: list[Layer] = []
    convolution, inputs, stride = 0, 3, 1
    for block, (channels, count) in enumerate(_BLOCKS, start=1):
        for number in range(1, count + 1):
            convolution += 1
            for kind in (Kind.CONVOLUTION, Kind.RELU):
                name = f"{kind}{block}_{number}"
                layers.append(Layer(len(layers), kind, name, convolution, channels, inputs, stride))
                inputs = channels
        stride *= 2
        name = f"{Kind.POOL}{block}"
        layers.append(Layer(len(layers), Kind.POOL, name, convolution, channels, channels, stride))
    return tuple(layers)


LAYERS: Final = _build()
_BY_NAME: Final = {layer.name: layer for layer in LAYERS}
_COUNTED: Final = re.compile(r"(conv|relu|pool)_(\d+)")


def find_layer(name: str) -> Layer:
    """The layer named in either notation: ``conv4_2``, or ``conv_10`` for the tenth convolution.

    Raises:
        OptionsError: There is no such layer.
    """
    if (layer := _BY_NAME.get(name)) is not None:
        return layer
    if match := _COUNTED.fullmatch(name):
        same_kind = [layer for layer in LAYERS if layer.kind == match[1]]
        number = int(match[2])
        if 1 <= number <= len(same_kind):
            return same_kind[number - 1]
    raise OptionsError(
        f"VGG19 has no layer {name!r}; layers are called like conv_4, conv2_2 or relu4_1."
    )


def convolution_gflop(deepest: Layer, size: tuple[int, int]) -> float:
    """GFLOP of one forward pass to ``deepest``; a multiplication and an addition count as two operations."""
    return sum(
        18e-9 * layer.inputs * layer.channels * layer.positions(size)
        for layer in LAYERS[: deepest.index + 1]
        if layer.kind is Kind.CONVOLUTION
    )


def gram_gflop(layer: Layer, size: tuple[int, int]) -> float:
    """GFLOP of one Gram matrix of the layer's features."""
    return 2e-9 * layer.channels**2 * layer.positions(size)
