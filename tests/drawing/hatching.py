"""Hatching: hills and clouds of pen strokes, blue-black and red chalk on warm paper."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from tests.drawing.surface import Surface, blend, finish, smoothstep

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from PIL import Image

PAPER: Final = (238, 222, 190)
INK: Final = (22, 26, 46)
CHALK: Final = (168, 62, 38)


def paint(surface: Surface) -> Image.Image:
    """Strokes that bend with the form, a further direction for each deeper shadow."""
    form = _form(surface)
    tone = _tone(form)
    pixels = np.empty((*surface.shape, 3), dtype=np.float32)
    pixels[:] = PAPER
    pixels += (surface.fractal(9, 3) * 4 + surface.fractal(120, 2) * 5)[..., None]
    chalk = _hatch(
        surface,
        form,
        angle=-0.5,
        spacing=6.0,
        darkness=np.minimum(_tone(-form) * 1.1 - 0.3, 0.62),
        bend=30,
    )
    grain = smoothstep(-0.9, 0.7, surface.noise(1.6))
    pixels = blend(pixels, CHALK, chalk * grain * 0.85)
    for angle, spacing, threshold, bend in (
        (0.62, 5.2, 0.22, 36.0),
        (-0.7, 4.8, 0.46, 28.0),
        (1.35, 4.4, 0.64, 20.0),
        (0.1, 4.0, 0.82, 14.0),
    ):
        darkness = np.minimum((tone - threshold) * 1.1, 0.5)
        ink = _hatch(surface, form, angle=angle, spacing=spacing, darkness=darkness, bend=bend)
        pixels = blend(pixels, INK, ink * 0.93)
    return finish(blend(pixels, INK, _contours(surface, form) * smoothstep(0.42, 0.6, tone) * 0.9))


def _form(surface: Surface) -> NDArray[np.float32]:
    """A landscape of rounded folds, about -2..2: what the strokes bend round."""
    x, y = surface.coordinates()
    folds = np.sin((y + 40 * surface.noise(260)) / 30 + np.sin(x / 120))
    return np.asarray(
        0.9 * folds + 0.55 * surface.noise(170) + 0.1 * surface.noise(60), dtype=np.float32
    )


def _tone(form: NDArray[np.float32]) -> NDArray[np.float32]:
    """Darkness in 0..1 of the form lit from the upper left, its range spread over the surface."""
    slope_y, slope_x = np.gradient(form)
    slope = -(slope_x * 0.6 + slope_y)
    samples = np.sort(slope.ravel()[:: max(1, slope.size // 4096)])
    even = np.interp(slope, samples, np.linspace(0, 1, len(samples)))
    return np.asarray(even, dtype=np.float32)


def _hatch(
    surface: Surface,
    form: NDArray[np.float32],
    *,
    angle: float,
    spacing: float,
    darkness: NDArray[np.float32],
    bend: float,
) -> NDArray[np.float32]:
    """Coverage 0..1 of parallel strokes that swell where it is dark and lift where it is not.

    Args:
        surface: Where they are drawn.
        form: What they bend round.
        angle: Of the strokes to the horizontal, in radians.
        spacing: Between neighbours, in design units.
        darkness: Where above 0, strokes are drawn; at 1 they touch.
        bend: How far the form moves a stroke, in design units.
    """
    x, y = surface.coordinates()
    across = -x * np.sin(angle) + y * np.cos(angle) + bend * form * 0.5 + surface.noise(34) * 0.9
    run = x * np.cos(angle) + y * np.sin(angle)
    row = np.floor(across / spacing)
    off = np.abs(across / spacing - row - 0.5) * spacing
    lift = _hand(row, run, surface) * 0.16
    half = np.clip(darkness + lift, -1, 1) * spacing * 0.42
    soft = 0.55 / surface.unit
    ink = smoothstep(-soft, soft, (half - off).astype(np.float32))
    return ink * smoothstep(0.0, 0.06, (darkness + lift).astype(np.float32))


def _hand(
    row: NDArray[np.float32], run: NDArray[np.float32], surface: Surface
) -> NDArray[np.float32]:
    """The unevenness of a hand, -1..1: its own slow rhythm along each stroke."""
    phases = surface.rng.uniform(0, 2 * np.pi, 997)
    phase = phases[row.astype(np.int64) % 997]
    return (np.sin(run / 23 + phase) * 0.6 + np.sin(run / 9 + 3 * phase) * 0.4).astype(np.float32)


def _contours(surface: Surface, form: NDArray[np.float32]) -> NDArray[np.float32]:
    """A few swelling outlines along the form's heights, coverage 0..1."""
    slope_y, slope_x = np.gradient(form)
    steep = np.hypot(slope_x, slope_y) * surface.unit + 1e-4
    levels = form * 0.8
    off = np.abs(levels - np.floor(levels) - 0.5) / (0.8 * steep)
    width = 0.8 + 0.7 * surface.noise(50)
    return 1 - smoothstep(0.0, 1.0, (off - width).astype(np.float32))
