"""Small pictures of every kind, made on the spot."""

from __future__ import annotations

import functools
import struct
import zlib
from io import BytesIO
from typing import TYPE_CHECKING, Any

import numpy as np
import pillow_heif
from PIL import Image, ImageChops, ImageCms

from tests.auxil.chunks import SIGNATURE, chunk, png_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

ORIENTATION = 0x0112
GPS = 0x8825


def photo(width: int = 96, height: int = 72, seed: int = 0) -> Image.Image:
    """A colourful picture with a photo's statistics: less power in fine detail, and least in fine colour.

    Args:
        width: In pixels.
        height: In pixels.
        seed: Another one, another picture.
    """
    random = np.random.default_rng(seed)
    fy, fx = np.fft.fftfreq(height)[:, None], np.fft.rfftfreq(width)[None, :]
    frequency = np.maximum(np.hypot(fy, fx), 1 / max(width, height))

    def waves(exponent: float, deviation: float) -> NDArray[np.float64]:
        spectrum = np.fft.rfft2(random.standard_normal((height, width))) / frequency**exponent
        spectrum[0, 0] = 0
        values: NDArray[np.float64] = np.fft.irfft2(spectrum, s=(height, width))
        values *= deviation / values.std()
        return values

    light = 128 + waves(1.6, 50)
    red, blue = waves(2.5, 45), waves(2.5, 45)
    channels = np.stack([light + red, light - (red + blue) / 2, light + blue], axis=-1)
    return Image.fromarray(np.clip(channels, 0, 255).astype(np.uint8))


def painting(width: int = 80, height: int = 80, seed: int = 1) -> Image.Image:
    """Flat planes of strong colour: a style picture unlike ``photo``."""
    random = np.random.default_rng(seed)
    colours = random.integers(0, 256, (24, 3), dtype=np.uint8)
    centres = random.uniform((0, 0), (height, width), (24, 2))
    y, x = np.mgrid[:height, :width]
    distances = np.hypot(y[..., None] - centres[:, 0], x[..., None] - centres[:, 1])
    return Image.fromarray(colours[distances.argmin(axis=-1)])


def quadrants(width: int = 96, height: int = 72) -> Image.Image:
    """Red, green, blue and white quarters, clockwise from the top left: shows which way up a picture is."""
    image = Image.new("RGB", (width, height), "red")
    half_width, half_height = width // 2, height // 2
    image.paste("green", (half_width, 0, width, half_height))
    image.paste("blue", (half_width, half_height, width, height))
    image.paste("white", (0, half_height, half_width, height))
    return image


def encode(image: Image.Image | None = None, image_format: str = "PNG", **options: Any) -> bytes:
    """Any format Pillow writes; a small photo where no picture is given."""
    file = BytesIO()
    (image or photo()).save(file, image_format, **options)
    return file.getvalue()


def jpeg_bytes(image: Image.Image | None = None, **options: Any) -> bytes:
    """A JPEG file."""
    return encode(image, "JPEG", **{"quality": 92, **options})


def png_bytes(image: Image.Image | None = None, **options: Any) -> bytes:
    """A PNG file."""
    return encode(image, "PNG", **options)


def heic_bytes(
    image: Image.Image | None = None, others: Sequence[Image.Image] = (), **options: Any
) -> bytes:
    """A HEIC file, as phones make them, with further images beside the primary one if there are others."""
    heif = pillow_heif.HeifFile()  # type: ignore[no-untyped-call]
    for each in (image or photo(), *others):
        heif.add_from_pillow(each)
    file = BytesIO()
    heif.save(file, quality=90, **options)
    return file.getvalue()


def heic_sequence_bytes(*, still: bool = False) -> bytes:
    """A HEIC file that calls itself a sequence, with or without a primary picture."""
    brands = b"mif1heicmiaf" if still else b"msf1hevcmiaf"
    return heic_bytes().replace(b"ftypheic\0\0\0\0mif1heicmiaf", b"ftyphevc\0\0\0\0" + brands, 1)


def packed_tiff_bytes(values: NDArray[np.uint16], bits: int) -> bytes:
    """A gray TIFF, uncompressed, whose samples have an odd number of bits.

    Args:
        values: (height, width), of ``bits`` bits.
        bits: 1 to 16. The width times this must be a multiple of 8.
    """
    height, width = values.shape
    every = np.unpackbits(values.astype(">u2").view(np.uint8).reshape(height, width, 2), axis=-1)
    pixels = np.packbits(every[..., 16 - bits :]).tobytes()
    return _tiff(
        [(258, bits), (278, height), (273, 8), (279, len(pixels))], pixels, size=(width, height)
    )


def tiled_tiff_bytes(tile_side: int) -> bytes:
    """A small TIFF that claims to be one tile of this many pixels in height and width."""
    tile = [(322, tile_side), (323, tile_side), (324, 8), (325, 96 * 72)]
    return _tiff([(258, 8), *tile], bytes(96 * 72))


def _tiff(
    entries: Sequence[tuple[int, int]], pixels: bytes, *, size: tuple[int, int] = (96, 72)
) -> bytes:
    """A gray TIFF whose pixels start at byte 8."""
    common = [(256, size[0]), (257, size[1]), (259, 1), (262, 1), (277, 1)]
    entries = sorted([*common, *entries])
    directory = b"".join(struct.pack("<HHII", tag, 4, 1, value) for tag, value in entries)
    header = b"II*\0" + struct.pack("<I", 8 + len(pixels)) + pixels
    return header + struct.pack("<H", len(entries)) + directory + bytes(4)


def animated_bytes(image_format: str, frames: int = 3) -> bytes:
    """An animated GIF, WEBP, PNG or AVIF."""
    first, *others = (photo(seed=seed) for seed in range(frames))
    return encode(first, image_format, save_all=True, append_images=others, duration=100)


def exif_bytes(*, orientation: int = 1, gps: bool = False) -> bytes:
    """EXIF with an orientation and, if asked for, a place."""
    exif = Image.Exif()
    exif[ORIENTATION] = orientation
    exif[0x010F] = "SecretCameraMaker"
    if gps:
        exif.get_ifd(GPS).update({1: "N", 2: (52.0, 31.0, 12.0), 3: "E", 4: (13.0, 24.0, 36.0)})
    return exif.tobytes()


def swapped_profile() -> bytes:
    """An ICC profile under which red is green: sRGB with two colourants exchanged."""
    profile = bytearray(ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes())
    red, green = profile.index(b"rXYZ"), profile.index(b"gXYZ")
    profile[red : red + 4], profile[green : green + 4] = b"gXYZ", b"rXYZ"
    return bytes(profile)


def png_header_bytes(width: int, height: int) -> bytes:
    """A PNG that claims this size and decodes to as many pixels as asked for, in few bytes per pixel."""
    row = b"\0" + bytes(width)
    body = zlib.compressobj(1)
    packed = b"".join(body.compress(row) for _ in range(height)) + body.flush()
    header = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    chunks = chunk(b"IHDR", header) + chunk(b"IDAT", packed) + chunk(b"IEND", b"")
    return SIGNATURE + chunks


def png16_bytes(values: NDArray[np.generic]) -> bytes:
    """A 16-bit PNG, which Pillow cannot write in colour.

    Args:
        values: Unsigned 16-bit, (height, width) for gray or (height, width, 3) for RGB.
    """
    return png_of(values.astype(np.uint16))


def mean_difference(one: Image.Image, other: Image.Image) -> float:
    """How far apart two pictures of one size are, 0..255, averaged over pixels and channels."""
    assert one.size == other.size
    return float(np.asarray(ImageChops.difference(one.convert("RGB"), other.convert("RGB"))).mean())


def corner_colours(image: Image.Image) -> Sequence[str]:
    """The quarters' colours as ``quadrants`` names them, clockwise from the top left."""
    names = {(1, 0, 0): "red", (0, 0.5, 0): "green", (0, 0, 1): "blue", (1, 1, 1): "white"}
    width, height = image.size
    left, right, top, bottom = width // 4, width - width // 4, height // 4, height - height // 4
    found = []
    for x, y in ((left, top), (right, top), (right, bottom), (left, bottom)):
        pixel = np.asarray(image.convert("RGB").getpixel((x, y))) / 255
        found.append(min(names, key=lambda name: float(np.abs(pixel - np.asarray(name)).sum())))
    return [names[key] for key in found]


def encoded(
    width: int = 64, height: int = 48, *, colour: str = "#2f6f8f", image_format: str = "JPEG"
) -> bytes:
    """A file of one colour."""
    return encode(Image.new("RGB", (width, height), colour), image_format)


def opened(content: bytes) -> Image.Image:
    """A file read back."""
    picture = Image.open(BytesIO(content))
    picture.load()
    return picture


@functools.cache
def slow_jpeg_bytes(width: int = 4000, height: int = 3000, scans: int = 190) -> bytes:
    """A tenth of a megabyte that takes many seconds to open: each scan is a pass over all pixels."""
    data = jpeg_bytes(Image.new("L", (width, height), 77), progressive=True)
    last_scan = data[data.rindex(b"\xff\xc4", 0, data.rindex(b"\xff\xda")) : -2]
    return data[:-2] + last_scan * scans + data[-2:]
