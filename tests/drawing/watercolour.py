"""Watercolour: wet glazes that run into each other, with hard edges, blooms, granulation and spatters."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from tests.drawing.surface import Surface, finish, smoothstep

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from PIL import Image

PAPER: Final = (250, 247, 238)
# What full strength of each pigment leaves of red, green and blue.
PIGMENTS: Final = np.asarray(
    [
        (0.14, 0.30, 0.70),  # ultramarine
        (0.42, 0.24, 0.60),  # violet
        (0.86, 0.22, 0.42),  # rose
        (0.96, 0.50, 0.18),  # orange
        (0.98, 0.80, 0.26),  # yellow
        (0.36, 0.62, 0.30),  # sap green
        (0.08, 0.58, 0.66),  # turquoise
    ],
    dtype=np.float32,
)
# Radius of the washes in design units, how many on 768 x 614 units, strength.
LAYERS: Final = ((210.0, 9, 0.3), (110.0, 22, 0.34), (56.0, 44, 0.4), (26.0, 80, 0.55))
SPATTERS: Final = 260


def paint(surface: Surface) -> Image.Image:
    """Glazes from broad to small, each dried before the next, then spatters and the paper's grain."""
    grain = surface.noise(2.1) + 0.6 * surface.noise(4.5)
    light = np.ones((*surface.shape, 3), dtype=np.float32)
    area = surface.width * surface.height / surface.unit**2 / (768 * 614)
    warp = np.stack([surface.noise(cell) for cell in (90, 90, 34, 34, 12, 12)])
    hue = 8.2 + 2.8 * surface.noise(230)
    for radius, count, strength in LAYERS:
        for _ in range(max(3, round(count * area))):
            _glaze(surface, light, (warp, grain, hue), radius, strength)
    light *= _spatters(surface, area)
    paper = 1 + 0.012 * surface.noise(1.6) + 0.014 * surface.fractal(5, 3)
    return finish(np.asarray(PAPER, dtype=np.float32) * light * paper[..., None])


def _glaze(
    surface: Surface,
    light: NDArray[np.float32],
    maps: tuple[NDArray[np.float32], NDArray[np.float32], NDArray[np.float32]],
    radius: float,
    strength: float,
) -> None:
    """Lay one wash over ``light`` ``(h, w, 3)``: pale inside, darker where the water stopped."""
    rng, unit = surface.rng, surface.unit
    centre = np.asarray([rng.uniform(0, surface.width), rng.uniform(0, surface.height)]) / unit
    reach = radius * rng.uniform(0.6, 1.3)
    turn, flat = rng.uniform(0, np.pi), rng.uniform(0.35, 0.95)
    here = _window(surface, centre, 3.2 * reach)
    warp, grain, hue = maps[0][:, *here], maps[1][here], maps[2][here]
    rows, columns = np.mgrid[here].astype(np.float32)
    away_x = (columns + 0.5) / unit - centre[0]
    away_y = (rows + 0.5) / unit - centre[1]
    for number, bend in enumerate((0.3, 0.13, 0.035)):
        sign_x, sign_y = rng.choice((-1, 1), 2) * bend * reach
        away_x = away_x + sign_x * warp[2 * number]
        away_y = away_y + sign_y * warp[2 * number + 1]
    long = away_x * np.cos(turn) + away_y * np.sin(turn)
    short = (away_y * np.cos(turn) - away_x * np.sin(turn)) / flat
    inside = (reach - np.hypot(long, short)).astype(np.float32)
    wet = rng.random() < 0.35
    edge = 0.28 * reach if wet else 1.1
    cover = smoothstep(-edge, edge, inside)
    rim = 0.0 if wet else np.exp(-(((inside - 2.2) / 2.4) ** 2)) * 0.75
    pool = 0.55 + 0.45 * np.clip(long / reach * rng.choice((-1, 1)), -1, 1)
    mottled = 1 + 0.16 * warp[2] + 0.1 * grain
    dense = strength * cover * np.clip((0.35 + 0.75 * pool + rim) * mottled, 0, 2)
    # Neighbours on the colour circle mix clearly; each place has its own part of the circle.
    place = float(hue.mean()) + rng.normal(0, 0.9)
    first, second = (round(place + step) % len(PIGMENTS) for step in (0, rng.choice((-1, 1))))
    # The second pigment is dropped in while the first is wet.
    drop = smoothstep(-0.3, 0.7, (short / reach + 0.35 * warp[1]).astype(np.float32))[..., None]
    through = np.log(PIGMENTS[first]) * (1 - drop) + np.log(PIGMENTS[second]) * drop
    light[here] *= np.exp(through * dense[..., None]).astype(np.float32)


def _window(surface: Surface, centre: NDArray[np.floating], reach: float) -> tuple[slice, slice]:
    """The rows and columns that lie within ``reach`` of a place, both in design units."""
    first = np.maximum(0, (centre - reach) * surface.unit).astype(int)
    last = np.ceil((centre + reach) * surface.unit).astype(int)
    return (
        slice(int(first[1]), min(surface.height, int(last[1]))),
        slice(int(first[0]), min(surface.width, int(last[0]))),
    )


def _spatters(surface: Surface, area: float) -> NDArray[np.float32]:
    """Drops flicked from the brush ``(h, w, 3)``, in groups."""
    rng = surface.rng
    light = np.ones((*surface.shape, 3), dtype=np.float32)
    width, height = surface.width / surface.unit, surface.height / surface.unit
    for _ in range(max(4, round(9 * area))):
        flick = np.asarray([rng.uniform(0, width), rng.uniform(0, height)])
        pigment = np.log(PIGMENTS[rng.integers(len(PIGMENTS))])
        for _ in range(SPATTERS // 9):
            centre = (flick + rng.normal(0, 46, 2)) * surface.unit
            radius = max(0.6, surface.unit * (0.7 + rng.exponential(1.5)))
            left, top = (int(max(0, one - radius - 2)) for one in centre)
            right, bottom = (max(0, int(one + radius + 3)) for one in centre)
            rows, columns = np.mgrid[top:bottom, left:right]
            off = np.hypot(columns + 0.5 - centre[0], rows + 0.5 - centre[1]) - radius
            drop = np.clip(0.5 - off, 0, 1) * (0.6 + 0.5 * np.exp(-((off + 1) ** 2)))
            part = light[top:bottom, left:right]
            kept = drop[: part.shape[0], : part.shape[1], None]
            part *= np.exp(pigment * 0.9 * kept).astype(np.float32)
    return light
