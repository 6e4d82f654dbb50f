"""Ink: broad dry brushes, wet washes and spatters of black ink on rice paper, with a little vermilion."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from tests.drawing.strokes import at, follow, raise_to, ribbon, scatter, shrink
from tests.drawing.surface import Surface, blend, finish, smoothstep

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from PIL import Image

PAPER: Final = (243, 236, 220)
INK: Final = (20, 22, 30)
VERMILION: Final = (198, 52, 34)
OVERSAMPLE: Final = 2
# Breadth and length in design units, spacing, how much of them is drawn.
BRUSHES: Final = ((64.0, 340.0, 150.0, 0.6), (27.0, 220.0, 84.0, 0.6), (9.0, 150.0, 46.0, 0.6))
HAIRS: Final = (2.4, 110.0, 34.0, 0.5)


def paint(surface: Surface) -> Image.Image:
    """Washes first, then the brushes from broad to fine over them, and the red last."""
    fibre = surface.noise(2.0, stretch=5) * 3 + surface.fractal(6, 3) * 3 + surface.noise(160) * 4
    pixels = np.asarray(PAPER, dtype=np.float32) + fibre[..., None]
    turns = 1.25 * surface.noise(240) + 0.25 * surface.noise(80)
    heading = np.asarray(turns, dtype=np.float32)
    pixels = blend(pixels, INK, _washes(surface))
    dark = np.zeros(surface.shape, dtype=np.float32)
    for brush in BRUSHES:
        dark = np.maximum(dark, _brushed(surface, heading, brush))
    dark = np.maximum(dark, _brushed(surface, heading + np.float32(0.9), HAIRS))
    dark = np.maximum(dark, _spatters(surface, 420))
    grain = smoothstep(-2.4, 0.2, surface.noise(1.5))
    pixels = blend(pixels, INK, dark * (0.8 + 0.2 * grain))
    red = _brushed(surface, heading - np.float32(0.7), (15.0, 120.0, 150.0, 0.5))
    red = np.maximum(red, _spatters(surface, 50))
    return finish(blend(pixels, VERMILION, 0.93 * red * (0.75 + 0.25 * grain)))


def _washes(surface: Surface) -> NDArray[np.float32]:
    """Three pale tones of diluted ink, each darker at the line where it dried, coverage 0..1."""
    total = np.zeros(surface.shape, dtype=np.float32)
    for cell, tone, level in ((200, 0.2, -0.2), (130, 0.24, 0.25), (80, 0.3, 0.75)):
        depth = (
            surface.noise(cell) + 0.35 * surface.noise(cell / 3) + 0.07 * surface.noise(cell / 9)
        )
        inside = (depth - level) * cell * 0.35
        soft = smoothstep(-0.8, 0.6, surface.noise(150)) * 26 + 1.0
        cover = np.clip(0.5 + inside / (2 * soft), 0, 1)
        rim = np.exp(-(((inside - 1.6) / 2.2) ** 2)) * np.exp(-soft / 6)
        mottled = 1 + 0.16 * surface.noise(3) + 0.22 * surface.noise(30)
        total = 1 - (1 - total) * (1 - np.clip(tone * (cover + 0.7 * rim) * mottled, 0, 0.9))
    return total.astype(np.float32)


def _brushed(
    surface: Surface,
    heading: NDArray[np.float32],
    brush: tuple[float, float, float, float],
) -> NDArray[np.float32]:
    """Strokes whose hairs run dry towards the end, coverage 0..1."""
    breadth, length, spacing, share = brush
    rng, scale = surface.rng, surface.unit * OVERSAMPLE
    starts = scatter(surface, spacing)
    starts = starts[rng.random(len(starts)) < share]
    count = len(starts)
    turn = np.where(rng.random(count) < 0.3, np.pi / 2, 0) + rng.normal(0, 0.35, count)
    bow = rng.normal(0, 0.014, count)
    step = np.zeros(count)

    def angle(points: NDArray[np.float32]) -> NDArray[np.float32]:
        step[:] += bow
        return (0.7 * at(surface, heading, points) + turn + step).astype(np.float32)

    reach = (length * rng.uniform(0.45, 1.15, count)).astype(np.float32)
    paths = follow(starts, angle, steps=48, length=reach)
    along = max(8, round(1.35 * length * scale))
    across = max(3, round(1.2 * breadth * scale))
    way = np.linspace(0, 1, along, dtype=np.float32)
    swell = (0.55 + 0.45 * np.sin(np.pi * way**0.7)) * np.clip(way / 0.04, 0.3, 1)
    wide = (breadth * rng.uniform(0.5, 1.1, (count, 1)) * swell).astype(np.float32)
    shape = (surface.height * OVERSAMPLE, surface.width * OVERSAMPLE)
    total = np.zeros(shape, dtype=np.float32)
    hairs = max(2, round(breadth / 1.6))
    lanes = np.linspace(0, hairs - 1, across).round().astype(np.int64)
    for number in range(count):
        points = ribbon(
            paths[number : number + 1], wide[number : number + 1], along=along, across=across
        )
        load = rng.uniform(0.25, 1.25) + 0.45 * rng.standard_normal(hairs).cumsum() / hairs**0.5
        load = load + rng.normal(0, 0.2, hairs)
        wave = 0.1 * np.sin(way[:, None] * rng.uniform(6, 40, hairs) + rng.uniform(0, 6, hairs))
        left = (load + wave - 1.15 * way[:, None] ** 1.4)[:, lanes]
        rub = 0.13 * rng.standard_normal((along // 5 + 2, hairs))[np.arange(along) // 5][:, lanes]
        amount = smoothstep(-0.04, 0.1, (left + rub).astype(np.float32))
        tone = np.clip(0.72 + 0.5 * left, 0.6, 1.0)
        raise_to(total, scale, points[0], (amount * tone).astype(np.float32))
    return shrink(total, OVERSAMPLE)


def _spatters(surface: Surface, count: int) -> NDArray[np.float32]:
    """Drops in a few flicks, most of them tiny, coverage 0..1."""
    rng = surface.rng
    cover = np.zeros(surface.shape, dtype=np.float32)
    flicks = rng.uniform(0, 1, (9, 2)) * (surface.width, surface.height)
    for _ in range(count):
        centre = flicks[rng.integers(9)] + rng.normal(0, 52, 2) * surface.unit
        radius = surface.unit * (0.5 + rng.exponential(1.3))
        left, top = (int(max(0, one - radius - 2)) for one in centre)
        right, bottom = (max(0, int(one + radius + 3)) for one in centre)
        part = cover[top:bottom, left:right]
        rows, columns = np.mgrid[top : top + part.shape[0], left : left + part.shape[1]]
        off = np.hypot(columns + 0.5 - centre[0], rows + 0.5 - centre[1]) - radius
        np.maximum(part, np.clip(0.5 - off, 0, 1), out=part, casting="same_kind")
    return cover
