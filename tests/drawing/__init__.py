"""Style pictures that this project's own code draws, in any size, without a download or a licence.

They suit style transfer: texture on several scales, few distinct colours, visible strokes and no empty areas. ``python -m tests.drawing`` writes them to files; those in ``core/pictures/builtin`` come from it with
``--size 600 480 --seed 3 --quality 80`` (the first six below) and ``--size 640 512 --seed 3 --quality 60`` (the others).
"""

from __future__ import annotations

from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING, Final

import numpy as np

from tests.drawing import (
    colourfield,
    glass,
    hatching,
    impasto,
    ink,
    marbling,
    mosaic,
    oil,
    pencil,
    poster,
    watercolour,
    waves,
)
from tests.drawing.surface import Surface

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from PIL import Image

__all__ = ["PATTERNS", "Pattern"]

SMALLEST: Final = 16
LARGEST: Final = 4096


@dataclass(frozen=True, slots=True)
class Pattern:
    """A style picture that code draws.

    Attributes:
        name: A short word for buttons and commands.
        title: The name that a person reads.
        paint: Draws the pattern on a surface.
    """

    name: str
    title: str
    paint: Callable[[Surface], Image.Image]

    def draw(self, size: tuple[int, int] | int, seed: int = 0) -> Image.Image:
        """An RGB picture of this style.

        Args:
            size: Width and height in pixels, or the side of a square; each side 16..4096.
            seed: Equal seeds and sizes give equal pictures.

        Raises:
            ValueError: A side is out of range.
        """
        width, height = (size, size) if isinstance(size, int) else size
        if not all(SMALLEST <= side <= LARGEST for side in (width, height)):
            raise ValueError(
                f"Each side must be {SMALLEST} to {LARGEST} pixels, not {width} x {height}."
            )
        return self.paint(Surface(width, height, np.random.default_rng(seed)))


_ALL: Final = (
    Pattern("waves", "Woodblock waves", waves.paint),
    Pattern("impasto", "Starlit impasto", impasto.paint),
    Pattern("glass", "Stained glass", glass.paint),
    Pattern("hatching", "Pen and chalk", hatching.paint),
    Pattern("colourfield", "Colour field", colourfield.paint),
    Pattern("marbling", "Marbled paper", marbling.paint),
    Pattern("ink", "Ink wash", ink.paint),
    Pattern("watercolour", "Watercolour", watercolour.paint),
    Pattern("mosaic", "Mosaic", mosaic.paint),
    Pattern("poster", "Poster", poster.paint),
    Pattern("pencil", "Pencil", pencil.paint),
    Pattern("oil", "Palette knife", oil.paint),
)
PATTERNS: Final[Mapping[str, Pattern]] = MappingProxyType({each.name: each for each in _ALL})
