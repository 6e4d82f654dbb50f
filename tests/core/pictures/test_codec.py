"""A file's bytes become an upright, bare picture of a bearable size, or a sentence."""

from __future__ import annotations

import random
import subprocess
import sys
from contextlib import suppress
from io import BytesIO
from typing import TYPE_CHECKING

import numpy as np
import pytest
from PIL import Image

from core.pictures import codec
from core.pictures.codec import (
    read_picture,
    reread_picture,
    to_jpeg,
    to_pixels,
    to_png,
    to_webp,
)
from core.pictures.picture_errors import (
    FileTooLargeError,
    PictureError,
    TooManyPixelsError,
    TooNarrowError,
    TooSmallError,
)
from tests.auxil.pictures import (
    animated_bytes,
    corner_colours,
    encode,
    exif_bytes,
    heic_bytes,
    jpeg_bytes,
    mean_difference,
    photo,
    png_bytes,
    png_header_bytes,
    quadrants,
    swapped_profile,
)
from tests.auxil.waiting import PATIENCE

if TYPE_CHECKING:
    from pathlib import Path

UPRIGHT = ["red", "green", "blue", "white"]
# What each EXIF orientation asks a viewer to do, so that the stored picture is this one undone.
STORED = {
    1: None,
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_90,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_270,
}


@pytest.mark.parametrize("image_format", ["JPEG", "PNG", "WEBP", "TIFF", "AVIF", "HEIC"])
@pytest.mark.parametrize("orientation", STORED)
def test_pictures_are_set_upright(image_format: str, orientation: int) -> None:
    transpose = STORED[orientation]
    stored = quadrants() if transpose is None else quadrants().transpose(transpose)
    exif = exif_bytes(orientation=orientation)
    data = (
        heic_bytes(stored, exif=exif)
        if image_format == "HEIC"
        else encode(stored, image_format, exif=exif)
    )

    picture = read_picture(data)

    assert picture.size == (96, 72)
    assert corner_colours(picture) == UPRIGHT


@pytest.mark.parametrize("image_format", ["JPEG", "WEBP"])
def test_an_orientation_that_stands_in_xmp_alone_is_overlooked_as_everywhere(
    image_format: str,
) -> None:
    xmp = b'<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">'
    xmp += b'<rdf:Description xmlns:tiff="http://ns.adobe.com/tiff/1.0/" tiff:Orientation="6"/>'
    data = encode(quadrants(), image_format, xmp=xmp + b"</rdf:RDF></x:xmpmeta>")
    assert corner_colours(read_picture(data)) == UPRIGHT


@pytest.mark.filterwarnings("ignore::UserWarning")
@pytest.mark.parametrize(
    "exif", [b"Exif\0\0garbage", b"Exif\0\0II*\0\xff\xff\xff\xff", b"Exif\0\0"]
)
def test_broken_exif_does_not_fail_the_picture(exif: bytes) -> None:
    assert read_picture(jpeg_bytes(exif=exif)).size == (96, 72)


def test_a_huge_png_is_refused_by_its_header_without_costing_memory(tmp_path: Path) -> None:
    file = tmp_path / "huge.png"
    file.write_bytes(png_header_bytes(20_000, 20_000))
    program = """
import resource, sys
from pathlib import Path
from core.pictures.picture_errors import TooManyPixelsError
from core.pictures.codec import read_picture
peak = lambda: resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
data, before = Path(sys.argv[1]).read_bytes(), peak()
try:
    read_picture(data)
except TooManyPixelsError as error:
    assert (error.width, error.height) == (20000, 20000)
    sys.exit(0 if peak() - before < 20_000 else 3)
"""

    run = subprocess.run([sys.executable, "-c", program, file], check=False, timeout=PATIENCE)

    assert run.returncode == 0


@pytest.mark.parametrize(
    ("image_format", "in_haste"),
    [("JPEG", {}), ("GIF", {}), ("WEBP", {"method": 0}), ("AVIF", {"speed": 10})],
)
def test_too_many_pixels_are_refused_in_other_formats(
    image_format: str, in_haste: dict[str, int]
) -> None:
    data = encode(Image.new("L", (9000, 7001)), image_format, **in_haste)

    with pytest.raises(TooManyPixelsError, match=r"9000 × 7001.* 63 megapixels"):
        read_picture(data)


def test_63_megapixels_are_taken_and_one_row_more_is_not() -> None:
    assert read_picture(png_header_bytes(10_000, 6_300), max_side=2048).size == (2000, 1260)
    with pytest.raises(TooManyPixelsError):
        read_picture(png_header_bytes(10_000, 6_301))


def test_files_above_the_limit_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(codec, "MAX_BYTES", 2_000_000)
    data = jpeg_bytes()
    padded = data + bytes(codec.MAX_BYTES - len(data))

    assert read_picture(padded).size == (96, 72)
    with pytest.raises(FileTooLargeError, match="2 MB"):
        read_picture(padded + b"\0")


def test_small_pictures_are_refused() -> None:
    assert read_picture(png_bytes(photo(64, 64))).size == (64, 64)
    with pytest.raises(TooSmallError, match="63 × 200"):
        read_picture(png_bytes(photo(63, 200)))


def test_narrow_pictures_are_refused() -> None:
    assert read_picture(png_bytes(photo(1280, 64))).size == (1280, 64)
    with pytest.raises(TooNarrowError, match="1281 × 64 pixels: one side is more than 20 times"):
        read_picture(png_bytes(photo(1281, 64)))


def test_a_refusal_names_the_size_as_the_person_sees_it() -> None:
    lying = jpeg_bytes(photo(63, 200), exif=exif_bytes(orientation=6))

    with pytest.raises(TooSmallError, match="200 × 63"):
        read_picture(lying)


@pytest.mark.parametrize("image_format", ["JPEG", "PNG", "WEBP", "TIFF"])
def test_no_metadata_survives(image_format: str) -> None:
    exif = exif_bytes(orientation=6, gps=True)
    data = encode(photo(), image_format, exif=exif, icc_profile=swapped_profile())
    assert b"SecretCameraMaker" in data

    picture = read_picture(data)

    untouched = Image.open(BytesIO(data))
    for written in (*(write(picture) for write in (to_jpeg, to_png, to_webp)), to_jpeg(untouched)):
        reread = Image.open(BytesIO(written))
        assert b"SecretCameraMaker" not in written
        assert not dict(reread.getexif())
        assert not {"exif", "icc_profile", "comment", "xmp"} & set(reread.info)


def test_transparency_is_kept_where_the_format_can_hold_it_and_is_white_elsewhere() -> None:
    picture = photo(120, 80).convert("RGBA")
    picture.paste((0, 0, 0, 0), (0, 0, 60, 80))

    for write in (to_png, to_pixels):
        assert reread_picture(write(picture)).tobytes() == picture.tobytes()
    assert reread_picture(to_webp(picture)).getpixel((5, 5)) == (0, 0, 0, 0)
    for written in (to_jpeg(picture), to_jpeg(picture, max_side=60)):
        assert reread_picture(written).getpixel((5, 5)) == (255, 255, 255)


def test_png_gives_back_every_pixel() -> None:
    picture = photo(120, 80)

    assert mean_difference(read_picture(to_png(picture)), picture) == 0


def test_what_was_written_here_is_reread_however_small() -> None:
    picture = photo(64, 16)

    assert mean_difference(reread_picture(to_png(picture)), picture) == 0
    assert reread_picture(to_jpeg(picture)).size == (64, 16)
    for damaged in (to_jpeg(picture)[:200], b"hello"):
        with pytest.raises(PictureError):
            reread_picture(damaged)


def test_jpeg_is_reduced_to_the_side_asked_for_and_never_enlarged() -> None:
    picture = photo(400, 200)

    assert read_picture(to_jpeg(picture, max_side=160)).size == (160, 80)
    assert read_picture(to_jpeg(picture, max_side=4000)).size == (400, 200)
    assert picture.size == (400, 200)
    assert len(to_jpeg(picture, quality=40)) < len(to_jpeg(picture, quality=90))


def victims() -> dict[str, bytes]:
    formats = ("JPEG", "PNG", "WEBP", "BMP", "GIF", "AVIF", "TIFF")
    return {
        **{name: encode(photo(seed=3), name) for name in formats},
        "HEIC": heic_bytes(),
        "progressive": jpeg_bytes(progressive=True, exif=exif_bytes(orientation=6, gps=True)),
        "palette": png_bytes(photo().convert("P"), transparency=3, icc_profile=swapped_profile()),
        "lzw": encode(photo(), "TIFF", compression="tiff_lzw"),
        "apng": animated_bytes("PNG"),
        "agif": animated_bytes("GIF"),
    }


@pytest.mark.filterwarnings("ignore::UserWarning")
@pytest.mark.parametrize(("name", "data"), victims().items(), ids=victims())
def test_damaged_files_end_in_a_picture_or_a_picture_error(name: str, data: bytes) -> None:
    chance = random.Random(name)
    for _ in range(120):
        damaged = bytearray(data)
        for _ in range(chance.choice((1, 3, 10))):
            reach = min(len(damaged), chance.choice((64, 400, len(damaged))))
            damaged[chance.randrange(reach)] = chance.randrange(256)
        if chance.random() < 0.2:
            del damaged[chance.randrange(len(damaged)) :]

        with suppress(PictureError):
            picture = read_picture(bytes(damaged))
            assert picture.mode in {"RGB", "RGBA"}
            assert np.asarray(picture).any()
