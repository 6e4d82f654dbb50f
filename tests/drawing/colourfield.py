"""Colour field: a quilt of circles, stripes and triangles, printed a little out of register."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
from PIL import Image, ImageDraw

from tests.drawing.surface import Colour, Surface, finish

if TYPE_CHECKING:
    from collections.abc import Iterator

INKS: Final[tuple[Colour, ...]] = (
    (226, 62, 42), (246, 178, 40), (24, 74, 148), (28, 30, 38), (240, 230, 208), (36, 134, 128), (238, 140, 146),
)  # fmt: skip
OVERSAMPLE: Final = 2
LARGEST: Final = 128
SMALLEST_DIVIDED: Final = 32


@dataclass(frozen=True, slots=True)
class Square:
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


def paint(surface: Surface) -> Image.Image:
    """Squares on three scales, then the grain of the inks and of the paper."""
    size = (surface.width * OVERSAMPLE, surface.height * OVERSAMPLE)
    canvas = Image.new("RGB", size, INKS[4])
    draw = ImageDraw.Draw(canvas)
    side = max(16, round(LARGEST * surface.unit * OVERSAMPLE / 4) * 4)
    for top in range(0, size[1], side):
        for left in range(0, size[0], side):
            for square in _divide(surface, left, top, side, depth=0):
                _figure(surface, draw, square)
    canvas = canvas.resize((surface.width, surface.height), Image.Resampling.BOX)
    return _printed(surface, canvas)


def _divide(surface: Surface, left: int, top: int, side: int, depth: int) -> Iterator[Square]:
    """A square, or four of half its side, at most twice over."""
    if depth < 2 and side >= SMALLEST_DIVIDED and surface.rng.random() < (0.6, 0.3)[depth]:
        half = side // 2
        for row in range(2):
            for column in range(2):
                yield from _divide(surface, left + column * half, top + row * half, half, depth + 1)
        return
    ground, figure, accent = surface.rng.permutation(len(INKS))[:3]
    turn = int(surface.rng.integers(4))
    yield Square(left, top, side, INKS[ground], INKS[figure], INKS[accent], turn)


def _figure(surface: Surface, draw: ImageDraw.ImageDraw, square: Square) -> None:
    """The square's ground, and one figure on it that stays inside."""
    draw.rectangle(square.box, fill=square.ground)
    figures = SMALL if square.side < LARGEST * surface.unit * OVERSAMPLE * 0.4 else SMALL + LARGE
    figures[int(surface.rng.integers(len(figures)))](draw, square)


def _quarters(draw: ImageDraw.ImageDraw, square: Square) -> None:
    """Quarter circles about one corner, one inside the other."""
    for share, ink in (
        (1.0, square.figure),
        (0.72, square.ground),
        (0.48, square.accent),
        (0.22, square.ground),
    ):
        _pie(draw, square, share, ink)


def _petal(draw: ImageDraw.ImageDraw, square: Square) -> None:
    """One quarter circle, and a small one that looks at it from the corner across."""
    _pie(draw, square, 1.0, square.figure)
    other = Square(
        square.left,
        square.top,
        square.side,
        square.ground,
        square.figure,
        square.accent,
        square.turn + 2,
    )
    _pie(draw, other, 0.36, square.accent)


def _pie(draw: ImageDraw.ImageDraw, square: Square, share: float, ink: Colour) -> None:
    x, y = square.corner(square.turn)
    radius = (square.side - 1) * share
    start = 90 * (square.turn % 4)
    draw.pieslice((x - radius, y - radius, x + radius, y + radius), start, start + 90, fill=ink)


def _stripes(draw: ImageDraw.ImageDraw, square: Square) -> None:
    """Four bars, upright or lying, one of them in a third ink."""
    bar = square.side / 8
    for index in range(4):
        ink = square.accent if index == square.turn else square.figure
        low, high = round(2 * index * bar), round((2 * index + 1) * bar) - 1
        if square.turn % 2:
            draw.rectangle(
                (square.left + low, square.top, square.left + high, square.box[3]), fill=ink
            )
        else:
            draw.rectangle(
                (square.left, square.top + low, square.box[2], square.top + high), fill=ink
            )


def _triangle(draw: ImageDraw.ImageDraw, square: Square) -> None:
    """Half of the square, and half of that again."""
    a, b, c = (square.corner(square.turn + step) for step in range(3))
    draw.polygon((a, b, c), fill=square.figure)
    middle = ((a[0] + c[0]) // 2, (a[1] + c[1]) // 2)
    draw.polygon((a, b, middle), fill=square.accent)


def _rings(draw: ImageDraw.ImageDraw, square: Square) -> None:
    """A target of four rings."""
    for share, ink in (
        (0.94, square.figure),
        (0.7, square.ground),
        (0.46, square.accent),
        (0.2, square.figure),
    ):
        inset = square.side * (1 - share) / 2
        left, top, right, bottom = square.box
        draw.ellipse((left + inset, top + inset, right - inset, bottom - inset), fill=ink)


def _dots(draw: ImageDraw.ImageDraw, square: Square) -> None:
    """Dots in four rows of four."""
    pitch, radius = square.side / 4, square.side * 0.075
    for row in range(4):
        for column in range(4):
            x, y = square.left + (column + 0.5) * pitch, square.top + (row + 0.5) * pitch
            ink = square.accent if (row + column) % 4 == square.turn else square.figure
            draw.ellipse((x - radius, y - radius, x + radius, y + radius), fill=ink)


def _hatched(draw: ImageDraw.ImageDraw, square: Square) -> None:
    """A fan of rays from one corner."""
    x, y = square.corner(square.turn)
    for index in range(5):
        first, second = (np.deg2rad(90 * (square.turn % 4) + 18 * index + step) for step in (0, 9))
        reach = square.side * 0.98
        rim = [(x + reach * np.cos(angle), y + reach * np.sin(angle)) for angle in (first, second)]
        draw.polygon([(x, y), *rim], fill=square.accent if index == 2 else square.figure)


Figure = Callable[[ImageDraw.ImageDraw, Square], None]
SMALL: Final[tuple[Figure, ...]] = (_quarters, _petal, _triangle, _rings, _stripes)
LARGE: Final[tuple[Figure, ...]] = (_dots, _hatched, _stripes)


def _printed(surface: Surface, canvas: Image.Image) -> Image.Image:
    """Dry-brush streaks and grain, and the red plate a pixel and a half to the side."""
    pixels = np.asarray(canvas, dtype=np.float32).copy()
    shift = max(1, round(1.5 * surface.unit))
    pixels[:, :, 0] = np.roll(pixels[:, :, 0], shift, axis=1)
    streaks = surface.noise(3.2, stretch=14) * 6 + surface.noise(60) * 5
    grain = surface.noise(1.7) * 8
    return finish(pixels + (streaks + grain)[..., None])
