"""Mosaic: glass and gold tesserae set along curved courses, with grout between them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from tests.drawing.strokes import at, shrink
from tests.drawing.surface import Surface, blend, finish, smoothstep

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from PIL import Image

GROUT: Final = (64, 56, 56)
BANDS: Final = np.asarray(
    [
        (28, 54, 124), (38, 104, 168), (64, 164, 178), (150, 208, 186), (244, 234, 204),
        (240, 186, 66), (224, 118, 50), (186, 52, 52), (238, 206, 170), (40, 122, 112),
    ],
    dtype=np.float32,
)  # fmt: skip
GOLD: Final = (5, 6)
OVERSAMPLE: Final = 2
SIDE: Final = 15.0
ROUNDS: Final = 8


def paint(surface: Surface) -> Image.Image:
    """Tesserae settle into courses, and get their colours, their tilt towards the light and their grout."""
    level = _design(surface)
    slope_y, slope_x = np.gradient(level)
    course = np.arctan2(slope_y, slope_x).astype(np.float32)
    centres = _settled(surface, course)
    owner, first, second = _cells(surface, centres, course, OVERSAMPLE)
    gap = np.asarray((second - first) * SIDE / 2, dtype=np.float32)
    rng, count = surface.rng, len(centres)
    colours = _colours(surface, level, centres)
    tilt = rng.normal(0, 1, (count, 2)).astype(np.float32)
    shade = 1 + rng.normal(0, 0.09, count).astype(np.float32)
    rows, columns = np.mgrid[: owner.shape[0], : owner.shape[1]].astype(np.float32)
    scale = surface.unit * OVERSAMPLE
    off_x = (columns / scale - centres[owner, 0]) / SIDE
    off_y = (rows / scale - centres[owner, 1]) / SIDE
    facet = shade[owner] + 0.22 * (tilt[owner, 0] * off_x + tilt[owner, 1] * off_y)
    bevel = np.exp(-(((gap - 1.5) / 0.9) ** 2)) * np.where(off_x + off_y < 0, 0.2, -0.24)
    pixels = colours[owner] * (facet + bevel)[..., None]
    slant = np.asarray((facet - shade[owner]) * 3.4, dtype=np.float32)
    glint = smoothstep(0.66, 1.0, slant) * (gap > 1.6)
    pixels = blend(pixels.astype(np.float32), (255, 250, 232), 0.4 * glint.astype(np.float32))
    set_in = smoothstep(0.8, 1.5, gap)
    pixels = blend(np.broadcast_to(np.asarray(GROUT, np.float32), pixels.shape), pixels, set_in)
    small = shrink(pixels, OVERSAMPLE)
    grain = surface.noise(1.6) * 5 + surface.noise(3.4) * 4 + surface.noise(120) * 4
    return finish(small + grain[..., None])


def _design(surface: Surface) -> NDArray[np.float32]:
    """Hills whose contour lines the courses follow; one unit is a band of colour."""
    x, y = surface.coordinates()
    waves = np.sin(x / 130 + 1.4 * np.sin(y / 150)) + np.cos(y / 105 - 0.8 * np.sin(x / 170))
    return np.asarray(1.55 * waves + 1.5 * surface.noise(230) + x / 400, dtype=np.float32)


def _settled(surface: Surface, course: NDArray[np.float32]) -> NDArray[np.float32]:
    """Centres ``(n, 2)`` in design units, moved to the middles of their cells (Lloyd; Hausner 2001)."""
    width, height = surface.width / surface.unit, surface.height / surface.unit
    count = max(4, round(width * height / SIDE**2))
    spread = surface.rng.uniform(0, 1, (count, 2)) * (width, height)
    centres = np.asarray(spread, dtype=np.float32)
    for _ in range(ROUNDS):
        owner, _, _ = _cells(surface, centres, course, 1)
        rows, columns = np.mgrid[: owner.shape[0], : owner.shape[1]]
        flat = owner.ravel()
        held = np.bincount(flat, minlength=count)
        for axis, places in enumerate((columns, rows)):
            total = np.bincount(flat, weights=places.ravel() + 0.5, minlength=count)
            mean = total / np.maximum(held, 1) / surface.unit
            centres[:, axis] = np.where(held > 0, mean, centres[:, axis])
    return centres


def _cells(
    surface: Surface, centres: NDArray[np.float32], course: NDArray[np.float32], times: int
) -> tuple[NDArray[np.int64], NDArray[np.float32], NDArray[np.float32]]:
    """Whose cell each pixel is in, and how far that centre and the next one are, in half sides.

    Distance is the larger of those along and across the course, so that cells become squares.

    Args:
        surface: The surface.
        centres: ``(n, 2)`` in design units.
        course: The direction across the courses, in radians.
        times: How many times as large as the surface the maps are.
    """
    shape = (surface.height * times, surface.width * times)
    owner = np.zeros(shape, dtype=np.int64)
    first = np.full(shape, 9.0, dtype=np.float32)
    second = np.full(shape, 9.0, dtype=np.float32)
    scale = surface.unit * times
    turns = at(surface, course, centres)
    reach = 1.9 * SIDE * scale
    for number, ((x, y), turn) in enumerate(zip(centres * scale, turns, strict=True)):
        top, bottom = max(0, int(y - reach)), min(shape[0], int(y + reach) + 1)
        left, right = max(0, int(x - reach)), min(shape[1], int(x + reach) + 1)
        away_x = (np.arange(left, right, dtype=np.float32) + 0.5 - x)[None] * (2 / SIDE / scale)
        away_y = (np.arange(top, bottom, dtype=np.float32) + 0.5 - y)[:, None] * (2 / SIDE / scale)
        cosine, sine = np.cos(turn), np.sin(turn)
        off = np.maximum(
            np.abs(away_x * cosine + away_y * sine), np.abs(away_y * cosine - away_x * sine)
        )
        here = (slice(top, bottom), slice(left, right))
        nearest, next_one, whose = first[here], second[here], owner[here]
        nearer = off < nearest
        np.minimum(next_one, np.maximum(off, nearest), out=next_one)
        whose[nearer] = number
        nearest[nearer] = off[nearer]
    return owner, first, second


def _colours(
    surface: Surface, level: NDArray[np.float32], centres: NDArray[np.float32]
) -> NDArray[np.float32]:
    """The colour of each tessera ``(n, 3)``: bands along the courses, no two quite alike."""
    rng, count = surface.rng, len(centres)
    band = np.floor(at(surface, level, centres) * 1.15 + rng.normal(0, 0.16, count)).astype(int)
    chosen = band % len(BANDS)
    odd = rng.random(count) < 0.07
    chosen = np.where(odd, (chosen + rng.integers(1, 3, count)) % len(BANDS), chosen)
    bright = 1 + rng.normal(0, 0.13, (count, 1)) + np.isin(chosen, GOLD)[:, None] * 0.08
    tinted = BANDS[chosen] * bright + rng.normal(0, 10, (count, 3))
    return np.asarray(np.clip(tinted, 4, 250), dtype=np.float32)
