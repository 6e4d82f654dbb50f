"""Cutting a picture into tiles whose inner features are exactly those of the whole picture.

Each tile is an inner rectangle with a margin around it that covers the network's receptive field. All edges
lie on multiples of the deepest layer's stride, so that pooling windows fall as they do in the whole picture.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from core.style.layers import LAYERS, Kind

if TYPE_CHECKING:
    from collections.abc import Iterator

    from torch import Tensor

    from core.style.layers import Layer


@dataclass(frozen=True, slots=True)
class Span:
    """One axis of a tile, in pixels of the picture.

    Attributes:
        start: Where the tile begins, its margin included.
        stop: Where it ends, its margin included.
        inner_start: Where the part begins that it stands for.
        inner_stop: Where that part ends.
        length: Of the whole picture along this axis.
    """

    start: int
    stop: int
    inner_start: int
    inner_stop: int
    length: int

    def inner(self, stride: int) -> slice:
        """The inner part among the tile's own positions at a layer of that stride."""
        offset = self.start // stride
        return slice(self.inner_start // stride - offset, self._last(stride) - offset)

    def outer(self, stride: int) -> slice:
        """The inner part among the whole picture's positions at a layer of that stride."""
        return slice(self.inner_start // stride, self._last(stride))

    def _last(self, stride: int) -> int:
        return self.inner_stop // stride


@dataclass(frozen=True, slots=True)
class Tile:
    """A rectangle with its margin."""

    rows: Span
    columns: Span

    def cut(self, picture: Tensor) -> Tensor:
        """This tile of a picture (1, 3, height, width), its margin included; a view."""
        return picture[
            ..., self.rows.start : self.rows.stop, self.columns.start : self.columns.stop
        ]

    def inner(self, features: Tensor, layer: Layer) -> Tensor:
        """The inner part of this tile's own features; a view."""
        return features[..., self.rows.inner(layer.stride), self.columns.inner(layer.stride)]

    def outer(self, features: Tensor, layer: Layer) -> Tensor:
        """The same part of the whole picture's features; a view."""
        return features[..., self.rows.outer(layer.stride), self.columns.outer(layer.stride)]


def tiles(size: tuple[int, int], side: int | None, deepest: Layer) -> Iterator[Tile]:
    """Tiles that cover a picture of ``size`` (width, height), row by row.

    Args:
        size: Of the picture.
        side: Side of the inner parts in pixels, rounded up to the deepest stride; None for one tile.
        deepest: The last layer whose features are wanted.
    """
    width, height = size
    for rows in _spans(height, side, deepest):
        for columns in _spans(width, side, deepest):
            yield Tile(rows, columns)


def margin(deepest: Layer) -> int:
    """Pixels around a position that its features at ``deepest`` depend on, rounded up to its stride."""
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
            inner_stop = length  # too little left for a tile of its own
        yield Span(
            max(0, inner_start - around),
            min(length, inner_stop + around),
            inner_start,
            inner_stop,
            length,
        )
        if inner_stop == length:
            return
