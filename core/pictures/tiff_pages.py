"""Reads the first page of a TIFF, however its samples are laid out, or says that it is a kind that is not read.

``tifffile`` unpacks strips and tiles. What the samples mean is decided here (TIFF 6.0; section numbers below are its).
"""

from __future__ import annotations

import math
from io import BytesIO
from typing import TYPE_CHECKING, Final

import imagecodecs
import numpy as np
import tifffile
from PIL import Image, ImageFile
from PIL.ExifTags import Base

from core.pictures.missing_rows import kept_rows, may_measure
from core.pictures.notes import Note, add_note
from core.pictures.picture_errors import (
    TooCostlyError,
    TruncatedPictureError,
    UnknownFormatError,
    UnreadTiffError,
)
from core.pictures.tiff_samples import Meaning, Photometric, picture_of

if TYPE_CHECKING:
    from PIL._imaging import PixelAccess
    from tifffile import TiffFile, TiffPage

    from core.pictures.tiff_samples import Samples

_MAX_BYTES: Final = 420_000_000
"""Bytes of all samples in memory. 50 megapixels of RGBA in 16 bits need 400 million."""
_MAX_SEGMENTS: Final = 100_000
_MAX_SAMPLES: Final = 32
_COMPRESSIONS: Final = frozenset({1, 2, 3, 4, 5, 7, 8, 32773, 32946, 34925, 50000})
"""None, CCITT (3 kinds), LZW, JPEG, Deflate, PackBits, Deflate by its old number, LZMA, Zstandard."""
_UNCOMPRESSED, _JPEG = 1, 7
_SEPARATE_PLANES: Final = 2
_ASSOCIATED, _UNASSOCIATED = 1, 2
_PHOTOMETRIC, _INK_SET, _PROFILE = 262, 332, 34675
_SUBSAMPLING, _REFERENCE_BLACK_WHITE = 530, 532
_CMYK: Final = 1


class TiffPicture(ImageFile.ImageFile):
    """The first page of a TIFF file."""

    format = "TIFF"
    _page: TiffPage

    def _open(self) -> None:
        assert self.fp is not None  # noqa: S101 - the constructor's argument
        tiff = tifffile.TiffFile(self.fp)
        self._page = page = tiff.pages.first
        # A raw photo (DNG, NEF) is a TIFF whose first page is a thumbnail. Nobody means to send that.
        if page.is_reduced:
            raise UnknownFormatError
        self._size = (page.imagewidth, page.imagelength)
        self._meaning = _meaning(page)
        self._mode = self._meaning.photometric.mode
        if isinstance(profile := page.tags.valueof(_PROFILE), bytes):
            self.info["icc_profile"] = profile
        if _has_second_page(tiff):
            add_note(self, Note.FIRST_PAGE)

    def getexif(self) -> Image.Exif:
        """The orientation alone."""
        exif = Image.Exif()
        exif[Base.Orientation] = self._page.tags.valueof(Base.Orientation, 1)
        return exif

    def load(self) -> PixelAccess | None:
        """Decode the pixels, once."""
        if self._im is None:
            _check_cost(self._page)
            samples, rows = _unpacked(self._page)
            if rows < self.height:
                samples = samples[: kept_rows(rows, self.height)]
                add_note(self, Note.CUT_OFF)
            picture = picture_of(samples, self._meaning)
            self.im, self._mode, self._size = picture.im, picture.mode, picture.size
        return Image.Image.load(self)


def open_tiff(data: bytes) -> ImageFile.ImageFile:
    """Open the first page.

    Raises:
        UnreadTiffError: It is a kind of TIFF that is not read.
        UnknownFormatError: It is a raw photo.
    """
    return TiffPicture(BytesIO(data))


def load_codecs() -> None:
    """Import what ``imagecodecs`` unpacks; otherwise that happens when the first file of its kind is read."""
    for number in _COMPRESSIONS - {_UNCOMPRESSED}:
        tifffile.TIFF.DECOMPRESSORS[number]
    for number in (2, 3):
        tifffile.TIFF.UNPREDICTORS[number]
    assert imagecodecs.JPEG8.available  # noqa: S101 - asking imports it
    assert imagecodecs.AVIF.available  # noqa: S101
    imagecodecs.bitorder_decode(b"")
    imagecodecs.packints_decode(b"\0", np.uint8, 4)


def _meaning(page: TiffPage) -> Meaning:
    """What the page's samples mean.

    Raises:
        UnreadTiffError: It is not read: samples of unequal depth, complex numbers, several layers, other inks and more.
    """
    number = page.tags.valueof(_PHOTOMETRIC, Photometric.RGB if page.samplesperpixel >= 3 else None)
    try:
        photometric = Photometric(number)
    except ValueError as error:
        raise UnreadTiffError from error
    if photometric is Photometric.YCBCR and _is_converted(page):
        photometric = Photometric.RGB
    bits, count, dtype = page.bitspersample, page.samplesperpixel, page.dtype
    lab = photometric in {Photometric.CIELAB, Photometric.ICCLAB}
    readable = (
        page.compression in _COMPRESSIONS
        and dtype is not None
        and (dtype.kind in "buf" or dtype == np.int32)
        and page.imagedepth == 1
        and photometric.samples <= count <= _MAX_SAMPLES
        and (page.compression != _JPEG or bits == 8)
        and (photometric is not Photometric.YCBCR or (count == 3 and _is_plain_ycbcr(page)))
        and (not lab or (bits in {8, 16} and dtype.kind == "u" and count == 3))
        and (photometric is not Photometric.INKS or page.tags.valueof(_INK_SET, _CMYK) == _CMYK)
    )
    colours = None
    if photometric is Photometric.PALETTE:
        colours = page.colormap
        readable = readable and bits <= 16 and colours is not None
    if not readable or not _is_unpacked(page):
        raise UnreadTiffError
    extra = page.extrasamples
    if not extra and count == photometric.samples + 1 and photometric.mode in {"L", "RGB"}:
        extra = (_UNASSOCIATED,)
    kinds = dict(zip(extra, range(photometric.samples, count), strict=False))
    alpha = kinds.get(_UNASSOCIATED, kinds.get(_ASSOCIATED))
    associated = _UNASSOCIATED not in kinds
    return Meaning(photometric, bits, colours, alpha, associated=associated)


def _is_converted(page: TiffPage) -> bool:
    """Whether the JPEG decoder makes RGB of YCbCr; it does so with all planes at once. Nothing else here does."""
    return page.compression == _JPEG and page.planarconfig != _SEPARATE_PLANES


def _is_plain_ycbcr(page: TiffPage) -> bool:
    """Whether YCbCr has every colour for every pixel, over the full range (section 21)."""
    whole_range = (0, 1, 255, 1, 128, 1, 255, 1, 128, 1, 255, 1)
    return (
        page.bitspersample == 8
        and page.compression != _JPEG
        and page.tags.valueof(_SUBSAMPLING) == (1, 1)
        and page.tags.valueof(_REFERENCE_BLACK_WHITE, whole_range) == whole_range
    )


def _is_unpacked(page: TiffPage) -> bool:
    """Whether tifffile unpacks such strips or tiles; if not, its decoder raises whatever it is given."""
    try:
        page.decode(None, 0)
    except Exception:  # noqa: BLE001 - ValueError, NotImplementedError and others
        return False
    return True


def _has_second_page(tiff: TiffFile) -> bool:
    """Whether another page follows that is no smaller copy and no mask."""
    try:
        second = tiff.pages[1].aspage()
    except Exception:  # noqa: BLE001 - there is none, or it is damaged
        return False
    return not second.is_reduced and not second.is_mask


def _check_cost(page: TiffPage) -> None:
    """Refuse more samples than fit, and tiles much larger than the picture: each is decoded as a whole.

    Raises:
        TooCostlyError: There are too many.
        TruncatedPictureError: The tiles do not fit the picture.
    """
    assert page.dtype is not None  # noqa: S101 - checked when opened
    pixels, depth = page.imagewidth * page.imagelength, page.dtype.itemsize
    if page.is_tiled and page.tilewidth * page.tilelength > 4 * pixels + 2**22:
        raise TruncatedPictureError
    if not may_measure(page.imagewidth, page.imagelength):
        return
    if (
        pixels * page.samplesperpixel * depth > _MAX_BYTES
        or math.prod(page.chunked) > _MAX_SEGMENTS
    ):
        raise TooCostlyError


def _unpacked(page: TiffPage) -> tuple[Samples, int]:
    """All samples, and how many rows of them are there from the top.

    Returns:
        (height, width, samples of a pixel) in the file's own depth, in this machine's byte order; the rows.
    """
    height, width = page.imagelength, page.imagewidth
    samples = np.zeros((height, width, page.samplesperpixel), page.dtype)
    tables = {"jpegtables": page.jpegtables} if page.compression == _JPEG else {}
    rows, file = height, page.parent.filehandle
    segments = list(zip(page.dataoffsets, page.databytecounts, strict=False))
    for index in range(math.prod(page.chunked)):
        offset, size = segments[index] if index < len(segments) else (0, 0)
        _, (plane, _, top, left, _), shape = page.decode(None, index)
        file.seek(offset)
        packed = file.read(min(size, file.size))
        try:
            segment, _, _ = page.decode(packed, index, **tables)
        except MemoryError:
            raise
        except NotImplementedError as error:
            raise UnreadTiffError from error
        except Exception:  # noqa: BLE001 - a damaged strip or tile raises anything
            segment, there = _part_of_strip(page, packed, index, shape)
            rows = min(rows, top + there)
        if segment is None:
            continue
        part = segment[0, : height - top, : width - left]
        bands = slice(plane, plane + 1) if page.planarconfig == _SEPARATE_PLANES else slice(None)
        samples[top : top + part.shape[0], left : left + part.shape[1], bands] = part
    return samples, rows


def _part_of_strip(
    page: TiffPage, packed: bytes, index: int, shape: tuple[int, ...]
) -> tuple[Samples | None, int]:
    """What there is of a strip that breaks off, and how many rows: all that an uncompressed one has, else none."""
    _, length, width, count = shape
    row = -(-width * count * page.bitspersample // 8)
    if page.compression != _UNCOMPRESSED or page.is_tiled or page.predictor != 1:
        return None, 0
    segment, _, _ = page.decode(packed.ljust(row * length, b"\0"), index)
    return segment, len(packed) // row
