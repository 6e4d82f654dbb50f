"""Whatever a file's mode, depth, profile or transparency: it comes out as the colours a viewer shows."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
from PIL import Image, ImageCms

from core.pictures.codec import read_picture
from core.pictures.picture_errors import InvisiblePictureError
from core.pictures.srgb import on_white
from tests.auxil.pictures import (
    encode,
    heic_bytes,
    jpeg_bytes,
    mean_difference,
    photo,
    png16_bytes,
    png_bytes,
    swapped_profile,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

SIZE = (96, 72)


def pixel(data: bytes, at: tuple[int, int] = (10, 10)) -> tuple[int, ...]:
    """What is to be seen at a point, on white."""
    value = on_white(read_picture(data)).getpixel(at)
    assert isinstance(value, tuple)
    return value


def ramp(dtype: type, top: float) -> NDArray[np.generic]:
    return np.tile(np.linspace(0, top, SIZE[0]), (SIZE[1], 1)).astype(dtype)


def gray_ramp() -> Image.Image:
    return Image.fromarray(ramp(np.uint8, 255))


@pytest.mark.parametrize(
    "data",
    [
        png16_bytes(ramp(np.uint16, 65535)),
        png16_bytes(np.stack([ramp(np.uint16, 65535)] * 3, axis=-1)),
        encode(Image.fromarray(ramp(np.uint16, 65535)), "TIFF"),
        encode(Image.fromarray(ramp(np.int32, 65535)), "TIFF"),
        encode(Image.fromarray(ramp(np.float32, 1.0)), "TIFF"),
        encode(Image.fromarray(ramp(np.float32, 255.0)), "TIFF"),
        png_bytes(gray_ramp()),
        jpeg_bytes(gray_ramp()),
        encode(gray_ramp(), "WEBP", lossless=True),
    ],
    ids=[
        *("png-16", "png-16-rgb", "tiff-16", "tiff-32", "tiff-float", "tiff-float-255"),
        *("png-gray", "jpeg-gray", "webp-gray"),
    ],
)
def test_every_depth_spans_black_to_white(data: bytes) -> None:
    picture = read_picture(data)

    assert mean_difference(picture, gray_ramp().convert("RGB")) < 1.5


def test_one_bit_pictures_are_read() -> None:
    bits = gray_ramp().point(lambda value: 255 * (value > 127)).convert("1")

    assert pixel(png_bytes(bits), (5, 5)) == (0, 0, 0)
    assert pixel(encode(bits, "TIFF", compression="group4"), (90, 5)) == (255, 255, 255)


@pytest.mark.parametrize("mode", ["RGBA", "LA", "P"])
def test_transparency_is_kept(mode: str) -> None:
    image = Image.new("RGBA", SIZE, (0, 0, 0, 0))
    image.paste((0, 0, 0, 255), (48, 0, 96, 72))
    data = png_bytes(image.convert(mode)) if mode != "P" else encode(image, "GIF")

    assert read_picture(data).mode == "RGBA"
    assert pixel(data, (5, 5)) == (255, 255, 255)
    assert pixel(data, (90, 5)) == (0, 0, 0)


def test_half_transparent_is_half_white() -> None:
    data = png_bytes(Image.new("RGBA", SIZE, (200, 0, 0, 128)))

    assert pixel(data) == pytest.approx((227, 127, 127), abs=1)


@pytest.mark.parametrize("image_format", ["WEBP", "AVIF", "TIFF", "HEIC"])
def test_transparency_of_other_formats_is_kept(image_format: str) -> None:
    image = Image.new("RGBA", SIZE, (0, 0, 0, 0))
    image.paste((0, 0, 0, 255), (48, 0, 96, 72))
    data = heic_bytes(image) if image_format == "HEIC" else encode(image, image_format)

    assert pixel(data, (5, 5)) == pytest.approx((255, 255, 255), abs=2)
    assert pixel(data, (90, 5)) == pytest.approx((0, 0, 0), abs=2)


@pytest.mark.parametrize("max_side", [None, 64, 90])
def test_hidden_colours_do_not_come_out(max_side: int | None) -> None:
    """Red was erased: where nothing is to be seen, there is black, and none of it has mixed into the blue."""
    image = Image.new("RGBA", (192, 144), (255, 0, 0, 0))
    image.paste((0, 0, 255, 255), (96, 0, 192, 144))

    picture = read_picture(png_bytes(image), max_side=max_side)

    red, _, _, alpha = picture.split()
    assert red.getextrema() == (0, 0)
    assert alpha.getextrema() == (0, 255)


def test_a_picture_that_is_opaque_everywhere_loses_its_alpha() -> None:
    assert read_picture(png_bytes(photo().convert("RGBA"))).mode == "RGB"


def test_a_picture_that_shows_nothing_is_refused() -> None:
    with pytest.raises(InvisiblePictureError):
        read_picture(png_bytes(Image.new("RGBA", SIZE, (255, 0, 0, 0))))


def test_a_palette_with_transparency_is_read() -> None:
    palette = Image.new("P", SIZE, 0)
    palette.putpalette([0, 0, 255, 255, 0, 0])
    palette.paste(1, (48, 0, 96, 72))

    data = png_bytes(palette, transparency=0)

    assert pixel(data, (5, 5)) == (255, 255, 255)
    assert pixel(data, (90, 5)) == (255, 0, 0)


def test_the_colour_profile_is_applied() -> None:
    red = Image.new("RGB", SIZE, (255, 0, 0))

    assert pixel(png_bytes(red, icc_profile=swapped_profile())) == pytest.approx((0, 255, 0), abs=2)
    assert pixel(jpeg_bytes(red, icc_profile=swapped_profile())) == pytest.approx(
        (0, 255, 0), abs=4
    )


def test_white_stays_white_under_a_profile_and_behind_transparency() -> None:
    half = Image.new("RGBA", SIZE, (255, 0, 0, 0))
    half.paste((255, 255, 255, 255), (48, 0, 96, 72))
    data = png_bytes(half, icc_profile=swapped_profile())

    assert pixel(data, (5, 5)) == pixel(data, (90, 5)) == (255, 255, 255)


def test_an_rgb_profile_on_a_gray_picture_leaves_it_gray() -> None:
    srgb = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()

    assert pixel(jpeg_bytes(Image.new("L", SIZE, 120), icc_profile=srgb)) == pytest.approx(
        (120, 120, 120), abs=2
    )


@pytest.mark.parametrize(
    "profile",
    [
        b"nonsense",
        bytes(128),
        swapped_profile()[:200],
        ImageCms.ImageCmsProfile(ImageCms.createProfile("LAB")).tobytes(),
    ],
    ids=["text", "zeros", "cut", "of-another-space"],
)
def test_a_profile_that_is_broken_or_does_not_fit_is_passed_over(profile: bytes) -> None:
    data = png_bytes(photo(), icc_profile=profile)

    assert mean_difference(read_picture(data), photo()) == 0


@pytest.mark.parametrize(
    ("ink", "expected"),
    [((0, 0, 0, 0), (255, 255, 255)), ((0, 255, 255, 0), (255, 0, 0)), ((0, 0, 0, 255), (0, 0, 0))],
    ids=["paper", "red", "black"],
)
@pytest.mark.parametrize("write", [jpeg_bytes, lambda image: encode(image, "TIFF")])
def test_cmyk_is_read_as_ink_on_paper(
    write: Callable[[Image.Image], bytes],
    ink: tuple[int, int, int, int],
    expected: tuple[int, int, int],
) -> None:
    assert pixel(write(Image.new("CMYK", SIZE, ink))) == pytest.approx(expected, abs=3)


def test_lab_pictures_are_read() -> None:
    lab = ImageCms.profileToProfile(
        Image.new("RGB", SIZE, (200, 40, 90)),
        ImageCms.createProfile("sRGB"),
        ImageCms.createProfile("LAB"),
        outputMode="LAB",
    )

    assert pixel(encode(lab, "TIFF")) == pytest.approx((200, 40, 90), abs=4)
