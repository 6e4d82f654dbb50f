"""How much of a picture is there if its file breaks off, and how much must be."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from core.pictures.notes import Note, add_note
from core.pictures.picture_errors import TruncatedPictureError

if TYPE_CHECKING:
    from PIL import Image
    from PIL.ImageFile import ImageFile

_ENOUGH: Final = 0.9
MAX_PIXELS: Final = 63_000_000
"""The largest picture that is taken at all."""

_BAND: Final = 16


def kept_rows(there: int, height: int) -> int:
    """How many rows to take of a picture that breaks off.

    Args:
        there: The rows that the file has.
        height: The rows that it should have.

    Raises:
        TruncatedPictureError: Less than nine tenths of the rows are there.
    """
    if there < _ENOUGH * height:
        raise TruncatedPictureError
    return min(there, height)


def keep_top(image: ImageFile, rows: int) -> None:
    """Leave only so many rows of a picture whose pixels are decoded, and note that it is cut off."""
    image.im = image.im.crop((0, 0, image.width, rows))
    image._size = image.im.size
    add_note(image, Note.CUT_OFF)


def may_measure(width: int, height: int) -> bool:
    """Whether a picture is small enough to find out how much of it is there; a larger one is refused for its size."""
    return width * height <= MAX_PIXELS


def equal_rows(first: Image.Image, second: Image.Image) -> int:
    """The number of equal rows at the top of two pictures of one size."""
    width, height = first.size
    for top in range(0, height, _BAND):
        box = (0, top, width, min(top + _BAND, height))
        one, other = first.crop(box), second.crop(box)
        if one.tobytes() != other.tobytes():
            rows = range(one.height)
            differing = (y for y in rows if _row(one, y) != _row(other, y))
            return top + next(differing)
    return height


def _row(image: Image.Image, y: int) -> bytes:
    return image.crop((0, y, image.width, y + 1)).tobytes()
