"""Small pictures drawn by formula: smooth and busy ones, of any size."""

from __future__ import annotations

import numpy as np
from PIL import Image, ImageFilter


def waves(size: tuple[int, int] = (96, 96)) -> Image.Image:
    """A landscape of sorts: smooth colour with a few edges."""
    width, height = size
    x, y = np.meshgrid(np.linspace(0, 1, width), np.linspace(0, 1, height))
    red = 0.5 + 0.4 * np.sin(7 * x + 3 * y)
    green = np.where(y > 0.5 + 0.2 * np.sin(9 * x), 0.25, 0.75)
    blue = 0.3 + 0.6 * y * (1 - x)
    return _picture(np.stack((red, green, blue), axis=-1))


def dots(size: tuple[int, int] = (96, 96), seed: int = 3) -> Image.Image:
    """A texture: coloured noise, smoothed and spread."""
    noise = np.random.default_rng(seed).random((size[1], size[0], 3))
    smooth = np.asarray(_picture(noise).filter(ImageFilter.GaussianBlur(1.5)), dtype=float) / 255
    return _picture((smooth - smooth.mean()) * 3 + 0.5)


def _picture(values: np.ndarray) -> Image.Image:
    return Image.fromarray((values.clip(0, 1) * 255).astype(np.uint8))
