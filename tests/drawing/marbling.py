"""Marbled paper: drops of colour on a bath, drawn through with a comb and a stylus."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np
from PIL import Image, ImageDraw

from tests.drawing.surface import Colour, Surface, finish

if TYPE_CHECKING:
    from numpy.typing import NDArray

INKS: Final[tuple[Colour, ...]] = (
    (18, 38, 74), (22, 92, 112), (214, 178, 98), (176, 44, 40), (244, 232, 208), (96, 22, 44), (232, 128, 62),
)  # fmt: skip
BATH_MARGIN: Final = 140
BATH_SCALE: Final = 2
DROPS: Final = 1100


def paint(surface: Surface) -> Image.Image:
    """The bath is laid out flat; every pixel then asks where the combs brought its colour from."""
    bath = _bath(surface)
    x, y = surface.coordinates()
    total = np.zeros((*surface.shape, 3), dtype=np.float32)
    passes = _passes(surface)
    quarter = 0.25 / surface.unit
    for step_x, step_y in ((-1, -1), (1, -1), (-1, 1), (1, 1)):
        source_x, source_y = _undo(x + step_x * quarter, y + step_y * quarter, passes)
        total += _look_up(bath, source_x, source_y)
    pixels = total / 4 + (surface.fractal(5, 3) * 3.5 + surface.noise(1.5) * 3)[..., None]
    return finish(pixels)


def _bath(surface: Surface) -> NDArray[np.float32]:
    """Drops on drops, each ringed by the one before it: ``(h, w, 3)``, with a margin all round."""
    width = round((surface.width / surface.unit + 2 * BATH_MARGIN) * BATH_SCALE)
    height = round((surface.height / surface.unit + 2 * BATH_MARGIN) * BATH_SCALE)
    picture = Image.new("RGB", (width, height), INKS[0])
    draw = ImageDraw.Draw(picture)
    for index in range(DROPS):
        radius = BATH_SCALE * surface.rng.uniform(18, 92) * (1.1 - 0.75 * index / DROPS)
        x, y = surface.rng.uniform(0, width), surface.rng.uniform(0, height)
        first, second, third = surface.rng.permutation(len(INKS))[:3]
        for share, ink in ((1.0, first), (0.74, second), (0.44, third), (0.18, first)):
            reach = radius * share
            draw.ellipse((x - reach, y - reach, x + reach, y + reach), fill=INKS[ink])
    return np.asarray(picture, dtype=np.float32)


def _passes(surface: Surface) -> list[tuple[float, float]]:
    """Where the stylus is turned in the bath: x and y in design units."""
    width, height = surface.width / surface.unit, surface.height / surface.unit
    count = max(2, round(width * height / 65_000))
    return [(surface.rng.uniform(0, width), surface.rng.uniform(0, height)) for _ in range(count)]


def _undo(
    x: NDArray[np.float32],
    y: NDArray[np.float32],
    swirls: list[tuple[float, float]],
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Where on the bath, in design units, the colour now at ``x``, ``y`` came from: last tool first."""
    for index, (centre_x, centre_y) in enumerate(swirls):
        away_x, away_y = x - centre_x, y - centre_y
        turn = (2.6 if index % 2 else -2.6) * np.exp(-np.hypot(away_x, away_y) / 44)
        cosine, sine = np.cos(turn), np.sin(turn)
        x, y = (
            centre_x + away_x * cosine - away_y * sine,
            centre_y + away_x * sine + away_y * cosine,
        )
    y = y - 52 * _comb(x + 5 * np.sin(y / 50), 44.0)
    return np.asarray(x - 46 * _comb(y, 128.0)), y


def _comb(across: NDArray[np.float32], gap: float) -> NDArray[np.float32]:
    """The pull, -1..1, of teeth ``gap`` units apart, every second one drawn the other way."""
    tooth = np.floor(across / gap)
    off = np.abs(across / gap - tooth - 0.5) * 2
    way = np.where(tooth % 2 == 0, 1.0, -1.0)
    return np.asarray(way * np.cos(off * np.pi / 2) ** 3, dtype=np.float32)


def _look_up(
    bath: NDArray[np.float32], x: NDArray[np.float32], y: NDArray[np.float32]
) -> NDArray[np.float32]:
    """The bath's colours at places in design units; past its margin it begins again."""
    columns = ((x + BATH_MARGIN) * BATH_SCALE).astype(np.int64) % bath.shape[1]
    rows = ((y + BATH_MARGIN) * BATH_SCALE).astype(np.int64) % bath.shape[0]
    return np.asarray(bath[rows, columns])
