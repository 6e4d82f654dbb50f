"""Files that are not quite whole: every pixel that is there counts, and what is missing is said."""

from __future__ import annotations

import struct
import zlib

import numpy as np
import pytest
from PIL import Image

from core.pictures.codec import MAX_BYTES, read_picture
from core.pictures.notes import Note, notes_of
from core.pictures.picture_errors import (
    TruncatedPictureError,
    UnknownFormatError,
)
from core.pictures.srgb import on_white
from tests.auxil.chunks import chunk, png_of, png_of_bits, with_chunks
from tests.auxil.pictures import (
    encode,
    exif_bytes,
    jpeg_bytes,
    mean_difference,
    photo,
    png_bytes,
    swapped_profile,
)

PHOTO = photo(240, 320)
NOISE = np.random.default_rng(1).bytes(1_000_000)
PNG = png_bytes(PHOTO)


def interlaced_png_bytes() -> bytes:
    """An interlaced PNG, which Pillow cannot write."""
    pixels = np.asarray(PHOTO)
    passes = [(0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2)]
    parts = [pixels[y::down, x::right] for x, y, right, down in [*passes, (0, 1, 1, 2)]]
    rows = b"".join(b"\0" + row.tobytes() for part in parts for row in part)
    header = struct.pack(">IIBBBBB", *PHOTO.size, 8, 2, 0, 0, 1)
    chunks = (chunk(b"IHDR", header), chunk(b"IDAT", zlib.compress(rows)), chunk(b"IEND", b""))
    return PNG[:8] + b"".join(chunks)


INTERLACED = interlaced_png_bytes()


def motion_photo() -> bytes:
    """A photo with a video of 17 MB behind it, in which any two bytes occur by chance."""
    return jpeg_bytes(PHOTO) + NOISE * 17


WHOLE: dict[str, tuple[bytes, float]] = {
    "jpeg without its end": (jpeg_bytes(PHOTO)[:-2], 4),
    "progressive jpeg without its end": (jpeg_bytes(PHOTO, progressive=True)[:-2], 4),
    "jpeg without its end before zeros": (jpeg_bytes(PHOTO)[:-2] + bytes(1000), 4),
    "jpeg with a video behind it": (motion_photo(), 4),
    "jpeg with another behind it": (jpeg_bytes(PHOTO) + jpeg_bytes(photo(seed=5)), 4),
    "png without its end": (PNG[:-12], 0),
    "png that ends in its last checksum": (PNG[:-14], 0),
    "png with something behind it": (PNG + NOISE, 0),
    "png with a wrong checksum in a side chunk": (
        with_chunks(PNG, chunk(b"pHYs", bytes(9), right=False)),
        0,
    ),
    "png with a wrong checksum in its time, before its end": (
        PNG[:-12] + chunk(b"tIME", bytes(7), right=False) + PNG[-12:],
        0,
    ),
    "png whose pixels are right in spite of their checksum": (
        PNG.replace(PNG[-16:-12], bytes(4)),
        0,
    ),
    "png with a damaged transparency chunk": (
        with_chunks(PNG, chunk(b"tRNS", bytes(6), right=False)),
        0,
    ),
    **{
        f"png with megabytes in {name}": (with_chunks(PNG, chunk(name.encode(), body)), 0)
        for name, body in {
            "zTXt": b"Comment\0\0" + zlib.compress(bytes(9_000_000)),
            "iTXt": b"XML:com.adobe.xmp\0\1\0\0\0" + zlib.compress(bytes(9_000_000)),
            "tEXt": b"parameters\0" + b"a cat, " * 1_000_000,
            "iCCP": b"huge\0\0" + zlib.compress(bytes(9_000_000)),
            "eXIf": b"MM\0*" + bytes(3_000_000),
        }.items()
    },
    "png with a broken profile": (with_chunks(PNG, chunk(b"iCCP", b"name\0\0nonsense")), 0),
    "interlaced png": (INTERLACED, 0),
}


@pytest.mark.parametrize(("data", "difference"), WHOLE.values(), ids=WHOLE)
def test_a_picture_whose_pixels_are_all_there_is_taken(data: bytes, difference: float) -> None:
    picture = read_picture(data)

    assert len(data) < MAX_BYTES
    assert mean_difference(picture, PHOTO) <= difference
    assert notes_of(picture) == ()


CUT: dict[str, bytes] = {
    "jpeg": jpeg_bytes(PHOTO),
    "jpeg-444": jpeg_bytes(PHOTO, subsampling=0),
    "jpeg-gray": jpeg_bytes(PHOTO.convert("L")),
    "png": PNG,
    "png-16": png_of(np.asarray(PHOTO).astype(np.uint16) * 257),
    "webp": encode(PHOTO, "WEBP", quality=90),
    "webp-lossless": encode(PHOTO, "WEBP", lossless=True),
    "gif": encode(PHOTO, "GIF", interlace=0),
    "bmp": encode(PHOTO, "BMP"),
    "bmp-palette": encode(PHOTO.quantize(), "BMP"),
    "tiff": encode(PHOTO, "TIFF"),
}


PROGRESSIVE = jpeg_bytes(PHOTO, progressive=True)
REFUSED = {
    **CUT,
    "interlaced png": INTERLACED,
    "interlaced gif": encode(PHOTO, "GIF"),
    # Only the finest detail depends on its last scans. So more of it may be missing.
    "progressive": PROGRESSIVE[: len(PROGRESSIVE) // 2],
}


def rows_of(image: Image.Image, rows: int, *, bottom: bool) -> Image.Image:
    top = image.height - rows if bottom else 0
    return image.crop((0, top, image.width, top + rows))


@pytest.mark.parametrize("name", CUT)
def test_nine_tenths_are_taken_without_a_wrong_pixel_and_it_is_said(name: str) -> None:
    data, whole = CUT[name], read_picture(CUT[name])

    picture = read_picture(data[: int(len(data) * 0.975)])

    assert notes_of(picture) == (Note.CUT_OFF,)
    width, rows = picture.size
    assert width == 240
    assert 288 <= rows < 320
    same = rows_of(whole, rows, bottom=name.startswith("bmp"))
    assert mean_difference(picture, same) < 0.05


@pytest.mark.parametrize("name", REFUSED)
@pytest.mark.parametrize("kept", [0.05, 0.3, 0.85])
def test_less_is_refused(name: str, kept: float) -> None:
    data = REFUSED[name]

    with pytest.raises(TruncatedPictureError, match="incomplete or damaged"):
        read_picture(data[: int(len(data) * kept)])


@pytest.mark.parametrize("data", [INTERLACED, encode(PHOTO, "GIF")], ids=["png", "gif"])
def test_missing_rows_between_others_repeat_those_above(data: bytes) -> None:
    whole = read_picture(data)

    picture = read_picture(data[: int(len(data) * 0.95)])

    assert notes_of(picture) == (Note.LESS_DETAIL,)
    assert picture.size == (240, 320)
    assert mean_difference(picture, whole) < 1
    rows = np.asarray(picture)
    assert (rows[319] == rows[318]).all()
    assert (rows[:200] == np.asarray(whole)[:200]).all()


@pytest.mark.parametrize("kept", [0.75, 0.9, 0.99])
def test_a_progressive_jpeg_without_its_finest_detail_is_taken_and_it_is_said(kept: float) -> None:
    picture = read_picture(PROGRESSIVE[: int(len(PROGRESSIVE) * kept)])

    assert notes_of(picture) == (Note.LESS_DETAIL,)
    assert picture.size == (240, 320)
    assert mean_difference(picture, read_picture(PROGRESSIVE)) < 1.5


@pytest.mark.parametrize("side", [None, 100])
def test_gray_that_a_decoder_fills_in_is_no_picture(side: int | None) -> None:
    """Some programs write an end marker where a file breaks off."""
    data = jpeg_bytes(PHOTO)
    closed = data[: int(len(data) * 0.96)] + b"\xff\xd9"

    picture = read_picture(closed, max_side=side)

    assert notes_of(picture) == (Note.CUT_OFF,)
    kept = (240 / 320) / (picture.width / picture.height)
    assert 0.89 < kept < 0.99
    if side is None:
        whole = read_picture(data)
        assert mean_difference(picture, rows_of(whole, picture.height, bottom=False)) < 0.05
    with pytest.raises(TruncatedPictureError):
        read_picture(data[: len(data) // 2] + b"\xff\xd9")


def test_true_gray_at_the_bottom_of_a_jpeg_is_kept() -> None:
    picture = PHOTO.copy()
    picture.paste((128, 128, 128), (0, 200, 240, 320))

    seen = read_picture(jpeg_bytes(picture))

    assert seen.size == (240, 320)
    assert notes_of(seen) == ()


def test_a_jpeg_whose_scan_header_is_sloppy_is_whole() -> None:
    picture = PHOTO.copy()
    picture.paste((128, 128, 128), (0, 200, 240, 320))
    data = jpeg_bytes(picture)
    end = (
        data.index(b"\xff\xda") + 2 + int.from_bytes(data[data.index(b"\xff\xda") + 2 :][:2], "big")
    )
    assert data[end - 3 : end] == bytes([0, 63, 0])

    seen = read_picture(data[: end - 3] + bytes([0, 0, 0]) + data[end:])

    assert seen.size == (240, 320)


def test_rows_are_left_out_at_the_side_where_they_are_missing_upright() -> None:
    data = jpeg_bytes(PHOTO.rotate(90, expand=True), exif=exif_bytes(orientation=6))

    picture = read_picture(data[: int(len(data) * 0.96)])

    width, height = picture.size
    assert height == 320
    assert 216 <= width < 240
    assert mean_difference(picture, PHOTO.crop((240 - width, 0, 240, 320))) < 4


def test_pixels_behind_a_wrong_checksum_do_not_count() -> None:
    pixels = zlib.compress(b"".join(b"\0" + row.tobytes() for row in np.asarray(PHOTO)))
    at = int(len(pixels) * 0.95)
    damaged = bytearray(pixels[at:])
    damaged[10:20] = bytes(10)
    head = PNG[:33] + chunk(b"IDAT", pixels[:at])

    picture = read_picture(head + chunk(b"IDAT", bytes(damaged), right=False) + PNG[-12:])

    assert notes_of(picture) == (Note.CUT_OFF,)
    assert mean_difference(picture, rows_of(PHOTO, picture.height, bottom=False)) == 0


def test_a_png_with_too_few_rows_is_not_filled_with_black() -> None:
    rows = b"".join(b"\0" + row.tobytes() for row in np.asarray(PHOTO)[:200])

    with pytest.raises(TruncatedPictureError):
        read_picture(PNG[:33] + chunk(b"IDAT", zlib.compress(rows)) + PNG[-12:])


@pytest.mark.parametrize("at", [20, 26], ids=["header", "depth"])
def test_a_damaged_header_is_refused(at: int) -> None:
    with pytest.raises(TruncatedPictureError):
        read_picture(PNG[:at] + b"\x77" + PNG[at + 1 :])


@pytest.mark.parametrize("frame", [0xC3, 0xCB, 0xC5])
def test_a_lossless_jpeg_is_called_one_that_is_not_read(frame: int) -> None:
    with pytest.raises(UnknownFormatError):
        read_picture(jpeg_bytes(PHOTO).replace(b"\xff\xc0", bytes([0xFF, frame])))


def bmp_bytes(header: int, alpha: int, *, compression: int = 3, flipped: bool = False) -> bytes:
    """A BMP of 32 bits with a header of any version, whose fourth bytes are all one value."""
    pixels = np.dstack([np.asarray(PHOTO)[..., ::-1], np.full((320, 240), alpha, np.uint8)])
    height = -320 if flipped else 320
    body = struct.pack(
        "<IiiHHIIiiII", header, 240, height, 1, 32, compression, pixels.size, 2835, 2835, 0, 0
    )
    masks = struct.pack("<4I", 0xFF0000, 0xFF00, 0xFF, 0xFF000000)
    body = (body + masks + (b"sRGB" if header >= 108 else b"")).ljust(header, b"\0")[:header]
    if header == 40 and compression == 3:
        body += masks[:12]
    rows = pixels if flipped else pixels[::-1]
    start = 14 + len(body)
    return struct.pack("<2sIHHI", b"BM", start + pixels.size, 0, 0, start) + body + rows.tobytes()


@pytest.mark.parametrize("flipped", [False, True])
@pytest.mark.parametrize(
    ("header", "compression"), [(40, 0), (40, 3), (52, 3), (56, 3), (108, 3), (124, 3), (124, 0)]
)
@pytest.mark.parametrize("alpha", [0, 255])
def test_a_windows_screenshot_is_no_empty_page(
    header: int, compression: int, alpha: int, flipped: bool
) -> None:
    data = bmp_bytes(header, alpha, compression=compression, flipped=flipped)

    assert mean_difference(read_picture(data), PHOTO) == 0


def test_a_bmp_with_true_alpha_keeps_it() -> None:
    data = bytearray(bmp_bytes(124, 0))
    data[-240 * 4 * 160 + 3 :: 4] = b"\xff" * (240 * 160)

    picture = on_white(read_picture(bytes(data)))

    assert mean_difference(picture.crop((0, 0, 240, 160)), PHOTO.crop((0, 0, 240, 160))) == 0
    assert picture.getpixel((10, 300)) == (255, 255, 255)


def test_a_profile_within_a_bmp_is_applied() -> None:
    data, profile = bytearray(bmp_bytes(124, 255)), swapped_profile()
    data[14 + 56 : 14 + 60] = b"DEBM"
    data[14 + 112 : 14 + 120] = struct.pack("<II", len(data) - 14, len(profile))

    swapped = Image.merge("RGB", [PHOTO.split()[i] for i in (1, 0, 2)])
    assert mean_difference(read_picture(bytes(data) + profile), swapped) < 2


GRAYS = np.tile(np.repeat([1000, 30_000, 30_001, 65_535], 24), (72, 1)).astype(np.uint16)


def test_the_transparent_gray_is_compared_in_sixteen_bits() -> None:
    picture = on_white(read_picture(png_of(GRAYS, chunk(b"tRNS", struct.pack(">H", 30_000)))))

    assert [picture.getpixel((x, 5)) for x in (5, 30, 60, 90)] == [
        (3, 3, 3),
        (255, 255, 255),
        (117, 117, 117),
        (255, 255, 255),
    ]


def test_the_transparent_colour_is_compared_in_sixteen_bits() -> None:
    colours = np.stack([GRAYS, GRAYS // 2, GRAYS // 3], axis=-1)

    body = struct.pack(">3H", 30_000, 15_000, 10_000)
    picture = on_white(read_picture(png_of(colours, chunk(b"tRNS", body))))

    assert picture.getpixel((30, 5)) == (255, 255, 255)
    assert picture.getpixel((60, 5)) == pytest.approx((117, 58, 39), abs=1)


@pytest.mark.parametrize("bits", [1, 2, 4])
def test_the_transparent_gray_is_compared_in_few_bits(bits: int) -> None:
    top = 2**bits - 1
    values = np.tile(np.repeat([0, top], 48), (72, 1)).astype(np.uint8)

    dark = on_white(read_picture(png_of_bits(values, bits, chunk(b"tRNS", struct.pack(">H", 0)))))
    none = on_white(read_picture(png_of_bits(values, bits)))

    assert [dark.getpixel((x, 5)) for x in (5, 90)] == [(255,) * 3, (255,) * 3]
    assert [none.getpixel((x, 5)) for x in (5, 90)] == [(0,) * 3, (255,) * 3]
    if bits > 1:
        values = np.where(values == 0, 1, values).astype(np.uint8)
        gray = on_white(
            read_picture(png_of_bits(values, bits, chunk(b"tRNS", struct.pack(">H", 1))))
        )
        assert gray.getpixel((5, 5)) == (255, 255, 255)


def test_the_transparent_colour_is_compared_in_eight_bits() -> None:
    colours = np.asarray(Image.new("RGB", (96, 72), (10, 20, 30))).copy()
    colours[:, 48:] = (10, 20, 31)

    picture = on_white(
        read_picture(png_of(colours, chunk(b"tRNS", struct.pack(">3H", 10, 20, 30))))
    )

    assert [picture.getpixel((x, 5)) for x in (5, 90)] == [(255, 255, 255), (10, 20, 31)]
