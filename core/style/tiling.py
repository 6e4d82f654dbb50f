"""Cutting a picture into tiles whose inner features are exactly those of the whole picture.

A tile is an inner rectangle with a margin around it. The margin covers the network's receptive field. All edges lie on
multiples of the deepest layer's stride, so that pooling windows lie where they do in the whole picture.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Self

from core.style.layers import LAYERS, Kind

if TYPE_CHECKING:
    from collections.abc import Iterator

    from torch import Tensor

    from core.style.layers import Layer


@dataclass(frozen=True, slots=True)
class Span:
    """One axis of a tile, in pixels of the picture.

    Attributes:
        start: Where the tile begins, including its margin.
        stop: Where the tile ends, including its margin.
        inner_start: Where the inner part begins.
        inner_stop: Where the inner part ends.
        length: The whole picture's length along this axis.
    """

    start: int
    stop: int
    inner_start: int
    inner_stop: int
    length: int

    def inner(self, stride: int) -> slice:
        """The inner part as positions of the tile's features at a layer of ``stride``."""
        offset = self.start // stride
        return slice(self.inner_start // stride - offset, self._last(stride) - offset)

    def outer(self, stride: int) -> slice:
        """The inner part as positions of the whole picture's features at a layer of ``stride``."""
        return slice(self.inner_start // stride, self._last(stride))

    def _last(self, stride: int) -> int:
        return self.inner_stop // stride


@dataclass(frozen=True, slots=True)
class Tile:
    """A rectangle with its margin."""

    rows: Span
    columns: Span

    @classmethod
    def whole(cls, size: tuple[int, int]) -> Self:
        """A tile that is the whole picture of ``size`` (width, height)."""
        width, height = size
        return cls(Span(0, height, 0, height, height), Span(0, width, 0, width, width))

    def cut(self, picture: Tensor) -> Tensor:
        """A view of this tile of a picture (1, 3, height, width), including its margin."""
        return picture[
            ..., self.rows.start : self.rows.stop, self.columns.start : self.columns.stop
        ]

    def inner(self, features: Tensor, layer: Layer) -> Tensor:
        """A view of the inner part of this tile's features."""
        return features[..., self.rows.inner(layer.stride), self.columns.inner(layer.stride)]

    def outer(self, features: Tensor, layer: Layer) -> Tensor:
        """A view of the same part of the whole picture's features."""
        return features[..., self.rows.outer(layer.stride), self.columns.outer(layer.stride)]


def tiles(size: tuple[int, int], side: int | None, deepest: Layer) -> Iterator[Tile]:
    """Tiles that cover a picture of ``size`` (width, height), row by row.

    Args:
        size: (width, height) of the picture in pixels.
        side: Side of the inner parts in pixels, rounded up to the deepest stride; None for a single tile.
        deepest: The last layer to compute.
    """
    width, height = size
    for rows in _spans(height, side, deepest):
        for columns in _spans(width, side, deepest):
            yield Tile(rows, columns)


def margin(deepest: Layer) -> int:
    """How many pixels on each side the features at ``deepest`` depend on, rounded up to its stride."""
    reach, stride = 0, 1
    for layer in LAYERS[: deepest.index + 1]:
        if layer.kind is Kind.CONVOLUTION:
            reach += stride
        elif layer.kind is Kind.POOL:
            reach += stride
            stride *= 2
    return -(-reach // deepest.stride) * deepest.stride


def _spans(length: int, side: int | None, deepest: Layer) -> Iterator[Span]:
    if side is None or side >= length:
        yield Span(0, length, 0, length, length)
        return
    step = -(-side // deepest.stride) * deepest.stride
    around = margin(deepest)
    for inner_start in range(0, length, step):
        inner_stop = min(inner_start + step, length)
        if length - inner_stop < deepest.stride:
            inner_stop = length  # the rest is too small for another tile
        yield Span(
            max(0, inner_start - around),
            min(length, inner_stop + around),
            inner_start,
            inner_stop,
            length,
        )
        if inner_stop == length:
            return
