"""Colour field: a quilt of circles, stripes and triangles, printed a little out of register."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
from PIL import Image, ImageDraw

from tests.drawing.sheet import Colour, Sheet, finish

if TYPE_CHECKING:
    from collections.abc import Iterator

INKS: Final[tuple[Colour, ...]] = (
    (226, 62, 42), (246, 178, 40), (24, 74, 148), (28, 30, 38), (240, 230, 208), (36, 134, 128), (238, 140, 146),
)  # fmt: skip
OVERSAMPLE: Final = 2
LARGEST: Final = 128
SMALLEST_DIVIDED: Final = 32


@dataclass(frozen=True, slots=True)
class Tile:
    """A square of the quilt: where it lies in canvas pixels, its two inks and its turn in quarters."""

    left: int
    top: int
    side: int
    ground: Colour
    figure: Colour
    accent: Colour
    turn: int

    @property
    def box(self) -> tuple[int, int, int, int]:
        """Left, top, right, bottom; right and bottom included."""
        return self.left, self.top, self.left + self.side - 1, self.top + self.side - 1

    def corner(self, turn: int) -> tuple[int, int]:
        """The corner ``turn`` quarters on from the upper left, clockwise."""
        right, bottom = self.left + self.side - 1, self.top + self.side - 1
        corners = ((self.left, self.top), (right, self.top), (right, bottom), (self.left, bottom))
        return corners[turn % 4]


def paint(sheet: Sheet) -> Image.Image:
    """Tiles on three scales, then the grain of the inks and of the paper."""
    size = (sheet.width * OVERSAMPLE, sheet.height * OVERSAMPLE)
    canvas = Image.new("RGB", size, INKS[4])
    draw = ImageDraw.Draw(canvas)
    side = max(16, round(LARGEST * sheet.unit * OVERSAMPLE / 4) * 4)
    for top in range(0, size[1], side):
        for left in range(0, size[0], side):
            for tile in _divide(sheet, left, top, side, depth=0):
                _figure(sheet, draw, tile)
    canvas = canvas.resize((sheet.width, sheet.height), Image.Resampling.BOX)
    return _printed(sheet, canvas)


def _divide(sheet: Sheet, left: int, top: int, side: int, depth: int) -> Iterator[Tile]:
    """A square, or four of half its side, at most twice over."""
    if depth < 2 and side >= SMALLEST_DIVIDED and sheet.rng.random() < (0.6, 0.3)[depth]:
        half = side // 2
        for row in range(2):
            for column in range(2):
                yield from _divide(sheet, left + column * half, top + row * half, half, depth + 1)
        return
    ground, figure, accent = sheet.rng.permutation(len(INKS))[:3]
    turn = int(sheet.rng.integers(4))
    yield Tile(left, top, side, INKS[ground], INKS[figure], INKS[accent], turn)


def _figure(sheet: Sheet, draw: ImageDraw.ImageDraw, tile: Tile) -> None:
    """The tile's ground, and one figure on it that stays inside."""
    draw.rectangle(tile.box, fill=tile.ground)
    figures = SMALL if tile.side < LARGEST * sheet.unit * OVERSAMPLE * 0.4 else SMALL + LARGE
    figures[int(sheet.rng.integers(len(figures)))](draw, tile)


def _quarters(draw: ImageDraw.ImageDraw, tile: Tile) -> None:
    """Quarter circles about one corner, one inside the other."""
    for share, ink in (
        (1.0, tile.figure),
        (0.72, tile.ground),
        (0.48, tile.accent),
        (0.22, tile.ground),
    ):
        _pie(draw, tile, share, ink)


def _petal(draw: ImageDraw.ImageDraw, tile: Tile) -> None:
    """One quarter circle, and a small one that looks at it from the corner across."""
    _pie(draw, tile, 1.0, tile.figure)
    other = Tile(
        tile.left, tile.top, tile.side, tile.ground, tile.figure, tile.accent, tile.turn + 2
    )
    _pie(draw, other, 0.36, tile.accent)


def _pie(draw: ImageDraw.ImageDraw, tile: Tile, share: float, ink: Colour) -> None:
    x, y = tile.corner(tile.turn)
    radius = (tile.side - 1) * share
    start = 90 * (tile.turn % 4)
    draw.pieslice((x - radius, y - radius, x + radius, y + radius), start, start + 90, fill=ink)


def _stripes(draw: ImageDraw.ImageDraw, tile: Tile) -> None:
    """Four bars, upright or lying, one of them in a third ink."""
    bar = tile.side / 8
    for index in range(4):
        ink = tile.accent if index == tile.turn else tile.figure
        low, high = round(2 * index * bar), round((2 * index + 1) * bar) - 1
        if tile.turn % 2:
            draw.rectangle((tile.left + low, tile.top, tile.left + high, tile.box[3]), fill=ink)
        else:
            draw.rectangle((tile.left, tile.top + low, tile.box[2], tile.top + high), fill=ink)


def _triangle(draw: ImageDraw.ImageDraw, tile: Tile) -> None:
    """Half of the square, and half of that again."""
    a, b, c = (tile.corner(tile.turn + step) for step in range(3))
    draw.polygon((a, b, c), fill=tile.figure)
    middle = ((a[0] + c[0]) // 2, (a[1] + c[1]) // 2)
    draw.polygon((a, b, middle), fill=tile.accent)


def _rings(draw: ImageDraw.ImageDraw, tile: Tile) -> None:
    """A target of four rings."""
    for share, ink in (
        (0.94, tile.figure),
        (0.7, tile.ground),
        (0.46, tile.accent),
        (0.2, tile.figure),
    ):
        inset = tile.side * (1 - share) / 2
        left, top, right, bottom = tile.box
        draw.ellipse((left + inset, top + inset, right - inset, bottom - inset), fill=ink)


def _dots(draw: ImageDraw.ImageDraw, tile: Tile) -> None:
    """Dots in four rows of four."""
    pitch, radius = tile.side / 4, tile.side * 0.075
    for row in range(4):
        for column in range(4):
            x, y = tile.left + (column + 0.5) * pitch, tile.top + (row + 0.5) * pitch
            ink = tile.accent if (row + column) % 4 == tile.turn else tile.figure
            draw.ellipse((x - radius, y - radius, x + radius, y + radius), fill=ink)


def _hatched(draw: ImageDraw.ImageDraw, tile: Tile) -> None:
    """A fan of rays from one corner."""
    x, y = tile.corner(tile.turn)
    for index in range(5):
        first, second = (np.deg2rad(90 * (tile.turn % 4) + 18 * index + step) for step in (0, 9))
        reach = tile.side * 0.98
        rim = [(x + reach * np.cos(angle), y + reach * np.sin(angle)) for angle in (first, second)]
        draw.polygon([(x, y), *rim], fill=tile.accent if index == 2 else tile.figure)


Figure = Callable[[ImageDraw.ImageDraw, Tile], None]
SMALL: Final[tuple[Figure, ...]] = (_quarters, _petal, _triangle, _rings, _stripes)
LARGE: Final[tuple[Figure, ...]] = (_dots, _hatched, _stripes)


def _printed(sheet: Sheet, canvas: Image.Image) -> Image.Image:
    """Dry-brush streaks and grain, and the red plate a pixel and a half to the side."""
    pixels = np.asarray(canvas, dtype=np.float32).copy()
    shift = max(1, round(1.5 * sheet.unit))
    pixels[:, :, 0] = np.roll(pixels[:, :, 0], shift, axis=1)
    streaks = sheet.noise(3.2, stretch=14) * 6 + sheet.noise(60) * 5
    grain = sheet.noise(1.7) * 8
    return finish(pixels + (streaks + grain)[..., None])
