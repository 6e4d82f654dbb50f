"""Real files of every format, and ways to damage them."""

from __future__ import annotations

import functools
import struct
import zlib
from dataclasses import dataclass
from io import BytesIO
from typing import TYPE_CHECKING, Any

import imagecodecs
import numpy as np
import tifffile
from PIL import Image

from tests.auxil.chunks import SIGNATURE, chunk, png_of, with_chunks
from tests.auxil.pictures import (
    animated_bytes,
    encode,
    exif_bytes,
    heic_bytes,
    jpeg_bytes,
    photo,
    png_bytes,
    swapped_profile,
)

if TYPE_CHECKING:
    import random

KINDS = ("overwrite", "insert", "delete", "repeat", "cut", "fill", "splice", "checksums")
EXTREMES = [
    b"\0",
    b"\xff",
    b"\x7f",
    b"\x80",
    b"\xff\xff",
    b"\x7f\xff",
    b"\0\0\0\0",
    b"\xff\xff\xff\xff",
    b"\x7f\xff\xff\xff",
    b"\xff\xff\xff\x7f",
    b"\0\0\0\1",
    b"\1\0\0\0",
]


@dataclass(frozen=True)
class Damage:
    """One way in which a file is damaged.

    Attributes:
        kind: One of ``KINDS``.
        where: From 0, the file's beginning, to 1, its end.
        value: What is written, or how much is taken.
    """

    kind: str
    where: float
    value: bytes


@functools.cache
def corpus() -> dict[str, bytes]:
    """Small files of every format and of many kinds of each."""
    picture, clear = photo(seed=3), photo(seed=4).convert("RGBA")
    clear.putalpha(Image.linear_gradient("L").resize(clear.size))
    deep = np.asarray(picture).astype(np.uint16) * 257
    exif = exif_bytes(orientation=6, gps=True)
    heic = heic_bytes(picture)
    return {
        **{name: encode(picture, name) for name in ("JPEG", "PNG", "WEBP", "BMP", "GIF", "AVIF")},
        "jpeg progressive": jpeg_bytes(picture, progressive=True, exif=exif),
        "jpeg inks": jpeg_bytes(picture.convert("CMYK")),
        "jpeg profile": jpeg_bytes(picture, icc_profile=swapped_profile()),
        "jpeg cut": jpeg_bytes(picture)[:-40],
        "png palette": png_bytes(picture.quantize(), transparency=3, icc_profile=swapped_profile()),
        "png 16": png_of(deep, chunk(b"tRNS", struct.pack(">3H", 1, 2, 3))),
        "png gray 16": png_of(deep[..., 0], chunk(b"tRNS", b"\0\1")),
        "png alpha": png_bytes(clear, exif=exif),
        "png hdr": png_of(deep, chunk(b"cICP", bytes([9, 16, 0, 1]))),
        "png side chunks": with_chunks(
            png_bytes(picture),
            chunk(b"gAMA", struct.pack(">I", 45_455)),
            chunk(b"cHRM", struct.pack(">8I", *([31_270, 32_900] * 4))),
            chunk(b"zTXt", b"note\0\0" + zlib.compress(bytes(1000))),
        ),
        "apng": animated_bytes("PNG"),
        "gif interlaced": encode(picture, "GIF", interlace=1, transparency=0),
        "gif animated": animated_bytes("GIF"),
        "webp lossless": encode(clear, "WEBP", lossless=True, exif=exif),
        "webp alpha": encode(clear, "WEBP", icc_profile=swapped_profile()),
        "webp cut": encode(picture, "WEBP")[:-30],
        "bmp palette": encode(picture.quantize(), "BMP"),
        "bmp alpha": encode(clear, "BMP"),
        "avif alpha": encode(clear, "AVIF"),
        "avif hdr": bytes(
            imagecodecs.avif_encode(deep // 64, bitspersample=10, primaries=9, transfer=16)
        ),
        "heic": heic,
        "heic alpha": heic_bytes(clear),
        "tiff inks": encode(picture.convert("CMYK"), "TIFF"),
        "tiff bits": encode(picture.convert("1"), "TIFF", compression="group4"),
        "tiff group 3": encode(picture.convert("1"), "TIFF", compression="group3"),
        "tiff pages": encode(picture, "TIFF", save_all=True, append_images=[photo(seed=1)]),
        **{
            f"tiff {name}": _tiff(deep if depth == 16 else np.asarray(picture), **options)
            for name, depth, options in _TIFFS
        },
    }


_TIFFS: list[tuple[str, int, dict[str, Any]]] = [
    ("raw", 8, {}),
    ("raw 16", 16, {"byteorder": ">"}),
    ("big", 8, {"bigtiff": True}),
    ("tiles", 8, {"tile": (32, 48), "compression": "lzw", "predictor": True}),
    ("deflate", 16, {"compression": "deflate", "predictor": True, "rowsperstrip": 10}),
    ("packbits", 8, {"compression": "packbits"}),
    ("zstd", 8, {"compression": "zstd"}),
    ("lzma", 8, {"compression": "lzma"}),
    ("jpeg", 8, {"compression": "jpeg", "tile": (32, 48)}),
]


def _tiff(samples: Any, **options: Any) -> bytes:
    file = BytesIO()
    tifffile.imwrite(file, samples, photometric="rgb", metadata=None, **options)
    return file.getvalue()


def random_damage(chance: random.Random) -> list[Damage]:
    """A few damages; most are near the beginning, where headers are."""
    return [
        Damage(
            chance.choice(KINDS),
            chance.random() ** chance.choice((1, 1, 3)),
            chance.choice(
                (chance.choice(EXTREMES), chance.randbytes(chance.choice((1, 2, 4, 16))))
            ),
        )
        for _ in range(chance.choice((1, 1, 2, 3, 8)))
    ]


def damaged(data: bytes, damages: list[Damage]) -> bytes:
    """The file with these damages, one after the other."""
    for damage in damages:
        at, value = int(damage.where * len(data)), damage.value
        size = int.from_bytes(value[:2], "little") % 300 + 1
        before, part, behind = data[:at], data[at : at + size], data[at + size :]
        match damage.kind:
            case "overwrite":
                data = before + value + data[at + len(value) :]
            case "insert":
                data = before + value + part + behind
            case "delete":
                data = before + behind
            case "repeat":
                data = before + part * (value[0] % 8 + 2) + behind
            case "cut":
                data = before
            case "fill":
                data = before + value[:1] * len(part) + behind
            case "splice":
                names = sorted(corpus())
                other = corpus()[names[value[0] % len(names)]]
                data = before + other[int(damage.where * len(other)) :]
            case _:
                data = with_right_checksums(data)
    return data


def with_right_checksums(data: bytes) -> bytes:
    """A PNG whose chunks have right checksums, so that what is in them gets further; other files as they are."""
    if not data.startswith(SIGNATURE):
        return data
    chunks, position = [SIGNATURE], len(SIGNATURE)
    while position + 12 <= len(data):
        size, kind = struct.unpack_from(">I4s", data, position)
        chunks.append(chunk(kind, data[position + 8 : position + 8 + size]))
        position += 12 + size
    return b"".join(chunks)
