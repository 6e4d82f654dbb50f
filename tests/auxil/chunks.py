"""PNG files put together chunk by chunk, as no library writes them."""

from __future__ import annotations

import struct
import zlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

SIGNATURE = b"\x89PNG\r\n\x1a\n"
GRAY, RGB, GRAY_ALPHA, RGBA = 0, 2, 4, 6


def chunk(kind: bytes, body: bytes, *, right: bool = True) -> bytes:
    """A chunk, with a right checksum or a wrong one."""
    checksum = zlib.crc32(kind + body) ^ (0 if right else 1)
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", checksum)


def with_chunks(data: bytes, *chunks: bytes) -> bytes:
    """A PNG file with further chunks behind its header."""
    return data[:33] + b"".join(chunks) + data[33:]


def png_of(values: NDArray[np.generic], *chunks: bytes) -> bytes:
    """A PNG of 8 or 16 bits.

    Args:
        values: Unsigned, (height, width) for gray, or with 2, 3 or 4 channels behind.
        chunks: They come before the pixels.
    """
    height, width = values.shape[:2]
    channels = 1 if values.ndim == 2 else values.shape[2]
    colour_type = {1: GRAY, 2: GRAY_ALPHA, 3: RGB, 4: RGBA}[channels]
    rows = values.astype(values.dtype.newbyteorder(">")).reshape(height, -1)
    return _file(width, height, 8 * values.itemsize, colour_type, rows, chunks)


def png_of_bits(values: NDArray[np.uint8], bits: int, *chunks: bytes) -> bytes:
    """A gray PNG of 1, 2 or 4 bits, one a value of (height, width)."""
    import numpy as np  # noqa: PLC0415

    height, width = values.shape
    packed = np.packbits(np.unpackbits(values[..., None], axis=-1)[..., 8 - bits :], axis=None)
    return _file(width, height, bits, GRAY, packed.reshape(height, -1), chunks)


def _file(
    width: int, height: int, depth: int, colour_type: int, rows: Any, chunks: tuple[bytes, ...]
) -> bytes:
    header = struct.pack(">IIBBBBB", width, height, depth, colour_type, 0, 0, 0)
    packed = zlib.compress(b"".join(b"\0" + row.tobytes() for row in rows))
    body = (*chunks, chunk(b"IDAT", packed), chunk(b"IEND", b""))
    return SIGNATURE + chunk(b"IHDR", header) + b"".join(body)
