"""Woodblock waves: rows of breaking crests in Prussian blue, foam and cream paper."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np
from PIL import Image, ImageDraw

from tests.drawing.surface import Colour, Surface, along, finish

if TYPE_CHECKING:
    from numpy.typing import NDArray

PAPER: Final[Colour] = (240, 226, 196)
FOAM: Final[Colour] = (250, 244, 226)
OUTLINE: Final[Colour] = (16, 30, 66)
SEA: Final[tuple[Colour, ...]] = ((20, 44, 98), (34, 84, 146), (96, 150, 182), (188, 208, 198))
SUN: Final[Colour] = (206, 74, 48)
OVERSAMPLE: Final = 2
ROWS: Final = 9
BANDS: Final = 14
SHADES: Final = (0.0, 0.45, 0.1, 0.95, 0.3, 0.0, 0.62)
STOPS: Final = np.asarray(
    [
        (0, 0), (0.12, 0.02), (0.27, 0.16), (0.4, 0.46), (0.5, 0.8), (0.6, 0.98), (0.7, 1.0),
        (0.79, 0.86), (0.84, 0.66), (0.78, 0.7), (0.72, 0.68), (0.675, 0.5), (0.68, 0.3),
        (0.75, 0.12), (0.87, 0.02), (1, 0),
    ]
)  # fmt: skip
STEPS: Final = 9


def _rounded(stops: NDArray[np.float64]) -> NDArray[np.float64]:
    """A Catmull-Rom curve through ``stops``: ``((n - 1) * STEPS, 2)``."""
    before, after = stops[0] * 2 - stops[1], stops[-1] * 2 - stops[-2]
    p = np.concatenate([[before], stops, [after]])
    t = np.linspace(0, 1, STEPS, endpoint=False)[None, :, None]
    a, b, c, d = (p[start : len(p) - 3 + start, None] for start in range(4))
    curve = (
        b
        + t * (c - a) / 2
        + t**2 * (a - 2.5 * b + 2 * c - d / 2)
        + t**3 * (1.5 * (b - c) + (d - a) / 2)
    )
    return np.asarray(curve.reshape(-1, 2), dtype=np.float64)


PROFILE: Final = _rounded(STOPS)
SHOULDER: Final = 4 * STEPS
LIP: Final = 9 * STEPS


def paint(surface: Surface) -> Image.Image:
    """A low red sun, rows of waves from far to near, and the grain of the block over all."""
    size = (surface.width * OVERSAMPLE, surface.height * OVERSAMPLE)
    picture = _sky(surface).resize(size, Image.Resampling.BILINEAR)
    draw = ImageDraw.Draw(picture)
    for row in range(ROWS):
        _row(surface, draw, row)
    return _grained(surface, picture.resize((surface.width, surface.height), Image.Resampling.BOX))


def _sky(surface: Surface) -> Image.Image:
    """Paper shaded from the top, ruled with mist, and the sun."""
    x, y = surface.coordinates()
    height = surface.height / surface.unit
    shade = np.clip(1 - y / (height * 0.34), 0, 1) + 0.05 * surface.noise(40, stretch=6)
    pixels = along((PAPER, (222, 190, 150), (150, 160, 160)), shade)
    mist = np.sin(y / 4.2 + 0.8 * np.sin(x / 70)) > 0.55
    pixels[mist] = pixels[mist] * 0.6 + np.asarray(FOAM) * 0.4
    reach = np.hypot(x - surface.width / surface.unit * 0.7, y - height * 0.13)
    sun = (reach < height * 0.085) & ~mist
    pixels[sun] = SUN
    return finish(pixels)


def _crest(surface: Surface, row: int) -> list[NDArray[np.float32]]:
    """One row's crest line, then the fainter echoes of it below, each ``(n, 2)`` in design units."""
    near = row / (ROWS - 1)
    width, height = surface.width / surface.unit, surface.height / surface.unit
    base = height * (0.25 + 0.86 * near**1.25)
    length = 84 + 190 * near
    lines: list[list[NDArray[np.float32]]] = [[] for _ in range(BANDS)]
    left = -length * surface.rng.uniform(0.3, 1.3)
    while left < width + length:
        span = length * surface.rng.uniform(0.75, 1.3)
        rise = span * surface.rng.uniform(0.3, 0.62)
        for band, line in enumerate(lines):
            line.append(_wave(left, base + length * 0.045 * band, span, rise, band))
        left += span
    return [np.concatenate(line) for line in lines]


def _wave(left: float, base: float, span: float, rise: float, band: int) -> NDArray[np.float32]:
    """One wave of a row, from trough to trough; deeper bands are flatter and curl less."""
    calm = band / BANDS
    curl = (1 - calm) ** 1.5
    across, up = PROFILE[:, 0], PROFILE[:, 1]
    even = np.linspace(0, 1, len(across))
    x = left + span * (even + (across - even) * (0.25 + 0.75 * curl))
    swell = np.sin(np.pi * even) ** 2
    y = base - rise * (up * curl + 0.55 * swell * (1 - curl) * (1 - calm))
    return np.stack([x, y], axis=1).astype(np.float32)


def _row(surface: Surface, draw: ImageDraw.ImageDraw, row: int) -> None:
    """One row: a body in bands that echo the crest, and foam where it breaks."""
    near = row / (ROWS - 1)
    lines = _crest(surface, row)
    for band, line in enumerate(lines):
        shade = SHADES[band % len(SHADES)] * (1 - 0.25 * near)
        _body(surface, draw, line, along(SEA, np.asarray(shade, dtype=np.float32)))
    _foam(surface, draw, lines[0], 3.4 + 5.6 * near)


def _body(
    surface: Surface,
    draw: ImageDraw.ImageDraw,
    line: NDArray[np.float32],
    ink: NDArray[np.float32],
) -> None:
    """Everything below ``line`` in one ink, with the key block's outline along it."""
    scale = surface.unit * OVERSAMPLE
    floor = (surface.height + 99) * OVERSAMPLE
    points = [(x, y) for x, y in (line * scale).tolist()]
    red, green, blue = ink.astype(int).tolist()
    ends = [(points[-1][0], floor), (points[0][0], floor)]
    draw.polygon(points + ends, fill=(red, green, blue))
    draw.line(points, fill=OUTLINE, width=max(1, round(1.4 * scale)), joint="curve")


def _foam(
    surface: Surface, draw: ImageDraw.ImageDraw, crest: NDArray[np.float32], size: float
) -> None:
    """Foam on the shoulder and the lip of each wave, and spray thrown ahead of it."""
    waves = crest.reshape(-1, len(PROFILE), 2)
    for wave in waves:
        lip = wave[SHOULDER:LIP]
        count = round(np.hypot(*np.ptp(wave, axis=0)) / size * 1.3)
        for place in np.sort(surface.rng.beta(2.2, 1.3, count)):
            x, y = lip[round(place * (len(lip) - 1))]
            droop = surface.rng.uniform(-0.3, 1.5) * size * place
            _scallop(surface, draw, (x + droop * 0.4, y + droop), size * (0.35 + 0.75 * place))
        for _ in range(count // 2):
            tip_x, tip_y = lip[-1]
            x = tip_x + abs(surface.rng.normal(0, 7)) * size * 0.5
            y = tip_y + surface.rng.normal(-1.5, 4) * size * 0.7
            _scallop(surface, draw, (x, y), size * surface.rng.uniform(0.1, 0.3))


def _scallop(
    surface: Surface, draw: ImageDraw.ImageDraw, centre: tuple[float, float], radius: float
) -> None:
    """One rounded claw of foam, outlined."""
    scale = surface.unit * OVERSAMPLE
    x, y, reach = centre[0] * scale, centre[1] * scale, radius * scale
    box = (x - reach, y - reach, x + reach, y + reach)
    draw.ellipse(box, fill=FOAM, outline=OUTLINE, width=max(1, round(0.9 * scale)))


def _grained(surface: Surface, picture: Image.Image) -> Image.Image:
    """The block's long grain, unevenly inked, on fibrous paper."""
    _, y = surface.coordinates()
    rings = np.sin((y + 9 * surface.noise(90, stretch=3)) / 2.1) * 4
    ink = surface.noise(30) * 4 + surface.noise(1.8, stretch=3) * 5
    return finish(np.asarray(picture, dtype=np.float32) + (rings + ink)[..., None])
