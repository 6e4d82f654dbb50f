"""TIFF has a thousand layouts: each is shown as it was meant, or called a kind that is not read."""

from __future__ import annotations

import struct
from io import BytesIO
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
import tifffile
from PIL import Image, ImageCms

from core.pictures.codec import read_picture
from core.pictures.notes import Note, notes_of
from core.pictures.picture_errors import TruncatedPictureError, UnreadTiffError
from core.pictures.srgb import on_white
from tests.auxil.pictures import encode, mean_difference, packed_tiff_bytes, photo

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

PHOTO = photo(96, 72)
GRAY = PHOTO.convert("L")
RGB = np.asarray(PHOTO)
LIGHT = np.asarray(GRAY)
HOLE = np.where(np.arange(96) < 48, 255, 0).astype(np.uint8) * np.ones((72, 1), np.uint8)


def tiff(samples: NDArray[Any], photometric: str, **options: Any) -> bytes:
    file = BytesIO()
    tifffile.imwrite(file, samples, photometric=photometric, metadata=None, **options)
    return file.getvalue()


def deep(values: NDArray[np.uint8]) -> NDArray[np.uint16]:
    return values.astype(np.uint16) * 257


def planes(values: NDArray[Any]) -> NDArray[Any]:
    return np.ascontiguousarray(np.moveaxis(values, -1, 0))


DEPTHS: dict[str, Callable[[NDArray[np.uint8]], NDArray[Any]]] = {
    "8": lambda values: values,
    "16": deep,
    "32": lambda values: values.astype(np.uint32) * 0x1010101,
    "float16": lambda values: (values / 255).astype(np.float16),
    "float32": lambda values: (values / 255).astype(np.float32),
}
GRAYS: dict[str, bytes] = {
    f"{polarity} {name} {order}": tiff(
        convert(LIGHT if polarity == "minisblack" else 255 - LIGHT), polarity, byteorder=order
    )
    for polarity in ("minisblack", "miniswhite")
    for order in "<>"
    for name, convert in DEPTHS.items()
}
MANY_COLOURS: dict[str, bytes] = {
    f"{depth} {layout} {order}": tiff(
        planes(convert(RGB)) if layout == "planar" else convert(RGB),
        "rgb",
        planarconfig="separate" if layout == "planar" else "contig",
        byteorder=order,
    )
    for depth, convert in DEPTHS.items()
    for layout in ("chunky", "planar")
    for order in "<>"
}
PACKED: dict[str, bytes] = {
    f"{compression} {predictor} {shape}": tiff(
        deep(RGB) if depth == 16 else RGB,
        "rgb",
        compression=compression,
        predictor=predictor,
        **({"tile": (32, 48)} if shape == "tiles" else {"rowsperstrip": 10}),
    )
    for compression in ("lzw", "deflate", "adobe_deflate", "packbits", "zstd", "lzma")
    for predictor in (False, True)
    for shape in ("strips", "tiles")
    for depth in (8, 16)
    if not (predictor and compression == "packbits")
}


@pytest.mark.parametrize("data", GRAYS.values(), ids=GRAYS)
def test_gray_of_both_polarities_depths_and_byte_orders_is_no_negative(data: bytes) -> None:
    assert mean_difference(read_picture(data), GRAY) < 1


@pytest.mark.parametrize("data", MANY_COLOURS.values(), ids=MANY_COLOURS)
def test_colours_of_every_depth_and_layout_are_not_scrambled(data: bytes) -> None:
    assert mean_difference(read_picture(data), PHOTO) < 1


@pytest.mark.parametrize("data", PACKED.values(), ids=PACKED)
def test_every_compression_is_unpacked(data: bytes) -> None:
    assert mean_difference(read_picture(data), PHOTO) == 0


def test_floats_are_unpacked_with_their_predictor() -> None:
    values = (RGB / 255).astype(np.float32)

    data = tiff(values, "rgb", compression="deflate", predictor=3)

    assert mean_difference(read_picture(data), PHOTO) < 1


@pytest.mark.parametrize("photometric", ["rgb", "ycbcr", "minisblack"])
@pytest.mark.parametrize("shape", [{"tile": (32, 48)}, {"rowsperstrip": 16}, {}])
def test_jpeg_within_tiff_is_read(photometric: str, shape: dict[str, Any]) -> None:
    expected = GRAY if photometric == "minisblack" else PHOTO
    samples = np.asarray(expected.convert("YCbCr") if photometric == "ycbcr" else expected)
    how = {"level": 95}
    data = tiff(samples, photometric, compression="jpeg", compressionargs=how, **shape)

    assert mean_difference(read_picture(data), expected) < 4


@pytest.mark.parametrize("compression", ["raw", "tiff_lzw"])
def test_ycbcr_without_jpeg_is_read_if_it_has_all_its_colours(compression: str) -> None:
    data = encode(PHOTO.convert("YCbCr"), "TIFF", compression=compression)

    assert mean_difference(read_picture(data), PHOTO) < 2


@pytest.mark.parametrize("compression", ["raw", "group3", "group4", "tiff_lzw", "packbits"])
@pytest.mark.parametrize("white", [0, 1])
def test_one_bit_of_both_polarities_is_read(compression: str, white: int) -> None:
    bits = GRAY.convert("1")

    data = encode(bits, "TIFF", compression=compression, tiffinfo={262: 1 - white})

    assert mean_difference(read_picture(data), bits.convert("RGB")) == 0


@pytest.mark.parametrize("depth", [8, 16])
@pytest.mark.parametrize("layout", ["chunky", "planar"])
@pytest.mark.parametrize("colours", ["gray", "rgb"])
@pytest.mark.parametrize("kind", ["unassalpha", "assocalpha"])
def test_alpha_multiplied_or_not_is_laid_on_white(
    depth: int, layout: str, colours: str, kind: str
) -> None:
    alpha = np.where(HOLE > 0, 255, 51).astype(np.uint8)
    base = LIGHT[..., None] if colours == "gray" else RGB
    seen = base
    if kind == "assocalpha":
        base = (base.astype(np.float32) * (alpha[..., None] / 255)).round().astype(np.uint8)
    samples = np.concatenate([base, alpha[..., None]], axis=-1)
    samples = deep(samples) if depth == 16 else samples
    data = tiff(
        planes(samples) if layout == "planar" else samples,
        "minisblack" if colours == "gray" else "rgb",
        planarconfig="separate" if layout == "planar" else "contig",
        extrasamples=[kind],
    )

    expected = seen * (alpha[..., None] / 255) + 255 * (1 - alpha[..., None] / 255)
    shown = Image.fromarray(np.broadcast_to(expected, RGB.shape).round().astype(np.uint8))
    assert mean_difference(on_white(read_picture(data)), shown) < 1.5


def test_a_further_sample_that_is_no_alpha_is_left_aside() -> None:
    samples = np.concatenate([RGB, HOLE[..., None]], axis=-1)

    data = tiff(samples, "rgb", extrasamples=["unspecified"])

    assert mean_difference(read_picture(data), PHOTO) == 0


@pytest.mark.parametrize("depth", [8, 16])
@pytest.mark.parametrize("layout", ["chunky", "planar"])
def test_inks_are_read(depth: int, layout: str) -> None:
    inks = np.asarray(PHOTO.convert("CMYK"))
    samples = deep(inks) if depth == 16 else inks
    data = tiff(
        planes(samples) if layout == "planar" else samples,
        "separated",
        planarconfig="separate" if layout == "planar" else "contig",
    )

    assert mean_difference(read_picture(data), PHOTO) < 2


@pytest.mark.parametrize("depth", [8, 16])
@pytest.mark.parametrize("photometric", ["cielab", "icclab"])
def test_lab_is_read_signed_and_unsigned(depth: int, photometric: str) -> None:
    lab = ImageCms.profileToProfile(
        PHOTO, ImageCms.createProfile("sRGB"), ImageCms.createProfile("LAB"), outputMode="LAB"
    )
    assert lab is not None
    samples = np.frombuffer(lab.tobytes(), np.uint8).reshape(72, 96, 3).copy()
    if photometric == "icclab":
        samples[..., 1:] ^= 128
    if depth == 16:
        light, colour = deep(samples[..., :1]), samples[..., 1:].astype(np.uint16) << 8
        samples = np.concatenate([light, colour], axis=-1)

    data = tiff(samples, photometric)

    expected = read_picture(encode(lab, "TIFF"))
    assert mean_difference(expected, PHOTO) < 4
    assert mean_difference(read_picture(data), expected) < 1


@pytest.mark.parametrize("bits", [8, 16])
def test_palettes_are_read(bits: int) -> None:
    indexed = PHOTO.quantize(200)
    colours = np.zeros((3, 2**bits), np.uint16)
    palette = np.array(indexed.getpalette(), np.uint16).reshape(-1, 3).T
    colours[:, : palette.shape[1]] = palette * 257
    numbers = np.asarray(indexed).astype(np.uint8 if bits == 8 else np.uint16)

    data = tiff(numbers, "palette", colormap=colours)

    assert mean_difference(read_picture(data), indexed.convert("RGB")) == 0


def test_four_bits_of_gray_and_of_a_palette_are_read() -> None:
    indexed = PHOTO.quantize(16)
    assert (
        mean_difference(read_picture(encode(indexed, "TIFF", bits=4)), indexed.convert("RGB")) == 0
    )


@pytest.mark.parametrize("bits", [10, 12, 14])
def test_odd_depths_span_black_to_white(bits: int) -> None:
    values = (LIGHT.astype(np.uint32) * (2**bits - 1) // 255).astype(np.uint16)

    data = packed_tiff_bytes(values, bits)

    assert mean_difference(read_picture(data), GRAY) < 1


def test_of_several_pages_the_first_is_taken_and_it_is_said() -> None:
    data = encode(PHOTO, "TIFF", save_all=True, append_images=[photo(seed=1), photo(seed=2)])

    picture = read_picture(data)

    assert mean_difference(picture, PHOTO) == 0
    assert notes_of(picture) == (Note.FIRST_PAGE,)
    assert notes_of(read_picture(encode(PHOTO, "TIFF"))) == ()


def test_big_tiff_is_read() -> None:
    assert mean_difference(read_picture(tiff(RGB, "rgb", bigtiff=True)), PHOTO) == 0


@pytest.mark.parametrize(
    "data",
    [
        tiff(RGB.astype(np.complex64), "rgb"),
        tiff(np.stack([RGB] * 3), "rgb", volumetric=True, tile=(16, 32, 32)),
        tiff(LIGHT.astype(np.int8), "minisblack"),
        tiff(LIGHT.astype(np.int16), "minisblack"),
        tiff(LIGHT, "cfa", extratags=[(33421, 3, 2, (2, 2)), (33422, 1, 4, (0, 1, 1, 2))]),
        tiff(RGB, "ycbcr").replace(
            struct.pack("<HHIHH", 530, 3, 2, 1, 1), struct.pack("<HHIHH", 530, 3, 2, 2, 2)
        ),
        tiff(RGB, "rgb", compression="jpeg2000"),
        tiff(deep(LIGHT), "logl"),
    ],
    ids=["complex", "volume", "int8", "int16", "raw", "ycbcr", "jpeg2000", "logl"],
)
def test_what_is_not_read_is_called_a_kind_and_not_damaged(data: bytes) -> None:
    with pytest.raises(UnreadTiffError, match="a kind of TIFF that I can't read"):
        read_picture(data)


@pytest.mark.parametrize("layout", ["contig", "separate"])
def test_a_tiff_that_breaks_off_is_taken_if_nine_tenths_of_its_rows_are_there(layout: str) -> None:
    file = BytesIO(encode(PHOTO, "TIFF", compression="raw"))
    data = file.getvalue()
    if layout == "separate":
        data = tiff(planes(RGB), "rgb", planarconfig=layout, rowsperstrip=4, compression="lzw")
    end = max(
        offset + size
        for page in [tifffile.TiffFile(BytesIO(data)).pages.first]
        for offset, size in zip(page.dataoffsets, page.databytecounts, strict=True)
    )

    picture = read_picture(data[: end - 96 * 3 * 5] if layout == "contig" else data[: end - 10])

    rows = picture.height
    assert rows == (67 if layout == "contig" else 68)
    assert notes_of(picture) == (Note.CUT_OFF,)
    assert mean_difference(picture, PHOTO.crop((0, 0, 96, rows))) == 0
    with pytest.raises(TruncatedPictureError):
        read_picture(data[: end - 96 * 3 * 20])
