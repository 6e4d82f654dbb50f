"""What an objective compares a picture with, what it sums up over one, and the form in which both lie in memory."""

from __future__ import annotations

from dataclasses import dataclass, fields
from itertools import accumulate, pairwise
from typing import TYPE_CHECKING, Any, Final, Self

import torch

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from torch import Tensor

    from core.style.layers import Layer

TINY: Final = 1e-30
"""Keeps a division by the size of a target that is zero finite."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Targets:
    """What belongs to each picture of an objective; the first dimension of all tensors counts the pictures.

    Attributes:
        negative_grams: The styles' Gram matrices with the opposite sign, all layers in one row.
        style_weights: The weight of each of their elements' squared difference.
        contents: The content pictures' features.
        content_weights: The weight of each of their elements' squared difference.
        content_factors: What a difference is multiplied by for its gradient, in the features' dtype.
        gradient_size: What the gradients are scaled to in float16, (pictures,); smaller after an overflow.
    """

    negative_grams: Tensor
    style_weights: Tensor
    contents: dict[Layer, Tensor]
    content_weights: dict[Layer, Tensor]
    content_factors: dict[Layer, Tensor]
    gradient_size: Tensor

    @classmethod
    def of_all(cls, several: Sequence[Self], merge: Callable[[list[Tensor]], Tensor]) -> Self:
        """Targets whose tensors are made of the same tensors of several ones."""

        def merged(values: list[Any]) -> Any:  # noqa: ANN401 - a tensor, or one for each layer
            if isinstance(values[0], dict):
                return {layer: merge([value[layer] for value in values]) for layer in values[0]}
            return merge(values)

        names = [field.name for field in fields(cls)]
        return cls(**{name: merged([getattr(one, name) for one in several]) for name in names})


@dataclass(frozen=True, slots=True)
class Changes:
    """What the gradients at the layers are made of, in the features' dtype.

    Attributes:
        styles: What a style layer's features are multiplied by, (pictures, channels, channels).
        contents: What a difference from the content is multiplied by, (pictures, 1, 1, 1).
        scale: The factor in both of them, (pictures,), float32; None for 1.
    """

    styles: dict[Layer, Tensor]
    contents: dict[Layer, Tensor]
    scale: Tensor | None


class Statistics:
    """Sums over the visible parts of the pictures' tiles, by layer; float32, on the device.

    Attributes:
        grams: The Gram matrices' sums, (pictures, channels, channels).
        errors: The squared distances from the content, (pictures,).
        away: The differences from the content at the last tile.
    """

    def __init__(self) -> None:
        self.grams: dict[Layer, Tensor] = {}
        self.errors: dict[Layer, Tensor] = {}
        self.away: dict[Layer, Tensor] = {}


def add_to(sums: dict[Layer, Tensor], layer: Layer, value: Tensor) -> None:
    """Add a tile's part to a layer's sum."""
    sums[layer] = sums[layer] + value if layer in sums else value


class GramRows:
    """The Gram matrices of all style layers as one row of numbers a picture, so that one operation serves them all.

    Args:
        layers: The style layers, in the order of the row.
        device: Where the rows are.

    Attributes:
        sizes: How many elements each layer's matrix has.
    """

    def __init__(self, layers: Sequence[Layer], device: torch.device) -> None:
        self._layers = layers
        self._device = device
        self.sizes = [layer.channels**2 for layer in layers]

    def row(self, grams: Iterable[Tensor]) -> Tensor:
        """The layers' matrices, (pictures, channels, channels) each, as rows: (pictures, elements)."""
        return torch.cat([gram.flatten(1) for gram in grams], dim=1)

    def matrices(self, row: Tensor) -> Iterator[tuple[Layer, Tensor]]:
        """The inverse of ``row``; views."""
        ends = accumulate(self.sizes, initial=0)
        for layer, (start, stop) in zip(self._layers, pairwise(ends), strict=True):
            yield layer, row[:, start:stop].view(-1, layer.channels, layer.channels)

    def spread(self, values: Sequence[float]) -> Tensor:
        """One value for each layer as one for each element of their matrices, (1, elements)."""
        parts = [
            torch.full((1, size), value, device=self._device)
            for value, size in zip(values, self.sizes, strict=True)
        ]
        return torch.cat(parts, dim=1)

    def means(self, row: Tensor) -> Tensor:
        """The mean over each layer's elements in the place of each of them, (pictures, elements)."""
        means = [
            matrix.mean(dim=(1, 2)).clamp_min(TINY).view(-1, 1).expand(-1, size)
            for (_, matrix), size in zip(self.matrices(row), self.sizes, strict=True)
        ]
        return torch.cat(means, dim=1)
