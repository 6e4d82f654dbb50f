"""The scale at which gradients are carried back in float16, so that they neither vanish nor overflow.

float16 holds 6e-8 to 65504. The gradients of a mean over all positions of a large picture are below that, and by how much
depends on weights, size and progress. So each evaluation scales them to one size before they are carried back, and
unscales the result in float32. Micikevicius et al., "Mixed Precision Training", arXiv:1710.03740, section 3.2.

Nothing here waits for the device.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import torch

from core.style.targets import TINY

if TYPE_CHECKING:
    from collections.abc import Iterable

    from torch import Tensor

SIZE: Final = 0.25
"""The root mean square of the largest layer's gradient, after scaling.

The largest element met on the way to the pixels was 764, at up to 1024 pixels: in a picture near its style, where few
elements have most of the gradient. A 16th of this size is as exact; a 250th is not.
"""

LARGEST: Final = 65504.0
"""The largest number in float16."""

_SHRINK: Final = 1 / 8


def choose_scale(size: Tensor, sizes: Iterable[Tensor]) -> Tensor:
    """The scale of each picture, (pictures,).

    Args:
        size: The size to scale to, (pictures,).
        sizes: The root mean square of each layer's gradient, (pictures,) each.
    """
    return size / torch.stack(tuple(sizes)).amax(0).clamp_min(TINY)


def undo_scale(gradient: Tensor, scale: Tensor, size: Tensor) -> Tensor:
    """The gradient (pictures, 3, height, width) without its scale.

    After an overflow, ``size`` shrinks in place: the optimiser steps back from a gradient that is not finite, and the next
    one is.
    """
    overflow = (scale > 0) & ~gradient.flatten(1).isfinite().all(1)
    size.mul_(1 - (1 - _SHRINK) * overflow)
    return gradient / scale.view(-1, 1, 1, 1)


def style_size(change: Tensor, gram_sum: Tensor, elements: int) -> Tensor:
    """At least the root mean square of F C over the elements of F, (pictures,), from C and FᵀF."""
    norm: Tensor = torch.linalg.matrix_norm(change)
    return norm * (gram_sum.diagonal(dim1=1, dim2=2).sum(1) / elements).sqrt()


def content_size(weight: Tensor, error: Tensor, elements: int) -> Tensor:
    """The root mean square of 2 w (F − P) over the elements of F, (pictures,), from w and the sum of (F − P)²."""
    return 2 * weight * (error / elements).sqrt()
