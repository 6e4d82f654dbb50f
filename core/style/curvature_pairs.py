"""The curvature pairs of L-BFGS as two matrices, for several pictures at once.

Byrd, Nocedal and Schnabel, "Representations of quasi-Newton matrices and their use in limited memory methods",
Mathematical Programming 63 (1994), theorem 2.2; Nocedal and Wright, "Numerical Optimization", section 7.2. With the
steps as the rows of S, the gradient differences as those of Y, and R the upper triangle of S Yᵀ with its diagonal D, the
two-loop recursion is

    p = R⁻¹ S g,    r = H₀ (g − Yᵀ p),    direction = r + Sᵀ R⁻ᵀ (D p − Y r).

So each of S and Y is read twice for a direction, in four matrix products, however many pairs there are.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import torch

from core.style.fallback import computed
from core.style.losses import largest_divisor

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from torch import Tensor

HISTORY: Final = 100
_LONGEST_CHUNK: Final = (
    8192  # elements of a picture; a matrix product over a longer row uses few of a GPU's units
)
_BLOCK: Final = (
    2**18
)  # elements of a float32 copy of part of a matrix, which stays in a processor's cache


def pair_bytes(device: torch.device) -> int:
    """Bytes of one curvature pair for each pixel: two pictures of three colours.

    On a CPU they are in bfloat16, which is as exact as the gradients are: memory's speed is the limit there. A GPU has no
    fast product of a bfloat16 matrix and a float32 vector, and the memory for float32.
    """
    return 2 * 3 * _dtype(device).itemsize


class CurvaturePairs:
    """The newest curvature pairs (s, y) of each of several pictures, and the inverse Hessian that they make.

    All pictures get their pairs at the same time. A pair of which a picture has no use is left out for that picture.

    Args:
        history: How many pairs to keep.
        like: The pictures, (pictures, 3, height, width); pairs are of this shape, and on its device.
    """

    def __init__(self, history: int, like: Tensor) -> None:
        self._history = history
        self._pictures = like.shape[0]
        elements = like[0].numel()
        self._chunk = largest_divisor(elements, _LONGEST_CHUNK)
        self._chunks = elements // self._chunk
        shape = (self._pictures * self._chunks, history, self._chunk)
        # One block of memory each. Separate allocations would lie between an evaluation's large blocks and fragment the
        # allocator's memory. A CPU's system provides the memory of a row when it is first written.
        self._steps = torch.empty(shape, dtype=_dtype(like.device), device=like.device)
        self._differences = torch.empty_like(self._steps)
        # s_i · y_j, in the order of the rows; only where j is not older than i.
        self._products = like.new_zeros(self._pictures, history, history)
        self._used = like.new_zeros(self._pictures, history)  # 1 for a pair that counts, else 0
        ages = torch.arange(history, device=like.device)
        self._orders = (ages[None] + ages[:, None]) % max(
            1, history
        )  # rows, oldest first, by the oldest one
        self._count = 0
        self._is_multiplied = True  # whether ``_products`` has the newest pair's column
        self._known = [[False] * history for _ in range(self._pictures)]

    def __len__(self) -> int:
        """How many rows are filled."""
        return min(self._count, self._history)

    def any_of(self, picture: int) -> bool:
        """Whether a picture has a pair that counts."""
        return any(self._known[picture])

    def rounded(self, picture: Tensor) -> Tensor:
        """A picture as a pair keeps it."""
        return picture.to(self._steps.dtype).to(picture.dtype)

    def clear(self, picture: int) -> None:
        """Leave out all pairs of a picture."""
        self._known[picture] = [False] * self._history
        self._used[picture].zero_()

    def append(self, step: Tensor, difference: Tensor, counts: Sequence[bool]) -> None:
        """Append a pair to all pictures, in place of the oldest one if there are ``history`` of them.

        Args:
            step: s, (pictures, 3, height, width), finite.
            difference: y, in the same format.
            counts: For each picture, whether its pair counts; its curvature s · y is positive then.
        """
        if not any(counts):
            return
        row = self._count % self._history
        self._count += 1
        shape = (self._pictures * self._chunks, self._chunk)
        self._steps[:, row] = step.reshape(shape)
        self._differences[:, row] = difference.reshape(shape)
        self._is_multiplied = False
        for known, count in zip(self._known, counts, strict=True):
            known[row] = count
        if all(counts):
            self._used[:, row] = 1
        else:
            self._used[:, row] = torch.tensor(counts).to(self._used)

    def keep(self, kept: Sequence[int]) -> None:
        """Keep only some of the pictures, by their numbers, in order."""
        rows = torch.tensor(kept, device=self._used.device)
        self._steps = self._moved_up(self._steps, kept)
        self._differences = self._moved_up(self._differences, kept)
        self._products, self._used = self._products[rows], self._used[rows]
        self._known = [self._known[number] for number in kept]
        self._pictures = len(kept)

    def direction(self, gradient: Tensor, apply: Callable[[Tensor], Tensor]) -> Tensor:
        """The estimated inverse Hessian times the gradient.

        Args:
            gradient: (pictures, 3, height, width).
            apply: Multiplies pictures by the initial inverse Hessian.
        """
        if not len(self):
            return apply(gradient)
        row = (self._count - 1) % self._history
        vectors = [gradient]
        if not self._is_multiplied:
            vectors.append(self._differences[:, row].to(gradient.dtype))
        products = self._project(self._steps, vectors)
        if not self._is_multiplied:
            self._products[:, : len(self), row] = products[1]
            self._is_multiplied = True
        triangle, used = self._triangle()
        curvatures = triangle.diagonal(dim1=1, dim2=2)
        p = computed(
            torch.linalg.solve_triangular,
            triangle,
            self._by_age(products[0], used).unsqueeze(2),
            upper=True,
        ).squeeze(2)
        rest = apply(self._combine(self._differences, self._by_row(p, used), gradient, sign=-1))
        right = self._by_age(self._project(self._differences, [rest])[0], used)
        weights = computed(
            torch.linalg.solve_triangular,
            triangle.mT,
            torch.addcmul(right, curvatures, p, value=-1).unsqueeze(2),
            upper=False,
        ).squeeze(2)
        return self._combine(self._steps, self._by_row(weights, used), rest, sign=-1)

    def _moved_up(self, matrix: Tensor, kept: Sequence[int]) -> Tensor:
        """The rows of some of the pictures, moved within the matrix: for a copy there may be no memory."""
        pictures = matrix.view(self._pictures, self._chunks, self._history, self._chunk)
        for place, number in enumerate(kept):
            if place != number:
                pictures[place].copy_(pictures[number])
        return pictures[: len(kept)].flatten(0, 1)

    def _triangle(self) -> tuple[Tensor, Tensor | None]:
        """R of each picture, by age, and which pairs count; None if all do.

        A pair that does not count has a row and a column of zeros, and 1 on the diagonal.
        """
        size = len(self)
        products = self._products[:, :size, :size]
        if (order := self._order()) is not None:
            products = products.index_select(1, order).index_select(2, order)
        if all(all(known[:size]) for known in self._known):
            return products.triu(), None
        used = self._by_age(self._used[:, :size], None)
        triangle = products.mul(used[:, :, None] * used[:, None, :]).triu_()
        triangle.diagonal(dim1=1, dim2=2).add_(1 - used)
        return triangle, used

    def _order(self) -> Tensor | None:
        """The rows, the oldest first; None while they lie in that order."""
        return None if self._count <= self._history else self._orders[self._count % self._history]

    def _by_age(self, values: Tensor, used: Tensor | None) -> Tensor:
        """Values by row, (pictures, rows), as values by age; 0 for pairs that do not count."""
        if (order := self._order()) is not None:
            values = values.index_select(1, order)
        return values if used is None else values * used

    def _by_row(self, values: Tensor, used: Tensor | None) -> Tensor:
        """The inverse of ``_by_age``."""
        if used is not None:
            values = values * used
        if (order := self._order()) is not None:
            values = torch.empty_like(values).index_copy_(1, order, values)
        return values

    def _project(self, matrix: Tensor, vectors: Sequence[Tensor]) -> list[Tensor]:
        """The products of each row with each vector: (pictures, rows) each."""
        rows = torch.stack([vector.reshape(-1, self._chunk) for vector in vectors], dim=1)
        parts = [
            torch.bmm(rows[part], block.transpose(1, 2)) for part, block in self._blocks(matrix)
        ]
        whole = parts[0] if len(parts) == 1 else torch.cat(parts)
        sums = whole.view(self._pictures, self._chunks, len(vectors), -1).sum(1)
        return list(sums.unbind(1))

    def _combine(self, matrix: Tensor, weights: Tensor, addend: Tensor, *, sign: float) -> Tensor:
        """The addend, and with a sign the sum of the rows, times their weights (pictures, rows)."""
        rows = addend.reshape(-1, 1, self._chunk)
        spread = weights[:, None, :].expand(-1, self._chunks, -1).reshape(len(rows), 1, -1)
        parts = [
            torch.baddbmm(rows[part], spread[part], block, alpha=sign)
            for part, block in self._blocks(matrix)
        ]
        whole = parts[0] if len(parts) == 1 else torch.cat(parts)
        return whole.view_as(addend)

    def _blocks(self, matrix: Tensor) -> Iterator[tuple[slice, Tensor]]:
        """The filled rows of a matrix in float32, some of its chunks at a time."""
        filled = matrix[:, : len(self)]
        if filled.dtype is torch.float32:
            yield slice(None), filled
            return
        step = max(1, _BLOCK // filled[0].numel())
        for start in range(0, len(filled), step):
            part = slice(start, start + step)
            yield part, filled[part].float()


def _dtype(device: torch.device) -> torch.dtype:
    return torch.bfloat16 if device.type == "cpu" else torch.float32
