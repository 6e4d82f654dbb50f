"""Pencil: folds of cloth in graphite, hatched with the form, on paper with a tooth."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from tests.drawing.strokes import at, deposit, follow, ribbon, scatter, shrink
from tests.drawing.surface import Surface, along, finish, smoothstep

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from PIL import Image

# From bare paper to the blackest pressure.
GRAPHITE: Final = ((245, 240, 228), (196, 190, 182), (128, 124, 124), (70, 68, 74), (30, 29, 36))
OVERSAMPLE: Final = 2
# Turn against the fold in radians, spacing and length in design units, tone from which it is drawn, weight.
LAYERS: Final = (
    (0.5, 7.6, 84.0, 0.1, 0.3),
    (-0.5, 8.0, 64.0, 0.4, 0.36),
    (1.25, 8.0, 50.0, 0.62, 0.5),
    (0.15, 6.4, 34.0, 0.8, 0.8),
)


def paint(surface: Surface) -> Image.Image:
    """Layer on layer of hatching, then searched outlines, all of it caught by the paper's tooth."""
    form = 0.9 * surface.noise(190) + 0.34 * surface.noise(84) + 0.05 * surface.noise(40)
    slope_y, slope_x = np.gradient(form)
    tone = _even(-(0.7 * slope_x + slope_y) + 0.004 * surface.noise(90))
    fold = np.arctan2(slope_x, -slope_y).astype(np.float32)
    drawn = np.zeros((surface.height * OVERSAMPLE, surface.width * OVERSAMPLE), dtype=np.float32)
    for layer in LAYERS:
        drawn += _hatching(surface, tone, fold, layer)
    drawn += _outlines(surface, tone, fold)
    graphite = shrink(drawn, OVERSAMPLE)
    tooth = smoothstep(-1.3, 1.1, surface.noise(1.7) + 0.5 * surface.noise(3.1))
    rubbed = 0.16 * smoothstep(0.3, 1.0, tone) * (1 + 0.25 * surface.noise(24))
    dark = 1 - np.exp(-(graphite * (0.35 + 0.9 * tooth) + rubbed * (0.7 + 0.3 * tooth)))
    paper = (surface.fractal(5, 3) * 2.2 + surface.noise(140) * 3)[..., None]
    return finish(along(GRAPHITE, np.clip(dark, 0, 1)) + paper)


def _even(values: NDArray[np.float32]) -> NDArray[np.float32]:
    """The values' ranks, 0..1."""
    samples = np.sort(values.ravel()[:: max(1, values.size // 4096)])
    return np.interp(values, samples, np.linspace(0, 1, len(samples))).astype(np.float32)


def _hatching(
    surface: Surface,
    tone: NDArray[np.float32],
    fold: NDArray[np.float32],
    layer: tuple[float, float, float, float, float],
) -> NDArray[np.float32]:
    """Short parallel strokes in patches, heavier where it is darker."""
    turn, spacing, length, threshold, weight = layer
    starts = scatter(surface, spacing)
    shade = at(surface, tone, starts)
    wanted = smoothstep(threshold - 0.06, threshold + 0.16, shade)
    chosen = surface.rng.random(len(starts)) < wanted
    starts, shade = starts[chosen], shade[chosen]
    patch = 0.4 * surface.noise(120)
    heading = 0.3 * np.sin(at(surface, fold, starts)) + turn + at(surface, patch, starts)
    bow = surface.rng.normal(0, 0.0022, len(starts)) + 0.003
    steps = np.zeros(len(starts), dtype=np.float32)
    reach = (length * surface.rng.uniform(0.55, 1.25, len(starts))).astype(np.float32)

    def angle(_: NDArray[np.float32]) -> NDArray[np.float32]:
        steps[:] += bow * reach / 8
        return (heading + steps).astype(np.float32)

    paths = follow(starts, angle, steps=8, length=reach)
    pressure = weight * surface.rng.uniform(0.5, 1.2, len(starts)) * (0.3 + 0.9 * shade)
    return _marks(surface, paths, pressure.astype(np.float32), 1.5)


def _outlines(
    surface: Surface, tone: NDArray[np.float32], fold: NDArray[np.float32]
) -> NDArray[np.float32]:
    """Long lines along the folds, each searched for with several strokes."""
    anchors = scatter(surface, 44.0)
    anchors = anchors[at(surface, tone, anchors) > 0.7]
    starts = np.repeat(anchors, 3, axis=0)
    starts = starts + surface.rng.normal(0, 1.8, starts.shape).astype(np.float32)

    heading = at(surface, fold, starts).copy()

    def angle(points: NDArray[np.float32]) -> NDArray[np.float32]:
        turn = at(surface, fold, points) - heading
        heading[:] += 0.16 * np.sin(turn)
        return heading

    reach = surface.rng.uniform(60, 170, len(starts)).astype(np.float32)
    paths = follow(starts, angle, steps=24, length=reach)
    paths = paths + surface.rng.normal(0, 0.5, (len(paths), 1, 2)).astype(np.float32)
    pressure = surface.rng.uniform(0.5, 1.5, len(starts)).astype(np.float32)
    return _marks(surface, paths, pressure, 2.0)


def _marks(
    surface: Surface,
    paths: NDArray[np.float32],
    pressure: NDArray[np.float32],
    breadth: float,
) -> NDArray[np.float32]:
    """The graphite of strokes that swell and lift, on the enlarged surface."""
    scale = surface.unit * OVERSAMPLE
    longest = float(np.linalg.norm(np.diff(paths, axis=1), axis=2).sum(axis=1).max(initial=1.0))
    count = max(8, round(longest * scale * 1.2))
    across = max(1, round(breadth * scale))
    points = ribbon(paths, np.full(len(paths), breadth), along=count, across=across)
    way = np.linspace(0, 1, count)
    swell = np.clip(np.minimum(way / 0.18, (1 - way) / 0.5), 0, 1) ** 0.7
    # A point stands for as many pixels as its share of the stroke's surface.
    share = longest * breadth * scale**2 / (count * across)
    amount = (pressure[:, None] * swell * share)[..., None] * np.ones(across)
    shape = (surface.height * OVERSAMPLE, surface.width * OVERSAMPLE)
    return deposit(shape, scale, points, amount.astype(np.float32))
