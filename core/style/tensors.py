"""Converts between Pillow's pictures and tensors (1, 3, height, width), RGB in [0, 1], float32."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import torch
from PIL import Image
from torch.nn import functional

from core.style.fallback import computed

if TYPE_CHECKING:
    from torch import Tensor


def to_tensor(
    picture: Image.Image,
    size: tuple[int, int] | None = None,
    *,
    device: torch.device,
    resample: Image.Resampling = Image.Resampling.LANCZOS,
) -> Tensor:
    """The picture as a tensor, resized before to ``size`` (width, height) if given."""
    rgb = picture.convert("RGB")
    if size is not None and rgb.size != size:
        rgb = rgb.resize(size, resample)
    values = torch.from_numpy(np.array(rgb, dtype=np.uint8)).to(device)
    return values.permute(2, 0, 1).unsqueeze(0).contiguous().float().div_(255)


def to_picture(pixels: Tensor) -> Image.Image:
    """The tensor as an RGB picture; values are clamped to [0, 1] and rounded to 8 bits."""
    return to_pictures(pixels)[0]


def to_pictures(pixels: Tensor) -> list[Image.Image]:
    """Tensors (pictures, 3, height, width) as RGB pictures, as ``to_picture`` makes them; waits for the device once."""
    values = pixels.detach().clamp(0, 1).mul(255).round().to(torch.uint8).permute(0, 2, 3, 1)
    return [Image.fromarray(one) for one in values.contiguous().cpu().numpy()]


def resize(pixels: Tensor, size: tuple[int, int]) -> Tensor:
    """The pixels resized to ``size`` (width, height), bicubic, with antialiasing where they shrink."""
    width, height = size
    return computed(
        functional.interpolate,
        pixels,
        size=(height, width),
        mode="bicubic",
        antialias=True,
        align_corners=False,
    )
