"""Opens a picture: reads its header and leaves its pixels for later.

The file's signature selects the decoder, without ``PIL.Image.open``. So nothing is registered globally, and none of
Pillow's other fifty formats is reachable. A picture that is too large reports its true size, where Pillow would raise
DecompressionBombError without one.
"""

from __future__ import annotations

from contextlib import contextmanager
from enum import Enum
from typing import TYPE_CHECKING, Final

from core.pictures.iso_media import SEQUENCE_BRANDS, brands_of, open_avif, open_heic
from core.pictures.jpeg_parts import open_jpeg
from core.pictures.picture_errors import (
    PictureError,
    TooCostlyError,
    TruncatedPictureError,
    UnknownFormatError,
)
from core.pictures.png_chunks import open_png
from core.pictures.simple_files import gif_table_size, open_bmp, open_gif, open_webp
from core.pictures.tiff_pages import open_tiff

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from PIL.ImageFile import ImageFile

_AVIF_BRANDS: Final = frozenset({b"avif", b"avis"})
_HEIC_BRANDS: Final = frozenset({b"heic", b"heix", b"heim", b"heis"})
_WEBP_ANIMATION: Final = 0x02
_GIF_EXTENSION: Final = 0x21
_GIF_IMAGE: Final = 0x2C


class Format(Enum):
    """A picture format that this package reads."""

    JPEG = "JPEG"
    PNG = "PNG"
    WEBP = "WebP"
    BMP = "BMP"
    TIFF = "TIFF"
    GIF = "GIF"
    AVIF = "AVIF"
    HEIC = "HEIC"


_SIGNATURES: Final = {
    Format.JPEG: (b"\xff\xd8\xff",),
    Format.PNG: (b"\x89PNG\r\n\x1a\n",),
    Format.TIFF: (b"II*\0", b"MM\0*", b"II+\0", b"MM\0+"),
    Format.GIF: (b"GIF87a", b"GIF89a"),
}


def detect_format(data: bytes) -> Format | None:
    """Detect a picture's format by its first bytes; None if it is none of these."""
    for picture_format, signatures in _SIGNATURES.items():
        if data.startswith(signatures):
            return picture_format
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        return Format.WEBP
    # Two letters are a weak signature. The reserved bytes and the header's length make it strong.
    if data[:2] == b"BM" and data[6:10] == bytes(4) and data[15:18] == bytes(3):
        return Format.BMP
    return _detect_iso_media(data)


def open_header(data: bytes) -> ImageFile:
    """Read a picture's header; ``load`` decodes its pixels later.

    Raises:
        UnknownFormatError: The bytes are in none of the formats.
        TruncatedPictureError: The header is damaged, or less than nine tenths of the rows are there.
        UnreadTiffError: It is a kind of TIFF that is not read.
        AnimatedPictureError: It is a HEIC sequence. Of all else that moves, the first frame is the picture, as is the
            first page of a TIFF and the primary image of an MPO or a HEIC.
    """
    picture_format = detect_format(data)
    if picture_format is None:
        raise UnknownFormatError
    with decoder_errors_translated():
        return _OPENERS[picture_format](data)


def is_animated(data: bytes) -> bool:
    """Whether a picture has more than one frame, read from its structure without decoding anything.

    Sources: GIF89a, section 20; PNG's acTL chunk; WebP's extended header; AVIF's brands.
    """
    match detect_format(data):
        case Format.GIF:
            return _has_second_image(data)
        case Format.PNG:
            # It stands before the first pixels.
            return b"acTL" in data[: data.find(b"IDAT") + 1]
        case Format.WEBP:
            return data[12:16] == b"VP8X" and bool(int.from_bytes(data[20:21]) & _WEBP_ANIMATION)
        case Format.AVIF:
            return data[8:12] == b"avis"
        case _:
            return False


@contextmanager
def decoder_errors_translated() -> Iterator[None]:
    """Translate a decoder's errors: MemoryError into TooCostlyError, all others into TruncatedPictureError."""
    try:
        yield
    except PictureError:
        raise
    except MemoryError as error:
        raise TooCostlyError from error
    # On hostile bytes decoders raise anything: OSError, struct.error, AssertionError and more.
    except Exception as error:
        raise TruncatedPictureError from error


def _detect_iso_media(data: bytes) -> Format | None:
    """Detect AVIF and HEIC, which are ISO media files with different brands (ISO/IEC 14496-12, 4.3)."""
    brands = brands_of(data)
    if not _AVIF_BRANDS.isdisjoint(brands):
        return Format.AVIF
    if not (_HEIC_BRANDS | SEQUENCE_BRANDS).isdisjoint(brands) or brands[:1] == [b"mif1"]:
        return Format.HEIC
    return None


def _has_second_image(data: bytes) -> bool:
    """Walk through a GIF's blocks up to its second image."""
    at = 13 + gif_table_size(data[10:11])
    images = 0
    while at < len(data):
        kind = data[at]
        if kind == _GIF_EXTENSION:
            at += 2
        elif kind == _GIF_IMAGE:
            images += 1
            if images == 2:
                return True
            at += 11 + gif_table_size(data[at + 9 : at + 10])
        else:
            break
        while at < len(data) and data[at]:
            at += data[at] + 1
        at += 1
    return False


_OPENERS: Final[dict[Format, Callable[[bytes], ImageFile]]] = {
    Format.JPEG: open_jpeg,
    Format.PNG: open_png,
    Format.WEBP: open_webp,
    Format.BMP: open_bmp,
    Format.TIFF: open_tiff,
    Format.GIF: open_gif,
    Format.AVIF: open_avif,
    Format.HEIC: open_heic,
}
