"""Shows pictures of high dynamic range (PQ and HLG, ITU-R BT.2100) on an ordinary screen.

A photo that is encoded for 1000 candelas a square metre shows paper at 203 of them (ITU-R BT.2408). So 203 becomes the
white of sRGB. Up to three quarters of it nothing changes; from there to the brightest value of the picture a curve
bends, without a corner, so that highlights keep their shape. The brightest of the three channels goes along the curve
and takes the others with it, so colours keep their hue.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, TypeAlias

import numpy as np
from PIL import Image

from core.pictures.colour_space import PQ, SRGB, to_xyz

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from core.pictures.colour_space import Cicp

Values: TypeAlias = "NDArray[np.float32]"

_PAPER: Final = 203.0
_HLG_PEAK: Final = 1000.0
_KNEE: Final = 0.75
_BAND: Final = 256
_SAMPLED: Final = 4


def tone_mapped(image: Image.Image, cicp: Cicp) -> Image.Image:
    """Convert a picture of high dynamic range to sRGB.

    Args:
        image: 8-bit RGB, values in PQ or HLG, full range.
        cicp: Its colour space.

    Returns:
        A new picture, mode RGB.
    """
    pixels = np.asarray(image.convert("RGB"))
    matrix = (np.linalg.inv(to_xyz(SRGB)) @ to_xyz(cicp.chromaticities)).astype(np.float32)
    decode = _pq if cicp.transfer == PQ else _hlg
    sample = _in_srgb(decode(pixels[::_SAMPLED, ::_SAMPLED]), matrix)
    peak = _nearly_largest(sample.max(axis=-1).ravel())
    shown = np.empty_like(pixels)
    for top in range(0, len(pixels), _BAND):
        linear = _in_srgb(decode(pixels[top : top + _BAND]), matrix)
        shown[top : top + _BAND] = _encode(_bend(linear, peak))
    return Image.fromarray(shown)


def _nearly_largest(values: Values) -> float:
    """What one of a thousand values exceeds: a few stray pixels are no highlight."""
    at = int(0.999 * (values.size - 1))
    return float(np.partition(values, at)[at])


def _pq(values: NDArray[np.uint8]) -> Values:
    """Multiples of paper white (SMPTE ST 2084)."""
    m1, m2, c1, c2, c3 = 0.1593017578125, 78.84375, 0.8359375, 18.8515625, 18.6875
    power = np.linspace(0, 1, 256) ** (1 / m2)
    light = (np.maximum(power - c1, 0) / (c2 - c3 * power)) ** (1 / m1)
    shown: Values = (light * (10_000 / _PAPER)).astype(np.float32)[values]
    return shown


def _hlg(values: NDArray[np.uint8]) -> Values:
    """Multiples of paper white on a screen of 1000 candelas (BT.2100, table 5: inverse OETF, then OOTF)."""
    a, b, c = 0.17883277, 0.28466892, 0.55991073
    signal = np.linspace(0, 1, 256)
    table = np.where(signal <= 0.5, signal**2 / 3, (np.exp((signal - c) / a) + b) / 12)
    scene = table.astype(np.float32)[values]
    luminance = scene @ np.array([0.2627, 0.6780, 0.0593], dtype=np.float32)
    system = np.maximum(luminance, 1e-6) ** np.float32(0.2)
    shown: Values = scene * system[..., None] * np.float32(_HLG_PEAK / _PAPER)
    return shown


def _in_srgb(linear: Values, matrix: Values) -> Values:
    light: Values = np.maximum(linear @ matrix.T, 0)
    return light


def _bend(linear: Values, peak: float) -> Values:
    """Compress what is above the knee, so that ``peak`` becomes 1; the slope is 1 at the knee."""
    if peak <= 1:
        return linear
    brightest = linear.max(axis=-1, keepdims=True)
    slope = (peak - _KNEE) / (1 - _KNEE)
    above = np.maximum(brightest - _KNEE, 0) / (peak - _KNEE)
    bent = _KNEE + (1 - _KNEE) * slope * above / (1 + (slope - 1) * above)
    return linear * np.where(brightest > _KNEE, bent / np.maximum(brightest, _KNEE), 1)


def _encode(linear: Values) -> NDArray[np.uint8]:
    """8-bit sRGB (IEC 61966-2-1), by a table."""
    light = np.linspace(0, 1, 4096)
    curve = np.where(light <= 0.0031308, 12.92 * light, 1.055 * light ** (1 / 2.4) - 0.055)
    table = (255 * curve).round().astype(np.uint8)
    return table[(np.minimum(linear, 1) * 4095 + 0.5).astype(np.uint16)]
