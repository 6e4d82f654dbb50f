"""Which files are pictures, and which are refused by their header alone."""

from __future__ import annotations

import pytest
from PIL import Image

from core.pictures.codec import read_picture
from core.pictures.formats import Format, detect_format, is_animated
from core.pictures.jpeg_parts import MAX_JPEG_SCANS
from core.pictures.picture_errors import (
    AnimatedPictureError,
    TruncatedPictureError,
    UnknownFormatError,
)
from tests.auxil.pictures import (
    animated_bytes,
    encode,
    heic_bytes,
    heic_sequence_bytes,
    jpeg_bytes,
    mean_difference,
    photo,
    png_bytes,
    tiled_tiff_bytes,
)

FILES = {
    Format.JPEG: jpeg_bytes(),
    Format.PNG: png_bytes(),
    Format.WEBP: encode(image_format="WEBP", quality=95),
    Format.BMP: encode(image_format="BMP"),
    Format.TIFF: encode(image_format="TIFF"),
    Format.GIF: encode(image_format="GIF"),
    Format.AVIF: encode(image_format="AVIF", quality=95),
    Format.HEIC: heic_bytes(),
}


@pytest.mark.parametrize("picture_format", Format)
def test_every_format_is_told_by_its_bytes_and_read(picture_format: Format) -> None:
    data = FILES[picture_format]

    picture = read_picture(data)

    assert detect_format(data) is picture_format
    assert picture.mode == "RGB"
    assert (
        mean_difference(picture, photo()) < 8
    )  # a GIF has 256 colours; the others are much closer


@pytest.mark.parametrize("picture_format", Format)
@pytest.mark.parametrize("kept", [0.3, 0.6, 0.85])
def test_a_file_that_breaks_off_is_told_from_one_that_is_no_picture(
    picture_format: Format, kept: float
) -> None:
    data = FILES[picture_format]

    with pytest.raises(TruncatedPictureError):
        read_picture(data[: int(len(data) * kept)])


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\0" * 1000,
        b"hello",
        b"BMW drivers and their manners: a study in several volumes",
        b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n1 0 obj\n",
        b"<svg xmlns='http://www.w3.org/2000/svg' width='100' height='100'/>",
        b"PK\x03\x04" + bytes(200),
        b"\x00\x00\x00\x20ftypisom\x00\x00\x02\x00isomiso2avc1mp41" + bytes(200),
        b"RIFF\x24\x00\x00\x00WAVEfmt " + bytes(200),
        encode(image_format="ICO"),
        encode(image_format="JPEG2000"),
    ],
    ids=["empty", "zeros", "text", "BM", "pdf", "svg", "zip", "mp4", "wav", "ico", "jpeg2000"],
)
def test_what_is_no_picture_is_called_so(data: bytes) -> None:
    with pytest.raises(UnknownFormatError):
        read_picture(data)


@pytest.mark.parametrize("image_format", ["GIF", "WEBP", "PNG", "AVIF"])
def test_of_what_moves_the_first_frame_is_read_and_that_it_moves_is_known(
    image_format: str,
) -> None:
    data = animated_bytes(image_format)

    assert is_animated(data)
    assert mean_difference(read_picture(data), photo(seed=0)) < 25
    assert not is_animated(encode(photo(), image_format))


@pytest.mark.parametrize(
    "data", [*FILES.values(), b""], ids=[*(str(one) for one in FILES), "empty"]
)
def test_a_still_picture_does_not_move_nor_does_any_part_of_it(data: bytes) -> None:
    assert not any(is_animated(data[:length]) for length in range(0, len(data) + 1, 7))


def test_a_heic_sequence_is_refused() -> None:
    with pytest.raises(AnimatedPictureError):
        read_picture(heic_sequence_bytes())


def test_of_a_heic_sequence_with_a_primary_picture_that_is_taken() -> None:
    assert read_picture(heic_sequence_bytes(still=True)).size == photo().size


def test_a_heic_that_names_the_family_of_formats_alone_is_taken() -> None:
    bare = FILES[Format.HEIC].replace(
        b"ftypheic\0\0\0\0mif1heicmiaf", b"ftypmif1\0\0\0\0mif1miafmiaf", 1
    )
    assert detect_format(bare) is Format.HEIC
    assert read_picture(bare).size == read_picture(FILES[Format.HEIC]).size


@pytest.mark.parametrize("image_format", ["MPO", "TIFF"])
def test_further_views_and_pages_are_no_animation(image_format: str) -> None:
    data = encode(photo(), image_format, save_all=True, append_images=[photo(seed=1)])

    assert mean_difference(read_picture(data), photo()) < 8


def test_the_primary_picture_of_a_heic_is_the_one_read() -> None:
    data = heic_bytes(photo(seed=1), [photo()], primary_index=1)

    assert mean_difference(read_picture(data), photo()) < 8


def test_the_thumbnail_in_front_of_a_raw_photo_is_not_taken_for_it() -> None:
    raw = encode(photo(), "TIFF", tiffinfo={254: 1})

    with pytest.raises(UnknownFormatError):
        read_picture(raw)


def test_a_tiny_tiff_with_a_huge_tile_is_refused() -> None:
    assert read_picture(tiled_tiff_bytes(tile_side=96)).size == (96, 72)
    with pytest.raises(TruncatedPictureError):
        read_picture(tiled_tiff_bytes(tile_side=40_000))


def test_a_jpeg_of_very_many_scans_is_refused() -> None:
    data = jpeg_bytes(Image.new("L", (100, 100), 99), progressive=True)
    last_scan = data[data.rindex(b"\xff\xda") : -2]

    assert read_picture(data).size == (100, 100)
    with pytest.raises(TruncatedPictureError):
        read_picture(data[:-2] + last_scan * MAX_JPEG_SCANS + data[-2:])
