"""Opens HEIC and AVIF, which are ISO media files, with the colour space that their boxes name by numbers.

Boxes: ISO/IEC 14496-12, 4.2; items and their properties: ISO/IEC 23008-12, 9.3.
"""

from __future__ import annotations

from io import BytesIO
from typing import TYPE_CHECKING, Final

import imagecodecs
import numpy as np
from PIL import AvifImagePlugin, Image

from core.pictures.colour_space import Cicp
from core.pictures.picture_errors import AnimatedPictureError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray
    from PIL._imaging import PixelAccess
    from PIL.ImageFile import ImageFile

SEQUENCE_BRANDS: Final = frozenset({b"hevc", b"hevx", b"hevm", b"hevs", b"msf1"})
_STILL_BRANDS: Final = frozenset({b"mif1", b"heic", b"heix"})
_MAX_BOXES: Final = 10_000
_BAND: Final = 256


class HdrAvifPicture(AvifImagePlugin.AvifImageFile):
    """An AVIF of high dynamic range, whose 10 or 12 bits are rounded to 8.

    Pillow cuts them off before it makes RGB of YCbCr, which a tone curve makes visible as stains.

    Attributes:
        file: The file's bytes.
    """

    file: bytes = b""

    def load(self) -> PixelAccess | None:
        """Decode the pixels, once."""
        if not self.tile or not self.file:
            return super().load()
        values, self.tile = imagecodecs.avif_decode(self.file, 0, numthreads=1), []
        if values.dtype == np.uint16:
            twelve = values.max() > 1023 or _has_twelve_bits(self.file)
            values = _rounded(values, 12 if twelve else 10)
        picture = Image.fromarray(values)
        self.file = b""
        self.im, self._mode, self._size = picture.im, picture.mode, picture.size
        return Image.Image.load(self)


def brands_of(data: bytes) -> list[bytes]:
    """The brands that an ISO media file names, the major one first (ISO/IEC 14496-12, 4.3); empty if it is none."""
    if data[4:8] != b"ftyp":
        return []
    box = data[8 : min(int.from_bytes(data[:4], "big"), 256)]
    return [box[i : i + 4] for i in (0, *range(8, len(box), 4))]


def open_heic(data: bytes) -> ImageFile:
    """Open a HEIC's primary picture.

    Raises:
        AnimatedPictureError: It is a sequence without one.
    """
    brands = brands_of(data)
    if brands[0] in SEQUENCE_BRANDS and _STILL_BRANDS.isdisjoint(brands):
        raise AnimatedPictureError
    from pillow_heif import HeifImageFile  # noqa: PLC0415 - loads a codec that few pictures need

    image: ImageFile = HeifImageFile(BytesIO(data))  # type: ignore[no-untyped-call]
    if numbers := image.info.get("nclx_profile"):
        image.info["cicp"] = Cicp(numbers["color_primaries"], numbers["transfer_characteristics"])
    return image


def open_avif(data: bytes) -> ImageFile:
    """Open an AVIF's primary picture."""
    numbers = _colour_numbers(data)
    if numbers is None:
        return AvifImagePlugin.AvifImageFile(BytesIO(data))
    image = HdrAvifPicture(BytesIO(data))
    image.file = data if numbers.is_hdr else b""
    image.info["cicp"] = numbers
    return image


def _colour_numbers(data: bytes) -> Cicp | None:
    """The nclx colour box of the primary item; None if it has none. Pillow does not tell it."""
    for kind, body in _properties(data):
        if kind == b"colr" and body[:4] == b"nclx" and len(body) >= 10:
            return Cicp(int.from_bytes(body[4:6], "big"), int.from_bytes(body[6:8], "big"))
    return None


def _has_twelve_bits(data: bytes) -> bool:
    """Whether the primary item's samples have 12 bits (AV1 Codec ISO Media File Format, 2.3.3)."""
    return any(kind == b"av1C" and body[2:3] and body[2] & 0x20 for kind, body in _properties(data))


def _rounded(values: NDArray[np.uint16], bits: int) -> NDArray[np.uint8]:
    """The same in 8 bits; a few rows at once, since the steps between take memory."""
    rounded = np.empty(values.shape, np.uint8)
    for top in range(0, len(values), _BAND):
        band = values[top : top + _BAND].astype(np.float32) * (255 / (2**bits - 1)) + 0.5
        rounded[top : top + _BAND] = np.minimum(band, 255).astype(np.uint8)
    return rounded


def _properties(data: bytes) -> Iterator[tuple[bytes, bytes]]:
    """The properties (kind, body) of the primary item."""
    meta = _box(data, b"meta")[4:]
    primary = _primary(_box(meta, b"pitm"))
    properties = _box(meta, b"iprp")
    boxes = list(_boxes(_box(properties, b"ipco")))
    for index in _associated(_box(properties, b"ipma"), primary):
        if 0 < index <= len(boxes):
            yield boxes[index - 1]


def _boxes(data: bytes) -> Iterator[tuple[bytes, bytes]]:
    """The boxes (kind, body) that lie side by side."""
    position = 0
    for _ in range(_MAX_BOXES):
        size, kind = int.from_bytes(data[position : position + 4], "big"), data[position + 4 :][:4]
        header = 8
        if size == 1:
            size, header = int.from_bytes(data[position + 8 : position + 16], "big"), 16
        elif size == 0:
            size = len(data) - position
        if size < header or position + header > len(data):
            return
        yield kind, data[position + header : position + size]
        position += size


def _box(data: bytes, kind: bytes) -> bytes:
    """The body of the first box of a kind; empty if there is none."""
    return next((body for found, body in _boxes(data) if found == kind), b"")


def _primary(pitm: bytes) -> int:
    return int.from_bytes(pitm[4:6] if pitm[:1] == b"\0" else pitm[4:8], "big")


def _associated(ipma: bytes, item: int) -> list[int]:
    """The numbers, from 1, of an item's properties (23008-12, 9.3.1)."""
    wide_item, wide_index = ipma[:1] > b"\0", bool(ipma[3:4] > b"\0" and ipma[3] & 1)
    position, width, step = 8, 4 if wide_item else 2, 2 if wide_index else 1
    for _ in range(min(int.from_bytes(ipma[4:8], "big"), _MAX_BOXES)):
        found = int.from_bytes(ipma[position : position + width], "big")
        count = int.from_bytes(ipma[position + width : position + width + 1], "big")
        start, position = position + width + 1, position + width + 1 + step * count
        if found == item:
            mask = 0x7FFF if wide_index else 0x7F
            parts = (ipma[at : at + step] for at in range(start, position, step))
            return [int.from_bytes(part, "big") & mask for part in parts]
    return []
