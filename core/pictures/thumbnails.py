"""Small versions of pictures: to show many at once, and to see whether two show the same."""

from __future__ import annotations

from typing import Final

import numpy as np
from PIL import Image

from core.pictures.codec import read_picture, reread_picture, to_jpeg

THUMBNAIL_SIDE: Final = 320

_COMPARED_SIDE: Final = 48
_SAME: Final = 4.0
"""Of 255, on average: encoding anew changes 1 to 2, another picture of like colours 10 and more."""

_SAME_RATIO: Final = 0.03


def thumbnail(data: bytes) -> bytes:
    """A JPEG of a picture, long side at most 320 pixels.

    Raises:
        core.pictures.picture_errors.PictureError: It cannot be read.
    """
    return to_jpeg(read_picture(data), quality=88, max_side=THUMBNAIL_SIDE)


def alike(one: bytes, other: bytes) -> bool:
    """Whether two thumbnails show the same picture, such as one that was sent as a photo and as a file.

    Raises:
        core.pictures.picture_errors.PictureError: One of them cannot be read.
    """
    first, second = reread_picture(one), reread_picture(other)
    ratio = (first.width * second.height) / (first.height * second.width)
    if abs(ratio - 1) > _SAME_RATIO:
        return False
    return float(np.abs(_small(first) - _small(second)).mean()) < _SAME


def _small(picture: Image.Image) -> np.ndarray[tuple[int, ...], np.dtype[np.float32]]:
    size = (_COMPARED_SIDE, _COMPARED_SIDE)
    return np.asarray(picture.resize(size, Image.Resampling.BOX), dtype=np.float32)
