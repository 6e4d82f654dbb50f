"""Two ways to keep the photo's colours: Gatys, Bethge, Hertzmann and Shechtman, arXiv:1606.05897, section 3."""

from __future__ import annotations

from typing import Final

import numpy as np
import torch
from PIL import Image
from torch import Tensor

_FLOOR: Final = 1e-5  # added to variances, so that the covariance of a single colour has an inverse
_GRAY_LEVELS: Final = (
    6  # of 255; the mean of a few pixels of a gray JPEG differs by less between its channels
)


def keep_luminance(painted: Image.Image, photo: Image.Image) -> Image.Image:
    """The painted picture's luminance with the photo's chroma (section 3.2, after the transfer).

    Args:
        painted: The stylized picture, RGB.
        photo: The content picture, RGB, of any size.

    Returns:
        A picture of the painted one's size, RGB.
    """
    luminance = painted.convert("YCbCr").getchannel("Y")
    colours = photo.convert("RGB").resize(painted.size, Image.Resampling.LANCZOS).convert("YCbCr")
    _, blue, red = colours.split()
    return Image.merge("YCbCr", (luminance, blue, red)).convert("RGB")


def match_statistics(
    style: Tensor,
    photo: Tensor,
    *,
    style_mask: Tensor | None = None,
    photo_mask: Tensor | None = None,
) -> Tensor:
    """The style picture with the photo's mean colour and colour covariance (section 3.1, before the transfer).

    Args:
        style: (1, 3, height, width), RGB in [0, 1].
        photo: The content picture in the same format, of any size.
        style_mask: How opaque the style picture is, (1, 1, height, width); None if it is so everywhere.
        photo_mask: The same of the content picture.

    Returns:
        A picture of the style's shape, within [0, 1].
    """
    style_mean, style_covariance = _statistics(style, style_mask)
    photo_mean, photo_covariance = _statistics(photo, photo_mask)
    change = _power(photo_covariance, 0.5) @ _power(style_covariance, -0.5)
    centred = style[0].flatten(1) - style_mean
    matched = (change.to(centred) @ centred + photo_mean).clamp(0, 1)
    return matched.view_as(style[0]).unsqueeze(0)


def _statistics(picture: Tensor, mask: Tensor | None) -> tuple[Tensor, Tensor]:
    """The mean colour, (3, 1), on the picture's device, and the colours' covariance, (3, 3), float64, on the CPU."""
    colours = picture[0].flatten(1)
    if mask is not None:
        colours = colours[:, mask.flatten() >= mask.max().clamp(max=0.5)]
    mean = colours.mean(dim=1, keepdim=True)
    centred = colours - mean
    covariance = centred @ centred.T / max(1, colours.shape[1] - 1)
    # Not every device has float64 or an eigenvalue decomposition, and for a matrix this small the CPU is quicker.
    return mean, covariance.cpu().double()


def _power(covariance: Tensor, exponent: float) -> Tensor:
    values, vectors = torch.linalg.eigh(covariance + _FLOOR * torch.eye(3, dtype=covariance.dtype))
    power: Tensor = vectors @ torch.diag(values.pow(exponent)) @ vectors.T
    return power


def is_gray(picture: Image.Image) -> bool:
    """Whether a picture, RGB, has no colour beyond what a JPEG file makes of gray."""
    small = picture.resize((256, 256), Image.Resampling.BOX)
    return int(np.ptp(np.asarray(small), axis=2).max()) <= _GRAY_LEVELS
