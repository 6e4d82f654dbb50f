"""Reads a PNG by its chunks: takes what makes up the picture, and leaves side chunks aside, however damaged or large.

The chunks and their meaning: Portable Network Graphics, third edition (W3C).
"""

from __future__ import annotations

import functools
import struct
import zlib
from contextlib import suppress
from dataclasses import dataclass, field
from io import BytesIO
from typing import TYPE_CHECKING, Final, cast

import numpy as np
from PIL import Image, ImageChops, PngImagePlugin

from core.pictures.colour_space import SRGB, Cicp, matrix_profile
from core.pictures.missing_rows import kept_rows, may_measure
from core.pictures.notes import Note, add_note
from core.pictures.picture_errors import TruncatedPictureError
from core.pictures.png_rows import (
    GRAY,
    PALETTE,
    RGB,
    SAMPLES,
    PngHeader,
    first_missing_row,
    inflated_size,
    padded,
)

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from PIL._imaging import PixelAccess
    from PIL.ImageFile import ImageFile

    from core.pictures.colour_space import Chromaticities

_SIGNATURE: Final = b"\x89PNG\r\n\x1a\n"
_CRITICAL: Final = (b"IHDR", b"PLTE", b"IDAT")
_MAX_PROFILE: Final = 16_000_000
"""Bytes of a colour profile. The largest in use, for printing, have a few million."""


@dataclass(slots=True)
class _Chunks:
    """What a PNG file has of the chunks that matter.

    Attributes:
        side: The bodies by kind of all that are not pixels, if their checksums are right.
        pixels: The compressed pixels.
        sure: How many bytes of them come before the first wrong checksum.
    """

    header: PngHeader
    side: dict[bytes, bytes] = field(default_factory=dict)
    pixels: bytearray = field(default_factory=bytearray)
    sure: int = 0


class PngPicture(PngImagePlugin.PngImageFile):
    """A PNG whose transparent value is compared in the file's own depth, and whose missing rows repeat those above."""

    transparent: tuple[int, ...] = ()
    depth: int = 8
    missing_from: int | None = None

    def load(self) -> PixelAccess | None:
        """Decode the pixels, once."""
        if not self.tile:
            return super().load()
        low_bytes = None
        if self.transparent and self.depth == 16 and self.mode == "RGB":
            low_bytes = self._low_bytes()
        super().load()
        if self.transparent:
            self._set_alpha(low_bytes)
        if self.missing_from is not None:
            for y in range(self.missing_from, self.height, 2):
                self.im.paste(self.im.crop((0, y - 1, self.width, y)), (0, y, self.width, y + 1))
        return Image.Image.load(self)

    def _low_bytes(self) -> Image.Image:
        """Of 16-bit RGB Pillow keeps the high bytes; read as little-endian, the low bytes are taken for those."""
        other = PngImagePlugin.PngImageFile(BytesIO(cast("BytesIO", self.fp).getvalue()))
        other.tile = [tile._replace(args="RGB;16L") for tile in other.tile]
        other.load()
        return other

    def _set_alpha(self, low_bytes: Image.Image | None) -> None:
        if self.mode == "I;16":
            values = np.asarray(self)
            alpha = Image.fromarray(
                np.where(values == self.transparent[0], 0, 255).astype(np.uint8)
            )
            bands = [Image.fromarray((values >> 8).astype(np.uint8))]
        else:
            bands = list((self.convert("L") if self.mode == "1" else self).split())
            scale = 255 // (2**self.depth - 1) if self.depth < 8 else 1
            high = [value >> 8 if self.depth == 16 else value * scale for value in self.transparent]
            alpha = _differing(bands, high)
            if low_bytes is not None:
                low = [value & 255 for value in self.transparent]
                alpha = ImageChops.lighter(alpha, _differing(low_bytes.split(), low))
        self.im = Image.merge("LA" if len(bands) == 1 else "RGBA", (*bands, alpha)).im
        self._mode = self.im.mode


def open_png(data: bytes) -> ImageFile:
    """Open a PNG without its side chunks, without the rows that are missing, and of an APNG the first frame.

    Raises:
        TruncatedPictureError: The header or the palette is damaged, or too little of the picture is there.
    """
    chunks = _read(data)
    header, rows, missing_from = chunks.header, chunks.header.height, None
    pixels = bytes(chunks.pixels)
    if may_measure(header.width, header.height):
        there, pixels = _sound_pixels(chunks)
        if there < header.raw_size and header.interlaced:
            missing_from = first_missing_row(header, there)
            pixels = padded(pixels, header.raw_size)
        elif there < header.raw_size:
            rows = kept_rows(there // header.passes()[0][1], header.height)
    image = PngPicture(BytesIO(_written(chunks, rows, pixels)))
    image.missing_from = missing_from
    if missing_from is not None:
        add_note(image, Note.LESS_DETAIL)
    elif rows < header.height:
        add_note(image, Note.CUT_OFF)
    image.depth, image.transparent = header.depth, _transparent(chunks)
    _name_colours(image, chunks.side)
    return image


def _read(data: bytes) -> _Chunks:
    chunks, position, sure = None, len(_SIGNATURE), True
    while position + 8 <= len(data):
        length, kind = struct.unpack_from(">I4s", data, position)
        body = data[position + 8 : position + 8 + length]
        checksum = data[position + 8 + length : position + 12 + length]
        position += 12 + length
        if kind == b"IEND" or not kind.isalpha():
            break
        right = checksum == struct.pack(">I", zlib.crc32(body, zlib.crc32(kind)))
        if kind == b"IDAT" and chunks is not None:
            chunks.pixels += body
            # A chunk that the file's end cuts off has no checksum, and what is there of it is right.
            sure = sure and (right or position > len(data))
            chunks.sure = len(chunks.pixels) if sure else chunks.sure
        elif right and kind == b"IHDR":
            chunks = chunks or _Chunks(PngHeader.read(body))
        elif right and chunks is not None:
            chunks.side.setdefault(kind, body)
        elif kind in _CRITICAL:
            break
        else:
            sure = sure and right
    if chunks is None or (chunks.header.colour_type == PALETTE and b"PLTE" not in chunks.side):
        raise TruncatedPictureError
    return chunks


def _sound_pixels(chunks: _Chunks) -> tuple[int, bytes]:
    """How many bytes of uncompressed rows there are, and the compressed ones.

    Behind a wrong checksum nothing counts, unless the compressed data's own checksum shows that all of it is right.
    """
    expected, pixels = chunks.header.raw_size, bytes(chunks.pixels)
    size, whole = inflated_size(pixels, expected)
    if not whole and chunks.sure < len(pixels):
        pixels = pixels[: chunks.sure]
        size, _ = inflated_size(pixels, expected)
    return size, pixels


def _written(chunks: _Chunks, rows: int, pixels: bytes) -> bytes:
    """A file with the chunks that Pillow needs."""
    header = chunks.header
    kept = [(b"IHDR", header.body(rows))]
    kept += [(kind, chunks.side[kind]) for kind in (b"PLTE", b"eXIf") if kind in chunks.side]
    if header.colour_type == PALETTE and b"tRNS" in chunks.side:
        kept.append((b"tRNS", chunks.side[b"tRNS"]))
    kept += [(b"IDAT", pixels), (b"IEND", b"")]
    return _SIGNATURE + b"".join(
        b"".join(
            (
                struct.pack(">I4s", len(body), kind),
                body,
                struct.pack(">I", zlib.crc32(body, zlib.crc32(kind))),
            )
        )
        for kind, body in kept
    )


def _transparent(chunks: _Chunks) -> tuple[int, ...]:
    """The value that is transparent, in the file's own depth; empty if there is none."""
    body, samples = chunks.side.get(b"tRNS", b""), SAMPLES[chunks.header.colour_type]
    if chunks.header.colour_type not in {GRAY, RGB} or len(body) < 2 * samples:
        return ()
    return struct.unpack_from(f">{samples}H", body)


def _name_colours(image: Image.Image, side: Mapping[bytes, bytes]) -> None:
    """Attach the colour space that counts: the first of cICP, iCCP, sRGB, and gAMA with cHRM (PNG, 4.3)."""
    if len(numbers := side.get(b"cICP", b"")) == 4:
        image.info["cicp"] = Cicp(numbers[0], numbers[1], full_range=numbers[3] != 0)
    elif profile := _profile(side.get(b"iCCP", b"")):
        image.info["icc_profile"] = profile
    elif b"sRGB" not in side and (b"gAMA" in side or b"cHRM" in side):
        gamma = int.from_bytes(side.get(b"gAMA", b"")[:4], "big") / 100_000
        chromaticities = SRGB
        if len(points := side.get(b"cHRM", b"")) == 32:
            chromaticities = cast(
                "Chromaticities", tuple(n / 1e5 for n in struct.unpack(">8I", points))
            )
        with suppress(ValueError):
            image.info["icc_profile"] = matrix_profile(chromaticities, 1 / gamma if gamma else None)


def _profile(body: bytes) -> bytes | None:
    _name, _, packed = body.partition(b"\0")
    try:
        return zlib.decompressobj().decompress(packed[1:], _MAX_PROFILE) or None
    except zlib.error:
        return None


def _differing(bands: Sequence[Image.Image], values: Sequence[int]) -> Image.Image:
    """255 wherever any channel differs from its value, else 0."""
    return functools.reduce(
        ImageChops.lighter,
        (
            band.point([255 * (number != value) for number in range(256)])
            for band, value in zip(bands, values, strict=True)
        ),
    )
