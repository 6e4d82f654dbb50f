"""The two losses of Gatys, Ecker and Bethge (arXiv:1508.06576) and their gradients, as pure functions.

Features have the shape (pictures, channels, height, width) and any dtype and memory order. Sums are float32.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import torch

if TYPE_CHECKING:
    from torch import Tensor

# A matrix product in bfloat16 rounds its result. Products of so many rows at most, summed in float32, keep a Gram matrix
# exact enough. On a GPU, which rounds nothing here, they also give its units more to do at the same time.
_ROWS: Final = 4096


def as_matrix(features: Tensor) -> Tensor:
    """The features as matrices, (pictures, positions, channels); a view if they are contiguous in either memory order."""
    pictures, channels = features.shape[:2]
    if features.is_contiguous():
        return features.view(pictures, channels, -1).mT
    return features.permute(0, 2, 3, 1).reshape(pictures, -1, channels)


def gram_sum(features: Tensor) -> Tensor:
    """FᵀF over all positions of each picture, (pictures, channels, channels), float32, without normalisation."""
    matrix = as_matrix(features)
    pictures, positions, channels = matrix.shape
    if not matrix.is_contiguous():
        # Batched products of matrices in this order are slow in bfloat16 on a CPU.
        sums = [torch.stack([_product(rows) for rows in one.split(_ROWS)]).sum(0) for one in matrix]
        return torch.stack(sums)
    rows = largest_divisor(positions, _ROWS)
    if rows == positions:
        return _product(matrix)
    pieces = matrix.view(-1, rows, channels)
    return _product(pieces).view(pictures, -1, channels, channels).sum(1)


def gram_matrix(features: Tensor) -> Tensor:
    """FᵀF / (channels · positions), float32; section 2 of the paper, with normalisation."""
    return gram_sum(features) / features[0].numel()


def add_style_gradient(gradient: Tensor, features: Tensor, change: Tensor) -> None:
    """Add F C to ``gradient``, in place.

    With C = 4 w (G − A) / (c² · elements) that is ∂/∂F of w · mean((G − A)²), for G = FᵀF / elements.

    Args:
        gradient: A tensor with the features' shape, dtype and memory order.
        features: F, (pictures, channels, height, width).
        change: C of each picture, (pictures, channels, channels), symmetric, in the features' dtype.
    """
    if gradient.is_contiguous(memory_format=torch.channels_last):
        as_matrix(gradient).baddbmm_(as_matrix(features), change)
    elif gradient.is_contiguous():
        for into, matrix, one in zip(as_matrix(gradient), as_matrix(features), change, strict=True):
            into.addmm_(matrix, one)
    else:
        pictures, channels, height, width = features.shape
        product = as_matrix(features) @ change
        gradient.add_(product.view(pictures, height, width, channels).permute(0, 3, 1, 2))


def squared_norm(difference: Tensor) -> Tensor:
    """The sum of the squares of each picture's elements, (pictures,), float32."""
    norm: Tensor = torch.linalg.vector_norm(difference, dim=(1, 2, 3), dtype=torch.float32)
    return norm.square()


def _product(matrix: Tensor) -> Tensor:
    """MᵀM of one matrix or several, float32."""
    if matrix.dtype is not torch.float32 and matrix.device.type == "cuda":
        multiply = torch.bmm if matrix.dim() == 3 else torch.mm
        exact: Tensor = multiply(matrix.mT, matrix, out_dtype=torch.float32)
        return exact
    if matrix.dtype is torch.float16:
        matrix = matrix.float()  # sums of squares overflow float16
    product: Tensor = matrix.mT @ matrix
    return product.float()


def largest_divisor(number: int, most: int) -> int:
    """The largest divisor of a number that is not above ``most``."""
    return next(divisor for divisor in range(min(number, most), 0, -1) if number % divisor == 0)
