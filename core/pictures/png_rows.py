"""The rows of a PNG: how many bytes they have, and how many of them are there if the file breaks off."""

from __future__ import annotations

import math
import struct
import zlib
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from core.pictures.missing_rows import kept_rows
from core.pictures.picture_errors import TruncatedPictureError

if TYPE_CHECKING:
    from collections.abc import Iterator

GRAY, RGB, PALETTE = 0, 2, 3
SAMPLES: Final = {GRAY: 1, RGB: 3, PALETTE: 1, 4: 2, 6: 4}
"""Samples of a pixel by colour type."""

_BLOCK: Final = 1 << 18
# Where each pass of an interlaced picture starts and how far its steps are: x, y, step of x, step of y.
_PASSES: Final = (
    (0, 0, 8, 8),
    (4, 0, 8, 8),
    (0, 4, 4, 8),
    (2, 0, 4, 4),
    (0, 2, 2, 4),
    (1, 0, 2, 2),
    (0, 1, 1, 2),
)
_WHOLE: Final = ((0, 0, 1, 1),)


@dataclass(slots=True)
class PngHeader:
    """What the header chunk (IHDR) says.

    Attributes:
        width: In pixels.
        height: In pixels.
        depth: Bits of a sample.
        colour_type: Gray, RGB, palette, gray with alpha or RGB with alpha.
        rest: The bytes that follow: compression, filter, interlace.
    """

    width: int
    height: int
    depth: int
    colour_type: int
    rest: bytes

    @classmethod
    def read(cls, body: bytes) -> PngHeader:
        """Read the chunk's body.

        Raises:
            TruncatedPictureError: It makes no sense.
        """
        width, height, depth, colour_type = struct.unpack_from(">IIBB", body)
        if not width or not height or colour_type not in SAMPLES:
            raise TruncatedPictureError
        return cls(width, height, depth, colour_type, body[10:])

    @property
    def interlaced(self) -> bool:
        """Whether the pixels come in seven passes, each finer than the one before."""
        return self.rest[2:3] == b"\1"

    @property
    def raw_size(self) -> int:
        """Bytes of all rows, before they are compressed."""
        return sum(rows * size for rows, size in self.passes())

    def body(self, rows: int) -> bytes:
        """The chunk's body for a picture of this many rows."""
        return struct.pack(">IIBB", self.width, rows, self.depth, self.colour_type) + self.rest

    def passes(self) -> list[tuple[int, int]]:
        """(rows, bytes of a row with its filter) of each pass."""
        found = []
        for x, y, step_x, step_y in _PASSES if self.interlaced else _WHOLE:
            columns = math.ceil((self.width - x) / step_x)
            rows = math.ceil((self.height - y) / step_y)
            if columns > 0 and rows > 0:
                bits = columns * self.depth * SAMPLES[self.colour_type]
                found.append((rows, 1 + math.ceil(bits / 8)))
        return found


def inflated_size(packed: bytes, expected: int) -> tuple[int, bool]:
    """How many bytes come out, at most as many as expected; and whether they all do and their checksum is right."""
    size, stream = 0, zlib.decompressobj()
    try:
        for piece in _inflated(stream, packed):
            size += len(piece)
            if size > expected + _BLOCK:
                break
    except zlib.error:
        return min(size, expected), False
    return min(size, expected), stream.eof and size >= expected


def _inflated(stream: zlib._Decompress, packed: bytes) -> Iterator[bytes]:
    """What comes out, a block at a time; only a block is in memory.

    Raises:
        zlib.error: The data is damaged.
    """
    for start in range(0, len(packed), _BLOCK):
        rest = packed[start : start + _BLOCK]
        while rest and not stream.eof:
            yield stream.decompress(rest, _BLOCK)
            rest = stream.unconsumed_tail


def padded(packed: bytes, expected: int) -> bytes:
    """The same, compressed, with zeros for what is missing."""
    squeeze, size, parts = zlib.compressobj(1), 0, []
    with suppress(zlib.error):
        for piece in _inflated(zlib.decompressobj(), packed):
            parts.append(squeeze.compress(piece))
            size += len(piece)
    parts.extend(
        squeeze.compress(bytes(min(_BLOCK, expected - start)))
        for start in range(size, expected, _BLOCK)
    )
    return b"".join((*parts, squeeze.flush()))


def first_missing_row(header: PngHeader, there: int) -> int:
    """The first missing row of an interlaced picture, whose last pass is every second row.

    Raises:
        TruncatedPictureError: Less than nine tenths of the rows are there.
    """
    *before, (rows, size) = header.passes()
    last = (there - sum(rows * size for rows, size in before)) // size
    if len(before) < len(_PASSES) - 1 or last < 0:
        raise TruncatedPictureError
    kept_rows(header.height - rows + last, header.height)
    return 2 * last + 1
