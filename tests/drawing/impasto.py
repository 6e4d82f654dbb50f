"""Impasto: loaded brush strokes that follow the wind of a night sky."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np
from PIL import Image, ImageDraw

from tests.drawing.strokes import scatter
from tests.drawing.surface import Surface, along, finish, relief, smoothstep

if TYPE_CHECKING:
    from numpy.typing import NDArray

NIGHT: Final = ((12, 22, 66), (24, 52, 122), (38, 92, 160), (92, 152, 186), (168, 200, 190))
LIGHT: Final = ((232, 150, 32), (248, 192, 52), (255, 228, 120), (255, 246, 196))
OVERSAMPLE: Final = 2
# Breadth in design units, steps along the wind, spacing in breadths.
COATS: Final = ((26.0, 9, 1.5), (15.0, 8, 1.15), (9.0, 8, 0.9))
BRISTLES: Final = 6


def paint(surface: Surface) -> Image.Image:
    """Three coats of strokes, broad to fine, over a dark ground, lit from the upper left."""
    vortices = _vortices(surface)
    size = (surface.width * OVERSAMPLE, surface.height * OVERSAMPLE)
    colour = Image.new("RGB", size, NIGHT[0])
    height = Image.new("L", size, 90)
    for coat in COATS:
        _coat(surface, vortices, (ImageDraw.Draw(colour), ImageDraw.Draw(height)), coat)
    colour = colour.resize((surface.width, surface.height), Image.Resampling.BOX)
    height = height.resize((surface.width, surface.height), Image.Resampling.BOX)
    light = relief(np.asarray(height, dtype=np.float32), 2.6 / 255)
    return finish(np.asarray(colour, dtype=np.float32) * light[..., None])


def _vortices(surface: Surface) -> NDArray[np.float32]:
    """Rows of x, y, radius, spin: where the wind turns, big ones first, kept apart."""
    width, height = surface.width / surface.unit, surface.height / surface.unit
    chosen: list[tuple[float, float, float, float]] = []
    for radius in (150, 120, 95, 80, 70, 62, 56, 50, 46, 42, 38, 36):
        for _ in range(40):
            x, y = surface.rng.uniform(0, width), surface.rng.uniform(0, height)
            if all(np.hypot(x - a, y - b) > 0.85 * (radius + r) for a, b, r, _ in chosen):
                chosen.append((x, y, radius, float(surface.rng.choice((-1, 1)))))
                break
    return np.asarray(chosen, dtype=np.float32)


def _wind(points: NDArray[np.float32], vortices: NDArray[np.float32]) -> NDArray[np.float32]:
    """The unit direction of the brush at ``points`` ``(n, 2)``: a breeze bent round the vortices."""
    x, y = points[:, 0], points[:, 1]
    wind_x = np.full_like(x, 0.55)
    wind_y = 0.4 * np.sin(x / 95 + 0.6 * np.sin(y / 70))
    for centre_x, centre_y, radius, spin in vortices:
        away_x, away_y = x - centre_x, y - centre_y
        distance = np.hypot(away_x, away_y) + 1e-3
        pull = 2.4 * spin * np.exp(-((distance / radius) ** 2)) / distance
        wind_x += -away_y * pull
        wind_y += away_x * pull
    speed = np.hypot(wind_x, wind_y) + 1e-6
    return np.stack([wind_x / speed, wind_y / speed], axis=1)


def _glow(points: NDArray[np.float32], vortices: NDArray[np.float32]) -> NDArray[np.float32]:
    """How near ``points`` are to a star: rings of light, 0..1, about the vortices."""
    glow = np.zeros(len(points), dtype=np.float32)
    for index, (centre_x, centre_y, radius, _) in enumerate(vortices):
        distance = np.hypot(points[:, 0] - centre_x, points[:, 1] - centre_y) / radius
        core = np.exp(-((distance / 0.34) ** 2))
        ring = 0.62 * np.exp(-(((distance - 0.62) / 0.12) ** 2)) if index % 2 else 0.0
        glow = np.maximum(glow, core + ring)
    return np.clip(glow, 0, 1)


def _coat(
    surface: Surface,
    vortices: NDArray[np.float32],
    layers: tuple[ImageDraw.ImageDraw, ImageDraw.ImageDraw],
    coat: tuple[float, int, float],
) -> None:
    """One coat: strokes so many units broad, a jittered grid of them, laid down in random order."""
    width, steps, spacing = coat
    starts = scatter(surface, width * spacing)
    trail = [starts]
    for _ in range(steps):
        trail.append(trail[-1] + _wind(trail[-1], vortices) * width * 0.55)
    path = np.stack(trail, axis=1)
    middle = path[:, steps // 2]
    shades = _shades(surface, middle, _glow(middle, vortices))
    loads = surface.rng.uniform(0.55, 1.0, len(path))
    for stroke, shade, load in zip(path, shades, loads, strict=True):
        _stroke(surface, layers, stroke, shade, width * load)


def _shades(
    surface: Surface, points: NDArray[np.float32], glow: NDArray[np.float32]
) -> NDArray[np.float32]:
    """The paint of each stroke ``(n, 3)``: night blues in drifting bands, gold where a star glows."""
    x, y = points[:, 0], points[:, 1]
    bands = 0.42 + 0.3 * np.sin(y / 60 + 1.6 * np.sin(x / 140)) + 0.16 * np.sin(x / 47 - y / 90)
    night = along(NIGHT, bands + surface.rng.normal(0, 0.13, len(x)))
    light = along(LIGHT, glow * 0.9 + surface.rng.normal(0, 0.16, len(x)))
    chosen = smoothstep(0.3, 0.52, glow + surface.rng.normal(0, 0.09, len(x)).astype(np.float32))
    return np.clip(night + (light - night) * chosen[:, None], 0, 255)


def _stroke(
    surface: Surface,
    layers: tuple[ImageDraw.ImageDraw, ImageDraw.ImageDraw],
    stroke: NDArray[np.float32],
    shade: NDArray[np.float32],
    width: float,
) -> None:
    """One stroke: bristles side by side, each its own tint, thickness of paint and length."""
    colour, height = layers
    run = np.gradient(stroke, axis=0)
    across = np.stack([-run[:, 1], run[:, 0]], axis=1)
    across /= np.linalg.norm(across, axis=1, keepdims=True) + 1e-6
    scale = surface.unit * OVERSAMPLE
    line_width = max(1, round(1.35 * width * scale / BRISTLES))
    tints = surface.rng.normal(0, 13, BRISTLES)
    ridges = surface.rng.integers(40, 230, BRISTLES)
    ends = surface.rng.integers(0, 3, (BRISTLES, 2))
    for bristle in range(BRISTLES):
        offset = (bristle / (BRISTLES - 1) - 0.5) * width
        first, last = ends[bristle]
        points = ((stroke + across * offset) * scale)[first : len(stroke) - last]
        flat = points.ravel().tolist()
        tint = np.clip(shade + tints[bristle], 0, 255).astype(int)
        colour.line(
            flat, fill=(int(tint[0]), int(tint[1]), int(tint[2])), width=line_width, joint="curve"
        )
        height.line(flat, fill=int(ridges[bristle]), width=line_width)
