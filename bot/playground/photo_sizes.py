"""Encodes photos as Telegram does: as JPEG in a few sizes, upright, without EXIF."""

from __future__ import annotations

import io
from dataclasses import dataclass
from typing import Final

from PIL import Image, ImageOps

MAX_PHOTO_BYTES: Final = 10 << 20
MAX_PHOTO_SIDES: Final = 10_000
MAX_PHOTO_RATIO: Final = 20
# Telegram's size letters and their long sides, https://core.telegram.org/api/files#image-thumbnail-types
SIZES: Final = {"s": 90, "m": 320, "x": 800, "y": 1280}
THUMBNAIL_SIDE: Final = 320
_QUALITY: Final = 87
# What Pillow raises for broken or oversized pictures; it raises the warning if warnings are errors.
_UNREADABLE: Final = (
    OSError,
    ValueError,
    SyntaxError,
    Image.DecompressionBombError,
    Image.DecompressionBombWarning,
)


class UnreadablePhotoError(ValueError):
    """The bytes are no picture, or a picture too large to decode."""


@dataclass(frozen=True)
class EncodedPhoto:
    """An encoded picture; width and height in pixels."""

    content: bytes
    width: int
    height: int


def dimensions(content: bytes) -> tuple[int, int]:
    """Returns width and height in pixels; reads only the header.

    Raises:
        UnreadablePhotoError: The bytes do not begin as a picture does.
    """
    try:
        with Image.open(io.BytesIO(content)) as picture:
            return picture.size
    except _UNREADABLE as error:
        raise UnreadablePhotoError(str(error)) from error


def encode_sizes(content: bytes) -> list[EncodedPhoto]:
    """Returns the picture in Telegram's sizes, smallest first; none is larger than the picture itself.

    Raises:
        UnreadablePhotoError: The bytes cannot be decoded.
    """
    picture = _decode(content)
    sizes: list[EncodedPhoto] = []
    for side in SIZES.values():
        sizes.append(_encode(picture, side))
        if max(picture.size) <= side:
            break
    return sizes


def encode_thumbnail(content: bytes) -> EncodedPhoto:
    """Returns a small JPEG of a picture.

    Raises:
        UnreadablePhotoError: The bytes cannot be decoded.
    """
    return _encode(_decode(content), THUMBNAIL_SIDE)


def _decode(content: bytes) -> Image.Image:
    try:
        with Image.open(io.BytesIO(content)) as picture:
            picture.draft("RGB", (SIZES["y"], SIZES["y"]))
            upright = ImageOps.exif_transpose(picture)
            if upright.mode == "P" or "A" in upright.getbands():
                flattened = Image.new("RGBA", upright.size, "white")
                flattened.alpha_composite(upright.convert("RGBA"))
                return flattened.convert("RGB")
            return upright.convert("RGB")
    except _UNREADABLE as error:
        raise UnreadablePhotoError(str(error)) from error


def _encode(picture: Image.Image, side: int) -> EncodedPhoto:
    copy = picture.copy()
    copy.thumbnail((side, side), Image.Resampling.LANCZOS)
    copy.info.clear()
    buffer = io.BytesIO()
    copy.save(buffer, "JPEG", quality=_QUALITY, optimize=True)
    return EncodedPhoto(buffer.getvalue(), *copy.size)
