"""Makes thumbnails, and compares them to find the same picture in two files."""

from __future__ import annotations

from typing import Final

import numpy as np
from PIL import Image

from core.pictures.codec import reread_picture, to_jpeg

THUMBNAIL_SIDE: Final = 320

_COMPARED_SIDE: Final = 48
_SAME: Final = 4.0
"""The mean difference, of 255, below which two thumbnails show the same picture.

Encoding a picture again changes 1 to 2; another picture of similar colours differs by 10 and more.
"""

_SAME_RATIO: Final = 0.03


def thumbnail(data: bytes) -> bytes:
    """A stored picture as a JPEG file with a long side of at most 320 pixels.

    Raises:
        core.pictures.picture_errors.PictureError: The picture cannot be read.
    """
    return to_jpeg(reread_picture(data), quality=88, max_side=THUMBNAIL_SIDE)


def alike(one: bytes, other: bytes) -> bool:
    """Whether two thumbnails show the same picture, such as one picture sent both as a photo and as a file.

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
