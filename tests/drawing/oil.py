"""Oil: thick dabs of a palette knife and a loaded brush, in patches of evening colour, lit from the upper left."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from tests.drawing.strokes import at, follow, pixels, ribbon, scatter, shrink
from tests.drawing.surface import Surface, along, finish, relief

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from PIL import Image

SHADOW: Final = ((30, 18, 58), (52, 34, 104), (24, 74, 118), (22, 110, 116))
GLOW: Final = ((150, 34, 66), (212, 62, 44), (244, 128, 36), (252, 188, 62), (255, 232, 160))
COOL: Final = ((30, 96, 104), (64, 156, 140), (132, 194, 156), (196, 220, 176))
OVERSAMPLE: Final = 2
# Breadth and length in design units, spacing in design units.
COATS: Final = ((44.0, 96.0, 26.0), (27.0, 62.0, 17.0), (15.0, 40.0, 13.0), (8.0, 26.0, 17.0))
BRISTLE: Final = 1.5
CHUNK: Final = 200


def paint(surface: Surface) -> Image.Image:
    """Four coats, broad to fine, each stroke pushing a ridge of paint to its sides and its end."""
    height, width = (side * OVERSAMPLE for side in surface.shape)
    colour = np.empty((height * width, 3), dtype=np.float32)
    colour[:] = SHADOW[0]
    thick = np.zeros(height * width, dtype=np.float32)
    heading = 1.1 * surface.noise(210) + 0.5 * surface.noise(80)
    warmth = 0.8 * surface.noise(200) + 0.45 * surface.noise(75)
    value = 0.7 * surface.noise(130) + 0.5 * surface.noise(52)
    for number, coat in enumerate(COATS):
        _coat(surface, (colour, thick), (heading, warmth, value), coat, number)
    lit = shrink(colour.reshape(height, width, 3), OVERSAMPLE)
    heights = shrink(thick.reshape(height, width), OVERSAMPLE)
    light = relief(heights + 0.02 * surface.noise(2.0), 0.62)
    gloss = np.clip(light - 1.28, 0, 1)[..., None] * 130
    return finish(lit * light[..., None] + gloss)


def _coat(
    surface: Surface,
    layers: tuple[NDArray[np.float32], NDArray[np.float32]],
    maps: tuple[NDArray[np.float32], NDArray[np.float32], NDArray[np.float32]],
    coat: tuple[float, float, float],
    number: int,
) -> None:
    """Lay down one coat of strokes in random order."""
    breadth, length, spacing = coat
    rng = surface.rng
    starts = scatter(surface, spacing)
    if number >= 2:
        starts = starts[rng.random(len(starts)) < (0.8, 0.55)[number - 2]]
    count = len(starts)
    turn = rng.normal(0, 0.3, count) + np.where(rng.random(count) < 0.14, np.pi / 2, 0.0)

    def angle(points: NDArray[np.float32]) -> NDArray[np.float32]:
        return (at(surface, maps[0], points) + turn).astype(np.float32)

    reach = (length * rng.uniform(0.5, 1.2, count)).astype(np.float32)
    paths = follow(starts, angle, steps=6, length=reach)
    wide = (breadth * rng.uniform(0.55, 1.1, count)).astype(np.float32)
    shades = _shades(surface, maps, paths[:, 3])
    for first in range(0, count, CHUNK):
        part = slice(first, first + CHUNK)
        _strokes(surface, layers, paths[part], wide[part], shades[part], length=length)


def _shades(
    surface: Surface,
    maps: tuple[NDArray[np.float32], NDArray[np.float32], NDArray[np.float32]],
    points: NDArray[np.float32],
) -> NDArray[np.float32]:
    """The paint of each stroke ``(n, 3)``: three families of colour, each from dark to light."""
    rng, count = surface.rng, len(points)
    warm = at(surface, maps[1], points) + rng.normal(0, 0.3, count)
    value = 0.5 + 0.34 * at(surface, maps[2], points) + rng.normal(0, 0.13, count)
    families = [along(colours, np.clip(value, 0, 1)) for colours in (SHADOW, GLOW, COOL)]
    chosen = np.digitize(warm, (-0.5, 0.45))
    order = np.asarray((2, 1, 0))[chosen] if count else chosen
    mixed = np.choose(order[:, None], families)
    return (mixed + rng.normal(0, 9, (count, 3))).astype(np.float32)


def _strokes(
    surface: Surface,
    layers: tuple[NDArray[np.float32], NDArray[np.float32]],
    paths: NDArray[np.float32],
    wide: NDArray[np.float32],
    shades: NDArray[np.float32],
    *,
    length: float,
) -> None:
    """Strokes over what is there: streaks along them, and ridges where the knife let go."""
    colour, thick = layers
    rng, scale, count = surface.rng, surface.unit * OVERSAMPLE, len(paths)
    steps = max(6, round(1.3 * length * scale))
    across = max(4, round(1.3 * float(wide.max(initial=1)) * scale))
    points = ribbon(paths, wide, along=steps, across=across)
    way = np.linspace(0, 1, steps, dtype=np.float32)
    off = np.linspace(-1, 1, across, dtype=np.float32)
    bristles = max(3, round(float(wide.mean()) / BRISTLE))
    lanes = np.linspace(0, bristles - 1, across).round().astype(np.int64)
    streak = rng.normal(0, 1, (count, bristles)).astype(np.float32)[:, lanes]
    ragged = rng.uniform(0, 0.16, (count, bristles)).astype(np.float32)[:, lanes]
    second = rng.normal(0, 20, (count, 1, 3)).astype(np.float32)
    inks = (shades[:, None] + streak[..., None] * (8 + second * 0.5))[:, None]
    inks = inks * (1.06 - 0.12 * way[None, :, None, None])
    ridge = np.exp(-(((np.abs(off) - 0.86) / 0.12) ** 2)) * 1.3
    end = np.exp(-(((way - 0.93) / 0.06) ** 2)) * 1.5
    load = rng.uniform(0.7, 1.5, count).astype(np.float32)
    bulk = 0.5 * streak[:, None] + ridge[None, None] + end[None, :, None] + 1.0
    bulk = bulk * load[:, None, None]
    there = (way[None, :, None] > ragged[:, None]) & (
        way[None, :, None] < 1 - ragged[:, None, ::-1]
    )
    shape = (surface.height * OVERSAMPLE, surface.width * OVERSAMPLE)
    # Of several points in one pixel NumPy keeps the last: the stroke that came last.
    there, flat = pixels(shape, scale, points, there)
    colour[flat] = inks[there]
    thick[flat] = thick[flat] * 0.25 + bulk[there]
