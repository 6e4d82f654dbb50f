"""Colours as a browser shows them, however a file names its colour space."""

from __future__ import annotations

import struct
import zlib
from io import BytesIO
from typing import TYPE_CHECKING, Any

import imagecodecs
import numpy as np
import pillow_heif
import pytest
from PIL import Image

from core.pictures.codec import read_picture
from core.pictures.colour_space import PRIMARIES, SRGB, Cicp, matrix_profile
from tests.auxil.chunks import chunk, png_of, with_chunks
from tests.auxil.pictures import encode, jpeg_bytes, mean_difference, photo, png_bytes

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

SIZE = (96, 72)
COLOURS = [(200, 70, 60), (70, 160, 90), (60, 90, 190), (190, 185, 170)]
P3, BT2020, ADOBE = PRIMARIES[12], PRIMARIES[9], (0.3127, 0.329, 0.64, 0.33, 0.21, 0.71, 0.15, 0.06)
# Linear light from these primaries to those of sRGB, as published.
P3_TO_SRGB = [[1.2249, -0.2247, 0], [-0.0420, 1.0419, 0], [-0.0197, -0.0786, 1.0979]]
BT2020_TO_SRGB = [
    [1.6605, -0.5876, -0.0728],
    [-0.1246, 1.1329, -0.0083],
    [-0.0182, -0.1006, 1.1187],
]
ADOBE_TO_SRGB = [[1.3984, -0.3984, 0], [0, 1, 0], [0, -0.0429, 1.0429]]


def decoded(values: Any) -> NDArray[np.float64]:
    """Linear light of sRGB values from 0 to 255."""
    v = np.asarray(values, dtype=np.float64) / 255
    return np.where(v <= 0.04045, v / 12.92, ((v + 0.055) / 1.055) ** 2.4)


def encoded(light: Any) -> NDArray[np.float64]:
    """sRGB values from 0 to 255."""
    x = np.clip(np.asarray(light, dtype=np.float64), 0, 1)
    return 255 * np.where(x <= 0.0031308, 12.92 * x, 1.055 * x ** (1 / 2.4) - 0.055)


def patches(values: Any) -> NDArray[Any]:
    """Four patches, one a colour."""
    array = np.asarray(values)
    return np.repeat(array[None, :], SIZE[1], axis=0).repeat(SIZE[0] // 4, axis=1)


def shown(data: bytes) -> NDArray[np.float64]:
    """The four patches' colours."""
    pixels = np.asarray(read_picture(data), dtype=np.float64)
    return np.stack([pixels[10:60, x + 6 : x + 18].mean(axis=(0, 1)) for x in range(0, 96, 24)])


def as_shown(matrix: list[list[float]], values: Any = COLOURS) -> NDArray[np.float64]:
    return encoded(decoded(values) @ np.array(matrix).T)


PATCHES = patches(np.array(COLOURS, np.uint8))


def avif_bytes(values: NDArray[Any], primaries: int, transfer: int, matrix: int = 6) -> bytes:
    data = imagecodecs.avif_encode(
        values,
        level=95,
        speed=10,
        bitspersample=10 if values.dtype == np.uint16 else 8,
        primaries=primaries,
        transfer=transfer,
        matrix=matrix,
    )
    return bytes(data)


def heic_bytes(values: NDArray[Any], primaries: int, transfer: int, full_range: int = 1) -> bytes:
    mode = "RGB;16" if values.dtype == np.uint16 else "RGB"
    heif = pillow_heif.from_bytes(mode, SIZE, values.tobytes())
    file = BytesIO()
    heif.save(
        file,
        quality=95,
        chroma=444,
        save_nclx_profile=True,
        color_primaries=primaries,
        transfer_characteristics=transfer,
        matrix_coefficients=9 if primaries == 9 else 6,
        full_range_flag=full_range,
    )
    return file.getvalue()


def cicp_png_bytes(
    values: NDArray[Any], primaries: int, transfer: int, full_range: int = 1
) -> bytes:
    return png_of(values, chunk(b"cICP", bytes([primaries, transfer, 0, full_range])))


CONTAINERS: dict[str, Callable[[NDArray[Any], int, int], bytes]] = {
    "avif": avif_bytes,
    "heic": heic_bytes,
    "png": cicp_png_bytes,
}


@pytest.mark.parametrize("container", CONTAINERS)
@pytest.mark.parametrize(
    ("primaries", "matrix"), [(12, P3_TO_SRGB), (9, BT2020_TO_SRGB), (1, np.eye(3).tolist())]
)
@pytest.mark.parametrize("transfer", [13, 1])
def test_primaries_by_number_are_applied(
    container: str, primaries: int, matrix: list[list[float]], transfer: int
) -> None:
    data = CONTAINERS[container](PATCHES, primaries, transfer)

    assert shown(data) == pytest.approx(as_shown(matrix), abs=4)


def test_a_gamma_by_number_is_applied() -> None:
    expected = encoded((np.array(COLOURS) / 255) ** 2.8)

    assert shown(cicp_png_bytes(PATCHES, 1, 5)) == pytest.approx(expected, abs=2)


@pytest.mark.parametrize("full_range", [0, 1])
def test_the_range_of_a_heic_is_its_decoders_matter(full_range: int) -> None:
    assert shown(heic_bytes(PATCHES, 1, 13, full_range)) == pytest.approx(np.array(COLOURS), abs=4)


def test_a_png_of_limited_range_spans_black_to_white() -> None:
    narrow = (PATCHES.astype(np.float64) * 219 / 255 + 16).round().astype(np.uint8)

    assert shown(cicp_png_bytes(narrow, 1, 13, 0)) == pytest.approx(np.array(COLOURS), abs=2)


def pq(nits: Any) -> NDArray[np.float64]:
    """SMPTE ST 2084, from 0 to 1."""
    y = (np.asarray(nits, dtype=np.float64) / 10_000) ** 0.1593017578125
    signal: NDArray[np.float64] = ((0.8359375 + 18.8515625 * y) / (1 + 18.6875 * y)) ** 78.84375
    return signal


def hlg(nits: Any) -> NDArray[np.float64]:
    """BT.2100, from 0 to 1, for a screen of 1000 candelas."""
    shown = np.asarray(nits, dtype=np.float64) / 1000
    luminance = np.maximum(shown @ [0.2627, 0.6780, 0.0593], 1e-9)[..., None]
    scene = shown * luminance ** (1 / 1.2 - 1)
    curve: NDArray[np.float64] = np.where(
        scene <= 1 / 12,
        np.sqrt(3 * scene),
        0.17883277 * np.log(np.maximum(12 * scene - 0.28466892, 1e-9)) + 0.55991073,
    )
    return curve


TO_BT2020 = np.linalg.inv(np.array(BT2020_TO_SRGB)).T
HDR: dict[str, tuple[int, Callable[[Any], NDArray[np.float64]]]] = {
    "pq": (16, pq),
    "hlg": (18, hlg),
}


def hdr_bytes(container: str, kind: str, nits: NDArray[np.float64]) -> bytes:
    """Four patches of light, given in BT.2020, as 8-bit or, in AVIF and HEIC, 10-bit values."""
    transfer, curve = HDR[kind]
    signal = patches(curve(nits).clip(0, 1))
    if container == "png":
        return cicp_png_bytes((signal * 65535).round().astype(np.uint16), 9, transfer)
    if container == "avif":
        values = (signal * 1023).round().astype(np.uint16)
        return avif_bytes(values, 9, transfer, 9)
    return heic_bytes((signal * 65535).round().astype(np.uint16), 9, transfer)


@pytest.mark.parametrize("container", CONTAINERS)
@pytest.mark.parametrize("kind", HDR)
def test_a_scene_that_fits_an_ordinary_screen_looks_as_it_does_there(
    container: str, kind: str
) -> None:
    nits = 203 * decoded(COLOURS) @ TO_BT2020

    data = hdr_bytes(container, kind, nits)

    # A step of PQ in 8 bits is as large as two or three here.
    assert shown(data) == pytest.approx(np.array(COLOURS), abs=5)


@pytest.mark.parametrize("container", CONTAINERS)
@pytest.mark.parametrize("kind", HDR)
def test_highlights_keep_their_shape_and_paper_stays_bright(container: str, kind: str) -> None:
    gray, paper, lamp, sun = (np.full(3, nits) for nits in (40, 203, 500, 1000))

    seen = shown(hdr_bytes(container, kind, np.stack([gray, paper, lamp, sun])))[:, 1]

    assert seen[0] == pytest.approx(encoded(40 / 203), abs=4)
    assert 225 < seen[1] < seen[2] - 4 < seen[3] - 4
    assert seen[3] > 250


def test_a_bright_colour_keeps_its_hue() -> None:
    orange = np.array([800.0, 400.0, 100.0]) @ TO_BT2020
    gray = np.full(3, 50.0)

    red, green, blue = decoded(
        shown(hdr_bytes("png", "pq", np.stack([orange, gray, gray, gray])))[0]
    )

    assert green / red == pytest.approx(0.5, abs=0.03)
    assert blue / red == pytest.approx(0.125, abs=0.03)


GAMMA = chunk(b"gAMA", struct.pack(">I", 100_000))
CHROMATICITIES = chunk(b"cHRM", struct.pack(">8I", *(round(n * 100_000) for n in P3)))
SRGB_CHUNK = chunk(b"sRGB", b"\0")
P3_PROFILE = chunk(b"iCCP", b"P3\0\0" + zlib.compress(matrix_profile(P3, None)))
P3_NUMBERS = chunk(b"cICP", bytes([12, 13, 0, 1]))


@pytest.mark.parametrize(
    ("chunks", "expected"),
    [
        ([GAMMA], encoded(np.array(COLOURS) / 255)),
        ([chunk(b"gAMA", struct.pack(">I", 45_455))], encoded((np.array(COLOURS) / 255) ** 2.2)),
        ([CHROMATICITIES], as_shown(P3_TO_SRGB)),
        ([GAMMA, SRGB_CHUNK], np.array(COLOURS)),
        ([GAMMA, P3_PROFILE], as_shown(P3_TO_SRGB)),
        ([GAMMA, SRGB_CHUNK, P3_NUMBERS], as_shown(P3_TO_SRGB)),
        ([P3_PROFILE, chunk(b"cICP", bytes([1, 13, 0, 1]))], np.array(COLOURS)),
        ([chunk(b"gAMA", bytes(4))], np.array(COLOURS)),
        ([chunk(b"cHRM", bytes(32))], np.array(COLOURS)),
        ([chunk(b"gAMA", struct.pack(">I", 100_000), right=False)], np.array(COLOURS)),
    ],
    ids=[
        *("gamma-1", "gamma-2.2", "chromaticities", "srgb-over-gamma", "profile-over-gamma"),
        *("numbers-over-srgb", "numbers-over-profile", "no-gamma", "no-chromaticities"),
        "wrong-checksum",
    ],
)
def test_of_several_chunks_the_one_that_counts_is_applied(
    chunks: list[bytes], expected: NDArray[np.float64]
) -> None:
    assert shown(with_chunks(png_of(PATCHES), *chunks)) == pytest.approx(expected, abs=2)


def test_gamma_applies_to_gray() -> None:
    gray = Image.new("L", SIZE, 64)

    picture = read_picture(with_chunks(png_bytes(gray), GAMMA))

    assert picture.getpixel((5, 5)) == (137, 137, 137)


@pytest.mark.parametrize(
    "write",
    [
        lambda profile: jpeg_bytes(Image.fromarray(PATCHES), icc_profile=profile, subsampling=0),
        lambda profile: png_bytes(Image.fromarray(PATCHES), icc_profile=profile),
        lambda profile: encode(Image.fromarray(PATCHES), "TIFF", icc_profile=profile),
        lambda profile: encode(
            Image.fromarray(PATCHES), "WEBP", icc_profile=profile, lossless=True
        ),
        lambda profile: encode(
            Image.fromarray(PATCHES), "AVIF", icc_profile=profile, quality=95, subsampling="4:4:4"
        ),
    ],
    ids=["jpeg", "png", "tiff", "webp", "avif"],
)
def test_profiles_are_applied(write: Callable[[bytes], bytes]) -> None:
    adobe = encoded(((np.array(COLOURS) / 255) ** 2.19921875) @ np.array(ADOBE_TO_SRGB).T)

    assert shown(write(matrix_profile(P3, None))) == pytest.approx(as_shown(P3_TO_SRGB), abs=6)
    assert shown(write(matrix_profile(ADOBE, 2.19921875))) == pytest.approx(adobe, abs=6)


def test_a_profile_that_names_its_space_by_number_is_read_so() -> None:
    profile = bytearray(matrix_profile(BT2020, None))
    # The description's tag gives way to one of numbers.
    profile[132:136] = b"cicp"
    at = int.from_bytes(profile[136:140], "big")
    profile[at : at + 12] = b"cicp" + bytes(4) + bytes([9, 16, 0, 1])
    nits = 203 * decoded(COLOURS) @ TO_BT2020
    signal = (patches(pq(nits)) * 255).round().astype(np.uint8)

    data = png_bytes(Image.fromarray(signal), icc_profile=bytes(profile))

    assert shown(data) == pytest.approx(np.array(COLOURS), abs=8)


def profile_of(kind: bytes, space: bytes, connection: bytes, tag: bytes, body: bytes) -> bytes:
    """An ICC profile of one tag beside its white."""
    white = b"XYZ " + struct.pack(">4x3i", 63190, 65536, 54061)
    start = 132 + 24
    table = struct.pack(">I4sII", 2, b"wtpt", start, 20)
    table += struct.pack(">4sII", tag, start + 20, len(body))
    header = struct.pack(
        ">I4x4s4s4s4s12x4s28x",
        start + 20 + len(body),
        b"\x02\x10\0\0",
        kind,
        space,
        connection,
        b"acsp",
    )
    header += struct.pack(">3i", 63190, 65536, 54061)
    return header.ljust(128, b"\0") + table + white + body


def test_a_profile_for_gray_is_applied() -> None:
    gamma = b"curv" + struct.pack(">4xIH2x", 1, 256)  # 1.0
    profile = profile_of(b"mntr", b"GRAY", b"XYZ ", b"kTRC", gamma)
    gray = Image.new("L", SIZE, 64)

    for data in (
        png_bytes(gray, icc_profile=profile),
        jpeg_bytes(gray, icc_profile=profile),
        encode(gray, "TIFF", icc_profile=profile),
        png_bytes(gray.convert("LA"), icc_profile=profile),
    ):
        assert read_picture(data).getpixel((5, 5)) == pytest.approx((137, 137, 137), abs=2)


@pytest.mark.parametrize("image_format", ["JPEG", "TIFF"])
def test_a_profile_for_inks_is_applied(image_format: str) -> None:
    """With these inks, what is called cyan prints red, and all others print nothing."""
    identity = bytes(range(256))
    paper, red = bytes([255, 128, 128]), bytes([136, 208, 195])
    lut = b"mft1" + struct.pack(">4xBBBx9i", 4, 3, 2, *(65536 * (i % 4 == 0) for i in range(9)))
    lut += identity * 4 + paper * 8 + red * 8 + identity * 3
    profile = profile_of(b"prtr", b"CMYK", b"Lab ", b"A2B0", lut)
    inks = Image.new("CMYK", SIZE, (255, 0, 0, 0))

    picture = read_picture(encode(inks, image_format, icc_profile=profile))

    assert picture.getpixel((5, 5)) == pytest.approx((255, 0, 0), abs=8)


def test_inks_of_adobe_which_are_upside_down_are_read() -> None:
    """Pillow writes CMYK upside down with Adobe's marker, as Photoshop does."""
    data = jpeg_bytes(photo(*SIZE).convert("CMYK"), quality=95)

    assert b"Adobe" in data
    assert mean_difference(read_picture(data), photo(*SIZE)) < 4


def ultra_hdr_bytes() -> bytes:
    """A JPEG with a gain map behind it, as phones write (Ultra HDR, ISO 21496-1)."""
    gain = jpeg_bytes(Image.new("L", (48, 36), 255))
    note = b"http://ns.adobe.com/xap/1.0/\0<x:xmpmeta xmlns:hdrgm='http://ns.adobe.com/hdr-gain-map/1.0/'"
    segment = b"\xff\xe1" + struct.pack(">H", len(note) + 2) + note
    base = jpeg_bytes(Image.fromarray(PATCHES), subsampling=0)
    return base[:2] + segment + base[2:] + gain


def test_of_a_photo_with_a_gain_map_the_picture_for_ordinary_screens_is_taken() -> None:
    assert shown(ultra_hdr_bytes()) == pytest.approx(np.array(COLOURS), abs=3)


def test_numbers_that_mean_nothing_are_taken_for_srgb() -> None:
    assert shown(cicp_png_bytes(PATCHES, 2, 2)) == pytest.approx(np.array(COLOURS), abs=1)
    assert shown(cicp_png_bytes(PATCHES, 250, 250)) == pytest.approx(np.array(COLOURS), abs=1)
    assert Cicp(250, 250).chromaticities == SRGB
