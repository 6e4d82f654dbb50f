"""The surface that a pattern is drawn on, and the functions that all patterns share."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
from PIL import Image

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

REFERENCE_SIDE: Final = 768

Colour = tuple[int, int, int]


@dataclass(frozen=True, slots=True)
class Surface:
    """An empty surface: its size, and the random numbers for everything drawn on it.

    Attributes:
        width: Pixels, at least 1.
        height: Pixels, at least 1.
        rng: The only source of random numbers, so that equal seeds give equal pictures.
    """

    width: int
    height: int
    rng: np.random.Generator

    @property
    def shape(self) -> tuple[int, int]:
        """(height, width): NumPy's order."""
        return self.height, self.width

    @property
    def unit(self) -> float:
        """Pixels per design unit; the long side is always 768 units."""
        return max(self.width, self.height) / REFERENCE_SIDE

    def coordinates(self) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        """The x and y of each pixel's centre in design units, ``(height, width)`` each."""
        x = (np.arange(self.width, dtype=np.float32) + 0.5) / self.unit
        y = (np.arange(self.height, dtype=np.float32) + 0.5) / self.unit
        grid_y, grid_x = np.meshgrid(y, x, indexing="ij")
        return grid_x.astype(np.float32), grid_y.astype(np.float32)

    def noise(self, cell: float, *, stretch: float = 1.0) -> NDArray[np.float32]:
        """Smooth noise about 0 with standard deviation near 1, ``(height, width)``.

        Args:
            cell: Size of the noise's features in design units.
            stretch: Width of the features, divided by their height.
        """
        columns = max(2, round(self.width / (self.unit * cell * stretch)) + 3)
        rows = max(2, round(self.height / (self.unit * cell)) + 3)
        lattice = self.rng.standard_normal((rows, columns)).astype(np.float32)
        grown = Image.fromarray(lattice).resize((self.width, self.height), Image.Resampling.BICUBIC)
        return 1.6 * np.asarray(grown, dtype=np.float32)

    def fractal(self, cell: float, octaves: int = 4) -> NDArray[np.float32]:
        """Noise on several scales; each octave has half the size and 0.55 times the amplitude of the one before."""
        total = np.zeros(self.shape, dtype=np.float32)
        for octave in range(octaves):
            total += self.noise(cell / 2**octave) * 0.55**octave
        return total


def smoothstep(low: float, high: float, value: NDArray[np.float32]) -> NDArray[np.float32]:
    """A smooth transition from 0 below ``low`` to 1 above ``high``."""
    t = np.clip((value - low) / (high - low), 0.0, 1.0).astype(np.float32)
    return np.asarray(t * t * (3 - 2 * t))


def blend(
    under: NDArray[np.float32], over: Colour | NDArray[np.float32], alpha: NDArray[np.float32]
) -> NDArray[np.float32]:
    """``over`` composited on ``under`` ``(h, w, 3)`` in 0..255, with ``alpha`` ``(h, w)`` in 0..1."""
    return under + (np.asarray(over, dtype=np.float32) - under) * alpha[..., None]


def along(colours: Sequence[Colour], t: NDArray[np.floating]) -> NDArray[np.float32]:
    """The colour at ``t`` (0..1, any shape) of a gradient through ``colours``: ``(..., 3)`` in 0..255."""
    stops = np.linspace(0.0, 1.0, len(colours))
    table = np.asarray(colours, dtype=np.float32)
    channels = [np.interp(t, stops, table[:, channel]) for channel in range(3)]
    return np.stack(channels, axis=-1).astype(np.float32)


def relief(height: NDArray[np.float32], strength: float) -> NDArray[np.float32]:
    """The brightness, about 1, of a height map lit from the upper left, ``(h, w)``."""
    slope_y, slope_x = np.gradient(height)
    return np.asarray(np.clip(1.0 + strength * (slope_x + slope_y), 0.35, 1.75), dtype=np.float32)


def finish(pixels: NDArray[np.float32]) -> Image.Image:
    """An RGB picture of ``(h, w, 3)`` values, clipped to 0..255."""
    return Image.fromarray(np.clip(pixels, 0, 255).astype(np.uint8))
