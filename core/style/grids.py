"""The places of several pictures under one numbering, so that one tensor of numbers can point into all of them."""

from __future__ import annotations

from itertools import accumulate
from typing import TYPE_CHECKING

import torch

if TYPE_CHECKING:
    from collections.abc import Sequence

    from torch import Tensor


class Grids:
    """Grids of places, numbered one grid after the other, row by row.

    Args:
        shapes: (height, width) of each grid in places.
        device: Where numbers are looked up.

    Attributes:
        counts: How many places each grid has.
    """

    def __init__(self, shapes: Sequence[tuple[int, int]], device: torch.device) -> None:
        self.counts = [height * width for height, width in shapes]
        starts = list(accumulate(self.counts, initial=0))[:-1]
        table = torch.tensor([(start, *shape) for start, shape in zip(starts, shapes, strict=True)])
        self._start, self._height, self._width = table.t().contiguous().to(device)

    def split(self, place: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """The number of the grid, the row and the column of each place; place: any shape, int64."""
        grid = torch.bucketize(place, self._start, right=True) - 1
        inside = place - self._start[grid]
        width = self._width[grid]
        return grid, inside // width, inside % width

    def join(self, grid: Tensor, row: Tensor, column: Tensor) -> tuple[Tensor, Tensor]:
        """The inverse of ``split``.

        Returns:
            The numbers of the places, or of the nearest ones in the same grid; and whether there are such places.
        """
        height, width = self._height[grid], self._width[grid]
        exists = (row >= 0) & (row < height) & (column >= 0) & (column < width)
        near_row = row.clamp(min=0).minimum(height - 1)
        near_column = column.clamp(min=0).minimum(width - 1)
        return self._start[grid] + near_row * width + near_column, exists
