"""Turns the samples of a TIFF, of whatever depth and meaning, into a picture in 8 bits (TIFF 6.0)."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum
from typing import TYPE_CHECKING, Any, Final, TypeAlias

import numpy as np
from PIL import Image

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Samples: TypeAlias = NDArray[Any]
    Bytes: TypeAlias = NDArray[np.uint8]

_BAND: Final = 256
"""Rows that are converted at once, so that the steps between take little memory."""


class Photometric(IntEnum):
    """What samples mean: the values of PhotometricInterpretation that are read."""

    WHITE_IS_ZERO = 0
    BLACK_IS_ZERO = 1
    RGB = 2
    PALETTE = 3
    INKS = 5
    YCBCR = 6
    CIELAB = 8
    ICCLAB = 9

    @property
    def mode(self) -> str:
        """Pillow's mode for the colours in 8 bits."""
        return _MODES.get(self, "RGB")

    @property
    def samples(self) -> int:
        """How many samples make a colour."""
        return 1 if self is Photometric.PALETTE else Image.getmodebands(self.mode)


_MODES: Final = {
    Photometric.WHITE_IS_ZERO: "L",
    Photometric.BLACK_IS_ZERO: "L",
    Photometric.INKS: "CMYK",
    Photometric.YCBCR: "YCbCr",
    Photometric.CIELAB: "LAB",
    Photometric.ICCLAB: "LAB",
}
_WITH_ALPHA: Final = {"L": "LA", "RGB": "RGBA", "CMYK": "CMYK"}


@dataclass(frozen=True, slots=True)
class Meaning:
    """What the samples of a page mean.

    Attributes:
        photometric: Their colour space.
        bits: Bits of a sample.
        colours: The palette, 3 x number of colours, 16 bits.
        alpha: Which sample is alpha; None for none.
        associated: Whether the colours were multiplied with alpha.
    """

    photometric: Photometric
    bits: int
    colours: NDArray[np.uint16] | None = None
    alpha: int | None = None
    associated: bool = False


def picture_of(samples: Samples, meaning: Meaning) -> Image.Image:
    """The picture in 8 bits.

    Args:
        samples: (height, width, samples of a pixel): unsigned integers, floats or signed 32-bit integers.
        meaning: What they mean.

    Returns:
        Mode L, LA, RGB, RGBA, CMYK or LAB.
    """
    count = meaning.photometric.samples
    white = _white(samples[..., :count], meaning.bits)
    alpha_white = _nominal_white(samples.dtype, meaning.bits)
    mode = meaning.photometric.mode
    if meaning.alpha is not None:
        mode = _WITH_ALPHA[mode]
    height, width = samples.shape[:2]
    out = np.empty((height, width, Image.getmodebands(mode)), np.uint8)
    for top in range(0, height, _BAND):
        band = samples[top : top + _BAND]
        colours = _colours(band[..., :count], meaning, white)
        if meaning.alpha is not None:
            alpha = _eight_bits(band[..., meaning.alpha, None], alpha_white)
            colours = _with_alpha(colours, alpha, meaning)
        out[top : top + _BAND] = colours
    return Image.frombuffer(mode, (width, height), out, "raw", mode, 0, 1).copy()


def _nominal_white(dtype: np.dtype[Any], bits: int) -> float:
    """The value of white: 1 in floats, and all bits set in integers."""
    if dtype.kind == "f":
        return 1.0
    return 65535.0 if dtype.kind == "i" else float(2**bits - 1)


def _white(samples: Samples, bits: int) -> float:
    """The value of white in this picture.

    Floats may exceed 1, and integers of 32 bits rarely fill them; so there it is the brightest value that occurs.
    """
    nominal = _nominal_white(samples.dtype, bits)
    if samples.dtype.kind in "bu" and bits <= 16:
        return nominal
    top = max(float(np.nanmax(samples[y : y + _BAND])) for y in range(0, len(samples), _BAND))
    if samples.dtype.kind == "u":
        return nominal if top > nominal / 256 else max(top, 65535.0)
    return top if np.isfinite(top) and top > nominal else nominal


def _eight_bits(samples: Samples, white: float) -> Bytes:
    if samples.dtype == np.uint8 and white == 255:
        return samples
    values = samples.astype(np.float32)
    if samples.dtype.kind == "f":
        values = np.nan_to_num(values, copy=False, nan=0.0, posinf=white, neginf=0.0)
    values *= np.float32(255 / white)
    scaled: Bytes = np.clip(values + np.float32(0.5), 0, 255, out=values).astype(np.uint8)
    return scaled


def _colours(samples: Samples, meaning: Meaning, white: float) -> Bytes:
    match meaning.photometric:
        case Photometric.PALETTE:
            assert meaning.colours is not None  # noqa: S101 - checked when the page is opened
            return _palette(meaning.colours).take(samples[..., 0], axis=0, mode="clip")
        case Photometric.CIELAB | Photometric.ICCLAB:
            return _lab(samples, signed=meaning.photometric is Photometric.CIELAB)
        case Photometric.WHITE_IS_ZERO:
            return 255 - _eight_bits(samples, white)
        case _:
            return _eight_bits(samples, white)


def _palette(colours: NDArray[np.uint16]) -> Bytes:
    """The palette's colours, number x 3. Some programs write 8 bits where TIFF has 16."""
    narrow = colours.max() < 256
    return (colours if narrow else colours >> 8).astype(np.uint8).T


def _lab(samples: Samples, *, signed: bool) -> Bytes:
    """L from 0 to 255, and a and b as signed bytes, as Pillow reads them (section 23; ICCLAB: technical note 4)."""
    if samples.dtype == np.uint16:
        light = samples[..., :1] // 257
        samples = np.concatenate([light, samples[..., 1:] >> 8], axis=-1)
    lab: Bytes = samples.astype(np.uint8)
    if not signed:
        lab[..., 1:] ^= 128
    return lab


def _with_alpha(colours: Bytes, alpha: Bytes, meaning: Meaning) -> Bytes:
    """The colours with alpha, not multiplied with it; of inks, what they leave on paper."""
    if meaning.photometric is Photometric.INKS:
        if meaning.associated:
            return colours
        inked: Bytes = (colours.astype(np.uint16) * alpha // 255).astype(np.uint8)
        return inked
    if meaning.associated:
        whole = colours.astype(np.float32) * (255 / np.maximum(alpha, 1).astype(np.float32))
        colours = np.minimum(whole + 0.5, 255).astype(np.uint8)
    return np.concatenate([colours, alpha], axis=-1)
