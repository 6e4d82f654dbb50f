"""Stained glass: a rose window of coloured panes in lead, after Voronoi's cells."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from tests.drawing.surface import Surface, blend, finish, relief, smoothstep

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from PIL import Image

GLASS: Final = np.asarray(
    [
        (20, 48, 140), (28, 84, 178), (34, 128, 196), (16, 112, 110), (30, 138, 84),
        (196, 30, 44), (222, 82, 30), (244, 166, 34), (250, 212, 92), (122, 30, 110),
    ],
    dtype=np.float32,
)  # fmt: skip
LEAD: Final = (24, 22, 26)
TILE: Final = 48


def paint(surface: Surface) -> Image.Image:
    """Panes on rings round a centre off the middle, lit from behind, with lead between them."""
    seeds, rings = _panes(surface)
    owner, edge = _cells(surface, seeds)
    colours = _colours(surface, rings)
    streaks = surface.noise(60, stretch=0.25) * 0.5 + surface.fractal(26, 4) * 0.45
    pixels = colours[owner]
    glow = smoothstep(2.0, 22.0, edge)
    shine = 0.62 + 0.42 * glow + 0.13 * streaks + surface.rng.normal(0, 0.035, surface.shape)
    pixels = pixels * shine[..., None].astype(np.float32)
    seeds_of_air = smoothstep(2.0, 2.5, surface.noise(4))
    pixels = blend(pixels, (255, 250, 230), seeds_of_air * 0.35)
    return finish(_leaded(surface, pixels, edge))


def _panes(surface: Surface) -> tuple[NDArray[np.float32], NDArray[np.int64]]:
    """The panes' centres ``(n, 2)`` in design units and the ring that each belongs to."""
    width, height = surface.width / surface.unit, surface.height / surface.unit
    hub = np.asarray(
        [width * surface.rng.uniform(0.36, 0.64), height * surface.rng.uniform(0.36, 0.64)]
    )
    points, rings = [hub], [0]
    radius, ring, petals = 26.0, 1, 8
    while radius < np.hypot(width, height):
        turn = surface.rng.uniform(0, 2 * np.pi)
        gap = (20.0, 34.0, 46.0)[ring % 3]
        count = petals * max(1, round(2 * np.pi * radius / (gap * 1.25 * petals)))
        angles = (
            turn
            + np.arange(count) * 2 * np.pi / count
            + surface.rng.normal(0, 0.1 / np.sqrt(count), count)
        )
        reach = radius + surface.rng.normal(0, gap * 0.09, count)
        points.extend(hub + np.stack([np.cos(angles), np.sin(angles)], axis=1) * reach[:, None])
        rings.extend([ring] * count)
        radius += gap
        ring += 1
    centres = np.asarray(points, dtype=np.float32)
    seen = ((centres > -60) & (centres < np.asarray([width + 60, height + 60]))).all(axis=1)
    return centres[seen], np.asarray(rings)[seen]


def _colours(surface: Surface, rings: NDArray[np.int64]) -> NDArray[np.float32]:
    """A colour for each pane ``(n, 3)``: a leading hue a ring, an odd one here and there."""
    order = surface.rng.permutation(len(GLASS))
    leading = order[rings % len(GLASS)]
    second = order[(rings * 3 + 4) % len(GLASS)]
    alternate = np.arange(len(rings)) % 2 == 0
    chosen = np.where(alternate & (rings % 2 == 0), second, leading)
    odd = surface.rng.random(len(rings)) < 0.12
    chosen = np.where(odd, surface.rng.integers(0, len(GLASS), len(rings)), chosen)
    return np.clip(GLASS[chosen] + surface.rng.normal(0, 12, (len(rings), 3)), 4, 255).astype(
        np.float32
    )


def _cells(
    surface: Surface, seeds: NDArray[np.float32]
) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
    """Whose pane each pixel is in, and its distance in design units to that pane's border.

    Worked out a tile at a time, with only the seeds that can matter there.
    """
    x, y = surface.coordinates()
    wobble = np.stack([surface.noise(40), surface.noise(40)], axis=-1) * 1.3
    position = np.stack([x, y], axis=-1) + wobble
    owner = np.zeros(surface.shape, dtype=np.int64)
    edge = np.zeros(surface.shape, dtype=np.float32)
    tile = max(8, round(TILE * surface.unit))
    for top in range(0, surface.height, tile):
        for left in range(0, surface.width, tile):
            part = np.s_[top : top + tile, left : left + tile]
            owner[part], edge[part] = _nearest(position[part], seeds)
    return owner, edge


def _nearest(
    position: NDArray[np.float32], seeds: NDArray[np.float32]
) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
    """For positions ``(h, w, 2)``: the nearest seed, and the distance to the nearest bisector."""
    middle = position.mean(axis=(0, 1))
    reach = np.linalg.norm(position - middle, axis=-1).max()
    far = np.linalg.norm(seeds - middle, axis=1)
    near = np.flatnonzero(far <= np.partition(far, 1)[1] + 2 * reach + 60)
    away = position[:, :, None, :] - seeds[near]
    squared = np.einsum("hwnc,hwnc->hwn", away, away)
    first = squared.argmin(axis=-1)
    mine = seeds[near][first]
    own = np.take_along_axis(squared, first[..., None], axis=-1)
    between = np.linalg.norm(mine[:, :, None, :] - seeds[near], axis=-1)
    with np.errstate(divide="ignore", invalid="ignore"):
        border = (squared - own) / (2 * between)
    border[between == 0] = np.inf
    return near[first], border.min(axis=-1).astype(np.float32)


def _leaded(
    surface: Surface, pixels: NDArray[np.float32], edge: NDArray[np.float32]
) -> NDArray[np.float32]:
    """Rounded, hammered lead over the panes' borders."""
    hammered = edge + surface.noise(7) * 0.35
    cover = 1 - smoothstep(2.2, 3.6, hammered)
    round_of_lead = np.sqrt(np.clip(1 - (edge / 3.4) ** 2, 0, 1)).astype(np.float32)
    light = relief(round_of_lead * surface.unit, 1.1)
    lead = np.asarray(LEAD, dtype=np.float32) * light[..., None] + (light[..., None] - 1) * 70
    return blend(pixels, lead, cover)
