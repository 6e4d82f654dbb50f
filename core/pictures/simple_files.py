"""Opens BMP, GIF and WebP, and makes a smaller picture of a file that breaks off."""

from __future__ import annotations

import struct
from io import BytesIO
from typing import TYPE_CHECKING, Final

from PIL import BmpImagePlugin, GifImagePlugin, Image, WebPImagePlugin

from core.pictures.missing_rows import equal_rows, keep_top, kept_rows, may_measure
from core.pictures.notes import Note, add_note

if TYPE_CHECKING:
    from collections.abc import Sequence

    from PIL._imaging import ImagingCore, PixelAccess
    from PIL.ImageFile import ImageFile

_BMP_HEADER, _SHORT_HEADER = 14, 12
_CONTINUATIONS: Final = (b"", b"\x55\x0f\xa3", b"\xff" * 6, bytes(range(1, 40)))
_MORE: Final = 4000
"""Bytes of a continuation beyond what is missing: others may need more of it."""
_GIF_PASSES: Final = ((0, 8), (4, 8), (2, 4), (1, 2))
_MAX_CODE_BITS: Final = 12
_WEBP_METADATA: Final = 0x0C
"""The flags for EXIF and XMP, which come behind the pixels."""


class BmpPicture(BmpImagePlugin.BmpImageFile):
    """A BMP whose fourth bytes are no alpha if they are all zero: Windows leaves them so on screenshots."""

    def load(self) -> PixelAccess | None:
        """Decode the pixels, once."""
        super().load()
        if self.mode == "RGBA" and self.im.getband(3).getextrema() == (0, 0):
            self.im = self.im.convert("RGB")
            self._mode = "RGB"
        return Image.Image.load(self)


class GifPicture(GifImagePlugin.GifImageFile):
    """A GIF that loses the rows which are missing.

    Attributes:
        is_cut: Whether the file breaks off, and was completed with zeros.
    """

    is_cut = False

    def load(self) -> PixelAccess | None:
        """Decode the pixels, once."""
        cut, self.is_cut = self.is_cut, False
        arguments = self.tile[0].args if cut else ()
        super().load()
        if cut:
            interlaced = isinstance(arguments, tuple) and bool(arguments[1])
            self._leave_out_missing_rows(interlaced=interlaced)
        return Image.Image.load(self)

    def _leave_out_missing_rows(self, *, interlaced: bool) -> None:
        width, height = self.size
        order = list(range(height))
        if interlaced:
            order = [y for start, step in _GIF_PASSES for y in range(start, height, step)]
        # What is behind the last value that is not zero is missing, and that row is not complete.
        filled = (i for i in range(height - 1, -1, -1) if self._row(order[i]).getbbox())
        there = kept_rows(next(filled, 0), height)
        if interlaced:
            for y in order[there:]:
                self.im.paste(self._row(y - 1), (0, y, width, y + 1))
            add_note(self, Note.LESS_DETAIL)
        else:
            keep_top(self, there)

    def _row(self, y: int) -> ImagingCore:
        row: ImagingCore = self.im.crop((0, y, self.width, y + 1))
        return row


class WebpPicture(WebPImagePlugin.WebPImageFile):
    """A WebP that loses the rows which depend on how its data goes on.

    Attributes:
        continued: The same file with other continuations; empty for a whole one.
    """

    continued: Sequence[bytes] = ()

    def load(self) -> PixelAccess | None:
        """Decode the pixels, once."""
        super().load()
        if self.continued:
            continued, self.continued = self.continued, ()
            others = [WebPImagePlugin.WebPImageFile(BytesIO(data)) for data in continued]
            rows = min(equal_rows(self, other) for other in others)
            keep_top(self, kept_rows(rows, self.height))
        return Image.Image.load(self)


def open_bmp(data: bytes) -> ImageFile:
    """Open a BMP; of uncompressed pixels that break off, the rows that are there.

    Raises:
        TruncatedPictureError: Less than nine tenths of the rows are there.
    """
    image = BmpPicture(BytesIO(data))
    if profile := _bmp_profile(data):
        image.info["icc_profile"] = profile
    tile = image.tile[0]
    if tile.codec_name != "raw" or not isinstance(tile.args, tuple):
        return image
    _, stride, direction = tile.args
    there = (len(data) - tile.offset) // stride
    if there >= image.height:
        return image
    # The rows go upwards unless the height is negative. So usually it is the top that is missing.
    rows = kept_rows(there, image.height)
    at, size = (22, 4) if data[_BMP_HEADER] > _SHORT_HEADER else (20, 2)
    height = struct.pack("<i", rows if direction < 0 else -rows)[:size]
    cut = BmpPicture(BytesIO(data[:at] + height + data[at + size :]))
    cut.info.update(image.info)
    add_note(cut, Note.CUT_OFF)
    return cut


def _bmp_profile(data: bytes) -> bytes | None:
    """The embedded ICC profile; only the fifth version of the header (124 bytes) has a place for one."""
    header = data[_BMP_HEADER:]
    if len(header) < 124 or header[0] < 124 or header[56:60] != b"DEBM":
        return None
    start, size = struct.unpack_from("<II", header, 112)
    return header[start : start + size]


def open_gif(data: bytes) -> ImageFile:
    """Open a GIF; if it breaks off, it goes on with the first colour of its palette until ``load``."""
    completed = _completed_gif(data)
    image = GifPicture(BytesIO(completed or data))
    image.is_cut = completed is not None
    return image


def open_webp(data: bytes) -> ImageFile:
    """Open a WebP; if it breaks off, the rows that are there."""
    whole = [_completed_webp(data, continuation) for continuation in _CONTINUATIONS]
    image = WebpPicture(BytesIO(whole[0] or data))
    if may_measure(*image.size):
        image.continued = [data for data in whole[1:] if data]
    return image


def _completed_gif(data: bytes) -> bytes | None:
    """A GIF that breaks off within its first frame (GIF89a, 20 to 22), with zeros behind; None if it does not.

    In whatever way the data is aligned, zeros mean the first colour. A picture of which less than nine tenths are there
    gets too few of them.
    """
    position = 13 + gif_table_size(data[10:11])
    while data[position : position + 1] == b"!":
        position = _last_block(data, position + 2) + 1
    frame = data[position : position + 10]
    if len(frame) < 10 or frame[:1] != b"," or frame[1:9] != bytes(4) + data[6:10]:
        return None
    last = _last_block(data, position + 11 + gif_table_size(frame[9:]))
    if last < len(data) and data[last] == 0:
        return None
    rest = data[last + 1 :]
    width, height = struct.unpack("<HH", frame[5:9])
    blocks = width * height * _MAX_CODE_BITS // 8 // 10 // 255 + 2
    return b"".join(
        (data[:last], bytes([len(rest)]), rest, (b"\xff" + bytes(255)) * blocks, b"\0;")
    )


def gif_table_size(flags: bytes) -> int:
    """Bytes of the colour table that a packed field of a GIF announces."""
    return 3 << (1 + (flags[0] & 7)) if flags and flags[0] & 0x80 else 0


def _last_block(data: bytes, position: int) -> int:
    """Where a chain of blocks has its end; or its last block, if that breaks off."""
    while position < len(data) and data[position]:
        behind = position + 1 + data[position]
        if behind > len(data):
            break
        position = behind
    return position


def _completed_webp(data: bytes, continuation: bytes) -> bytes | None:
    """A WebP that breaks off within its pixels, with a continuation and right sizes (RFC 9649); None if it does not."""
    position = 12
    while position + 8 <= len(data):
        kind, size = struct.unpack_from("<4sI", data, position)
        behind = position + 8 + size + size % 2
        if behind > len(data) and kind in {b"VP8 ", b"VP8L"}:
            missing = behind - len(data)
            if missing > len(data):
                return None
            whole = bytearray(data + continuation + bytes(missing + _MORE))
            whole += bytes(len(whole) % 2)
            struct.pack_into("<I", whole, position + 4, len(whole) - position - 8)
            struct.pack_into("<I", whole, 4, len(whole) - 8)
            if data[12:16] == b"VP8X":
                whole[20] &= ~_WEBP_METADATA
            return bytes(whole)
        position = behind
    return None
