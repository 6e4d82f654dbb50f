"""Decodes a file's bytes to a checked picture, and encodes a picture to bytes."""

from __future__ import annotations

from io import BytesIO
from typing import TYPE_CHECKING, Final

from PIL import Image
from PIL.ExifTags import Base

from core.pictures.formats import decoder_errors_translated, is_animated, open_header
from core.pictures.missing_rows import MAX_PIXELS
from core.pictures.notes import Note, add_note, notes_of
from core.pictures.picture_errors import (
    FileTooLargeError,
    TooManyPixelsError,
    TooNarrowError,
    TooSmallError,
)
from core.pictures.shrinking import draft, shrink
from core.pictures.srgb import on_white, to_srgb, without_metadata

if TYPE_CHECKING:
    from PIL.ImageFile import ImageFile

MAX_BYTES: Final = 100_000_000
"""The largest file that is opened at all. What strangers may send is less by default: see ``Decoder``."""
MIN_SIDE: Final = 64
MAX_RATIO: Final = 20.0

STORED_SIDE: Final = 2048
"""Long side in pixels of what is stored of a picture: no preset paints a larger one."""

_JPEG_QUALITY: Final = 92
_WEBP_QUALITY: Final = 90
_PNG_LEVEL: Final = 1
_TRANSPOSITIONS: Final = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
_SIDEWAYS: Final = tuple(_TRANSPOSITIONS[orientation] for orientation in (5, 6, 7, 8))


def read_picture(data: bytes, *, max_side: int | None = None) -> Image.Image:
    """Decode and check a picture.

    It reads JPEG, PNG, WebP, BMP, TIFF, GIF, AVIF and HEIC; of what moves, the first frame. It checks the size in the
    header before it decodes any pixel.

    Args:
        data: The file's bytes.
        max_side: Reduce a larger picture to about this long side in pixels, and never to a longer one, as early as its
            format allows; None keeps the size.

    Returns:
        The picture in sRGB, upright (EXIF orientation applied), without metadata: mode RGBA if a part of it is transparent,
        with black where nothing is to be seen, and else RGB. Of a file that breaks off it has the rows that are there;
        ``core.pictures.notes.notes_of`` says so.

    Raises:
        core.pictures.picture_errors.PictureError: One of its kinds; no bytes raise anything else.
    """
    image = _open_checked(data)
    with decoder_errors_translated():
        draft(image, max_side)
        # Shrunk before its colours are converted, which costs more for each pixel. Some modes can only be shrunk after.
        picture = shrink(to_srgb(_load_upright(image, max_side)), max_side)
        for note in notes_of(image):
            add_note(picture, note)
        if is_animated(data):
            add_note(picture, Note.MOVES)
        return picture


def reread_picture(data: bytes) -> Image.Image:
    """Decode a PNG, JPEG or WebP that this program wrote, however small or narrow it is; mode RGB or RGBA.

    Raises:
        core.pictures.picture_errors.PictureError: The file is damaged.
    """
    with decoder_errors_translated():
        return without_metadata(Image.open(BytesIO(data), formats=("PNG", "JPEG", "WEBP")))


def to_jpeg(
    image: Image.Image, *, quality: int = _JPEG_QUALITY, max_side: int | None = None
) -> bytes:
    """Encode as JPEG, on white where the picture is transparent, without metadata.

    Args:
        image: The picture.
        quality: libjpeg's quality, 1..95.
        max_side: Reduce a larger picture to this long side in pixels; None keeps the size.
    """
    if max_side is not None and max(image.size) > max_side:
        # With a gap, a box filter makes most of a large reduction: it looks the same and is several times faster.
        image = image.copy()
        image.thumbnail((max_side, max_side), Image.Resampling.LANCZOS, reducing_gap=3.0)
    file = BytesIO()
    on_white(image).save(file, "JPEG", quality=quality)
    return file.getvalue()


def to_png(image: Image.Image) -> bytes:
    """Encode as PNG with its transparency, without metadata; fast, at the cost of a larger file."""
    file = BytesIO()
    without_metadata(image).save(file, "PNG", compress_level=_PNG_LEVEL)
    return file.getvalue()


def to_pixels(image: Image.Image) -> bytes:
    """Encode without loss what is stored of a person's picture.

    The form is WebP's lossless one at its least effort. Of 2000 × 1500 pixels of photos it takes 100 to 150 ms and makes
    2.5 to 4 MB. PNG at its lowest level takes half as long again, and makes a third more; zlib alone makes twice as much.
    It is also decoded faster than PNG.
    """
    file = BytesIO()
    image.save(file, "WEBP", lossless=True, method=0, quality=0)
    return file.getvalue()


def to_webp(image: Image.Image, *, quality: int = _WEBP_QUALITY) -> bytes:
    """Encode as WebP with its transparency, without metadata.

    Args:
        image: The picture.
        quality: libwebp's quality, 1..100.
    """
    file = BytesIO()
    without_metadata(image).save(file, "WEBP", quality=quality)
    return file.getvalue()


def _open_checked(data: bytes) -> ImageFile:
    if len(data) > MAX_BYTES:
        raise FileTooLargeError(size=len(data), limit=MAX_BYTES)
    image = open_header(data)
    # Check the pixels first: to find a PNG's EXIF, Pillow decodes all of it.
    _check_pixels(*image.size)
    _check_shape(*_upright_size(image))
    return image


def _check_pixels(width: int, height: int) -> None:
    if width * height > MAX_PIXELS:
        raise TooManyPixelsError(width=width, height=height, limit=MAX_PIXELS)


def _check_shape(width: int, height: int) -> None:
    if min(width, height) < MIN_SIDE:
        raise TooSmallError(width=width, height=height, limit=MIN_SIDE)
    if max(width, height) > MAX_RATIO * min(width, height):
        raise TooNarrowError(width=width, height=height, limit=MAX_RATIO)


def _upright_size(image: ImageFile) -> tuple[int, int]:
    width, height = image.size
    if _transposition(image) in _SIDEWAYS:
        return height, width
    return width, height


def _transposition(image: Image.Image) -> Image.Transpose | None:
    """The transposition that turns the picture upright (EXIF 2.32, 4.6.4, tag Orientation); None if it is upright."""
    try:
        image.info.pop("xmp", None)  # Pillow would take its orientation, which nothing else heeds.
        return _TRANSPOSITIONS.get(image.getexif().get(Base.Orientation, 1))
    except Exception:  # noqa: BLE001 - damaged EXIF raises anything, and the pixels may still be fine
        return None


def _load_upright(image: ImageFile, max_side: int | None) -> Image.Image:
    drafted = image.size
    image.load()
    if image.size != drafted:
        # A few formats give their true size only after decoding.
        _check_pixels(*image.size)
        _check_shape(*image.size)
    transposition = _transposition(image)
    shrunk = shrink(image, max_side)
    return shrunk if transposition is None else shrunk.transpose(transposition)
