"""The two losses of Gatys, Ecker and Bethge (arXiv:1508.06576) and their gradients, as pure functions.

Features have the shape (1, channels, height, width) and any dtype and memory order. Sums and losses are float32.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import torch

if TYPE_CHECKING:
    from torch import Tensor

# A matrix product in bfloat16 rounds its result. Products of this many rows each, summed in float32, keep a Gram
# matrix exact enough.
_ROWS: Final = {torch.float32: 8192, torch.bfloat16: 4096}


def as_matrix(features: Tensor) -> Tensor:
    """The features (1, c, h, w) as a matrix (positions, channels); a view if they are contiguous in either memory order."""
    channels = features.shape[1]
    if features.is_contiguous():
        return features.view(channels, -1).t()
    return features.permute(0, 2, 3, 1).reshape(-1, channels)


def gram_sum(features: Tensor) -> Tensor:
    """FᵀF over all positions, (channels, channels), float32, without normalisation."""
    matrix = as_matrix(features)
    channels = matrix.shape[1]
    total = torch.zeros(channels, channels, device=matrix.device)
    for rows in _pieces(matrix):
        if rows.dtype is torch.float32:
            total.addmm_(rows.t(), rows)
        else:
            total += rows.t() @ rows
    return total


def gram_matrix(features: Tensor) -> Tensor:
    """FᵀF / (channels · positions), (channels, channels), float32; section 2 of the paper, with normalisation."""
    return gram_sum(features) / features.numel()


def squared_error(value: Tensor, target: Tensor) -> Tensor:
    """The sum of the squared differences, a float32 scalar."""
    total = torch.zeros((), device=value.device)
    pieces = zip(_pieces(as_matrix(value)), _pieces(as_matrix(target)), strict=True)
    for (
        one,
        other,
    ) in pieces:  # float32 copies of the whole would be the largest tensors of an evaluation
        total += (one - other).float().square().sum()
    return total


def add_style_gradient(
    gradient: Tensor, features: Tensor, difference: Tensor, *, weight: float, elements: int
) -> None:
    """Add ∂/∂F of weight · mean((G − A)²) to ``gradient``, in place: 4 w F (G − A) / (c² · elements).

    Args:
        gradient: A tensor with the features' shape, dtype and memory order.
        features: F, (1, channels, height, width).
        difference: G − A, (channels, channels), symmetric, float32.
        weight: The weight of this layer's loss.
        elements: The divisor of G: channels · positions of the whole picture.
    """
    channels = features.shape[1]
    factor = 4 * weight / (channels**2 * elements)
    change = (difference * factor).to(features.dtype)
    if gradient.is_contiguous() or gradient.is_contiguous(memory_format=torch.channels_last):
        as_matrix(gradient).addmm_(as_matrix(features), change)
        return
    _, _, height, width = features.shape
    product = as_matrix(features) @ change
    gradient.add_(product.view(1, height, width, channels).permute(0, 3, 1, 2))


def add_content_gradient(
    gradient: Tensor, features: Tensor, target: Tensor, *, weight: float, elements: int
) -> None:
    """Add ∂/∂F of weight · mean((F − P)²) to ``gradient``, in place: 2 w (F − P) / elements.

    Args:
        gradient: A tensor with the features' shape, dtype and memory order.
        features: F, (1, channels, height, width).
        target: P, of the same shape.
        weight: The weight of this layer's loss.
        elements: channels · positions of the whole picture.
    """
    gradient.add_(features - target, alpha=2 * weight / elements)


def _pieces(matrix: Tensor) -> tuple[Tensor, ...]:
    return torch.split(matrix, _ROWS.get(matrix.dtype, 4096))
