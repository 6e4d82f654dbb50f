"""Poster: flat shapes in five screen-printed inks, halftones where they fade, and a black key plate out of register."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from tests.drawing.strokes import shrink
from tests.drawing.surface import Colour, Surface, finish, smoothstep

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from PIL import Image

PAPER: Final[Colour] = (246, 234, 208)
# Ink, turn of its screen in radians, register in design units, and where on the hills it is printed: from, full, to.
INKS: Final[tuple[tuple[Colour, float, tuple[float, float], tuple[float, float, float]], ...]] = (
    ((250, 190, 60), 0.1, (0.8, -1.2), (0.16, 0.42, 0.84)),
    ((236, 84, 60), 0.5, (-1.6, 0.8), (0.5, 0.66, 0.9)),
    ((38, 152, 160), 1.05, (1.2, 1.4), (0.0, 0.06, 0.3)),
    ((240, 132, 146), 1.35, (-0.8, -1.4), (0.3, 0.5, 0.62)),
)
KEY: Final[Colour] = (32, 32, 66)
PITCH: Final = 7.4
OVERSAMPLE: Final = 2


def paint(surface: Surface) -> Image.Image:
    """The hills are printed ink by ink, each over what is there, and the key plate last."""
    large = Surface(surface.width * OVERSAMPLE, surface.height * OVERSAMPLE, surface.rng)
    hills, ripple = _hills(large)
    printed = np.empty((*large.shape, 3), dtype=np.float32)
    printed[:] = PAPER
    for ink, turn, register, bounds in INKS:
        cover = _plate(large, hills, ripple, turn, bounds)
        shift = tuple(round(one * large.unit) for one in reversed(register))
        cover = np.roll(cover, shift, axis=(0, 1)) * _wear(large)
        # Screen inks are nearly opaque: half covers, half lets through what lies below.
        over = 0.75 * np.asarray(ink) + 0.25 * printed * np.asarray(ink) / 255
        printed += (over - printed) * cover[..., None]
    key = _key(large, hills, ripple) * _wear(large)
    printed += (np.asarray(KEY, dtype=np.float32) - printed) * key[..., None]
    small = shrink(printed.astype(np.float32), OVERSAMPLE)
    grain = surface.noise(1.5) * 3.5 + surface.fractal(8, 3) * 2.5
    return finish(small + grain[..., None])


def _hills(surface: Surface) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Height 0..1 in repeating waves, and a finer map that decides what is striped and what is plain."""
    x, y = surface.coordinates()
    shift = 34 * surface.noise(190)
    swirl = 46 * surface.noise(230)
    level = (y + shift + 26 * np.sin(x / 74 + swirl / 60)) / 118 + 0.55 * surface.noise(250)
    return np.mod(level, 1.0).astype(np.float32), surface.noise(150)


def _plate(
    surface: Surface,
    hills: NDArray[np.float32],
    ripple: NDArray[np.float32],
    turn: float,
    bounds: tuple[float, float, float],
) -> NDArray[np.float32]:
    """The coverage of one ink 0..1: from dots to flat, then a sharp end."""
    low, full, high = bounds
    x, y = surface.coordinates()
    wave = np.pi / PITCH
    across, down = x * np.cos(turn) + y * np.sin(turn), y * np.cos(turn) - x * np.sin(turn)
    dots = (np.cos(2 * wave * across) + np.cos(2 * wave * down) + 2) / 4
    lines = 0.5 + 0.5 * np.cos(2 * wave * across)
    screen = np.where(ripple > 0.75, lines, dots)
    wanted = smoothstep(low, full, hills) * (hills < high)
    soft = 0.11 / surface.unit
    return smoothstep(-soft, soft, (wanted * 1.04 - (1 - screen)).astype(np.float32))


def _key(
    surface: Surface, hills: NDArray[np.float32], ripple: NDArray[np.float32]
) -> NDArray[np.float32]:
    """Bold outlines along the hills that swell and taper, and engraved stripes in the hollows."""
    slope_y, slope_x = np.gradient(hills)
    steep = np.hypot(slope_x, slope_y) * surface.unit
    steep = np.where(steep > 0.2 * surface.unit, np.median(steep), steep) + 1e-4
    total = np.zeros(surface.shape, dtype=np.float32)
    swell = surface.noise(90)
    for level, width in ((0.0, 5.5), (0.3, 3.2), (0.5, 1.6), (0.62, 3.0), (0.86, 6.0)):
        near = np.abs(np.mod(hills - level + 0.5, 1.0) - 0.5) / steep
        breadth = np.clip(width * (0.8 + 0.4 * swell), 0.3, 12) / 2
        total = np.maximum(total, 1 - smoothstep(-0.4, 0.4, (near - breadth).astype(np.float32)))
    stripe = np.abs(np.mod(hills * 26, 1.0) - 0.5) * 2
    hollow = smoothstep(0.72, 0.9, hills) * smoothstep(0.2, 0.5, -ripple)
    return np.maximum(total, smoothstep(0.55, 0.62, stripe * hollow))


def _wear(surface: Surface) -> NDArray[np.float32]:
    """Where the ink did not take: pinholes and dry patches, coverage 0..1."""
    holes = smoothstep(1.9, 2.3, surface.noise(2.2) + 0.5 * surface.noise(30))
    return np.asarray(0.97 - 0.75 * holes, dtype=np.float32)
