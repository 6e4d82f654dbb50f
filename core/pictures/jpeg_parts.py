"""Finds where a JPEG's picture ends, and how much of it is there if the file breaks off."""

from __future__ import annotations

import re
import struct
from dataclasses import dataclass, field
from io import BytesIO
from typing import TYPE_CHECKING, Final, cast

from PIL import Image, JpegImagePlugin

from core.pictures.missing_rows import equal_rows, keep_top, kept_rows, may_measure
from core.pictures.notes import Note, add_note
from core.pictures.picture_errors import TruncatedPictureError, UnknownFormatError

if TYPE_CHECKING:
    from PIL._imaging import PixelAccess
    from PIL.ImageFile import ImageFile

MAX_JPEG_SCANS: Final = 200
"""Encoders write 1 to 20 scans. Each costs a pass over all pixels, so a file with thousands is an attack."""

# Within entropy-coded data a zero follows each 0xFF, and restart markers (D0 to D7) are a part of it.
_MARKER: Final = re.compile(rb"\xff[^\x00\xff\xd0-\xd7]")
_BARE_MARKERS: Final = frozenset({0x01, 0xD8})
_START_OF_SCAN: Final = 0xDA
_END_OF_IMAGE: Final = 0xD9
_END: Final = b"\xff\xd9"
# Huffman and arithmetic coding; baseline, extended and progressive (ITU-T T.81, table B.1).
_FRAMES: Final = frozenset({0xC0, 0xC1, 0xC2, 0xC9, 0xCA})
_PROGRESSIVE: Final = frozenset({0xC2, 0xCA})
_FRAMES_NOT_READ: Final = frozenset({0xC3, 0xC5, 0xC6, 0xC7, 0xCB, 0xCD, 0xCE, 0xCF})
_GARBAGE: Final = bytes(1 + 37 * i % 254 for i in range(400))
_GRAY: Final = 128
_FINE_ENOUGH: Final = 1


@dataclass(slots=True)
class _Frame:
    """What T.81 calls a frame: the picture's header and its scans."""

    height_at: int
    height: int
    components: bytes
    is_progressive: bool
    scans: list[_Scan] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class _Scan:
    components: bytes
    coefficients: range
    low_bit: int


class JpegPicture(JpegImagePlugin.JpegImageFile):
    """A JPEG with an end marker that may have come too early.

    Attributes:
        frame: Its frame; None if it is known how many rows are there.
    """

    frame: _Frame | None = None

    def load(self) -> PixelAccess | None:
        """Decode the pixels, once; leave out the rows that a decoder has filled with gray."""
        frame, self.frame = self.frame, None
        whole = cast("BytesIO", self.fp).getvalue() if frame is not None else b""
        super().load()
        if frame is not None and self._ends_in_gray():
            rows = kept_rows(_rows_there(whole, frame), frame.height)
            if rows < frame.height:
                # It may have been decoded at a part of its size.
                keep_top(self, max(1, rows * self.height // frame.height))
        return Image.Image.load(self)

    def _ends_in_gray(self) -> bool:
        last = self.getpixel((self.width - 1, self.height - 1))
        return last in {_GRAY, (_GRAY,) * 3}


def open_jpeg(data: bytes) -> ImageFile:
    """Open the picture alone: without what others appended, with its end marker, and without the rows that are missing.

    Raises:
        TruncatedPictureError: Too little of the picture is there, or it has too many scans.
        UnknownFormatError: It is lossless, hierarchical or deeper than 8 bits.
    """
    frame, end, complete = _walk(data)
    if frame is None or not frame.scans or len(frame.scans) > MAX_JPEG_SCANS:
        raise TruncatedPictureError
    whole = data[:end].rstrip(b"\xff") + _END
    image = JpegPicture(BytesIO(whole))
    if not may_measure(*image.size):
        return image
    if complete:
        image.frame = frame
        return image
    rows, note = _rows_there(whole, frame), Note.CUT_OFF
    if rows < frame.height and _reaches(frame.scans[:-1], frame, _FINE_ENOUGH):
        rows, note = frame.height, Note.LESS_DETAIL
    elif rows == frame.height:
        return image
    rows = kept_rows(rows, frame.height)
    at = frame.height_at
    image = JpegPicture(BytesIO(whole[:at] + struct.pack(">H", rows) + whole[at + 2 :]))
    add_note(image, note)
    return image


def _walk(data: bytes) -> tuple[_Frame | None, int, bool]:
    """Go from marker to marker.

    Returns:
        The frame; where the picture's data ends; whether an end marker follows.
    """
    frame: _Frame | None = None
    position = 2
    while marker := _MARKER.search(data, position):
        at, kind = marker.start(), data[marker.start() + 1]
        if kind == _END_OF_IMAGE:
            return frame, at, True
        if kind in _BARE_MARKERS:
            position = at + 2
            continue
        position = at + 2 + int.from_bytes(data[at + 2 : at + 4], "big")
        if position > len(data) or at + 4 > len(data):
            return frame, at, False
        body = data[at + 4 : position]
        if kind in _FRAMES_NOT_READ or (kind in _FRAMES and body[:1] != b"\x08"):
            raise UnknownFormatError
        if kind in _FRAMES and frame is None:
            height = int.from_bytes(body[1:3], "big")
            frame = _Frame(at + 5, height, body[6::3], kind in _PROGRESSIVE)
        if kind == _START_OF_SCAN and frame is not None:
            count = body[0]
            first, last, bits = body[1 + 2 * count : 4 + 2 * count]
            if not frame.is_progressive:
                # Each scan has everything, and decoders overlook it where a header says otherwise.
                first, last, bits = 0, 63, 0
            frame.scans.append(
                _Scan(body[1 : 1 + 2 * count : 2], range(first, last + 1), bits & 15)
            )
    return frame, len(data), False


def _reaches(scans: list[_Scan], frame: _Frame, low_bit: int) -> bool:
    """Whether the scans have every coefficient of every component, down to this bit."""
    found = {
        (component, coefficient)
        for scan in scans
        if scan.low_bit <= low_bit
        for component in scan.components
        for coefficient in scan.coefficients
    }
    return all((component, i) in found for component in frame.components for i in range(64))


def _rows_there(whole: bytes, frame: _Frame) -> int:
    """The rows that do not depend on how the data goes on where it breaks off: decode it with two continuations."""
    if not _reaches(frame.scans, frame, 0):
        return 0  # Whole scans are missing.
    first = JpegImagePlugin.JpegImageFile(BytesIO(whole))
    second = JpegImagePlugin.JpegImageFile(BytesIO(whole[:-2] + _GARBAGE + _END))
    rows = equal_rows(first, second)
    # Where colours have half the resolution, they are interpolated with the row below.
    return rows + 1 if rows % 8 == 7 else rows
