"""Every file that cannot be used gets its sentence, and the conversation goes on unharmed; every good kind is taken."""

from __future__ import annotations

import random
import struct
import zlib
from typing import TYPE_CHECKING

import numpy as np
import pytest
from PIL import Image

from core.pictures.codec import read_picture
from tests.auxil.pictures import (
    corner_colours,
    encode,
    exif_bytes,
    heic_bytes,
    jpeg_bytes,
    painting,
    photo,
    png16_bytes,
    png_bytes,
    png_header_bytes,
    quadrants,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.auxil.person import Person
    from tests.auxil.transcript import Entry

pytestmark = pytest.mark.usefixtures("atelier")

PHOTO = jpeg_bytes(photo(96, 72))
MANNER = jpeg_bytes(painting(80, 80))
MEGABYTE = 1_000_000

NOT_A_PICTURE = "not a picture I can read"
DAMAGED = "incomplete or damaged"


def half(data: bytes) -> bytes:
    return data[: len(data) // 2]


def noise(size: int) -> bytes:
    return random.Random(1).randbytes(size)


def claiming(width: int, height: int) -> bytes:
    """A PNG whose header claims more pixels than it has."""
    honest = png_header_bytes(64, 64)
    header = b"IHDR" + struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    return honest[:12] + header + struct.pack(">I", zlib.crc32(header)) + honest[33:]


BAD: dict[str, tuple[str, Callable[[], bytes], str]] = {
    "pdf": ("form.pdf", lambda: b"%PDF-1.7\n1 0 obj\n<<>>\nendobj\n%%EOF\n", NOT_A_PICTURE),
    "text": ("notes.txt", lambda: b"a cat on a roof\n", NOT_A_PICTURE),
    "svg": ("logo.svg", lambda: b'<svg xmlns="http://www.w3.org/2000/svg"/>', NOT_A_PICTURE),
    "noise": ("noise.jpg", lambda: noise(20_000), NOT_A_PICTURE),
    "truncated jpeg": ("cut.jpg", lambda: half(jpeg_bytes(photo(320, 240))), DAMAGED),
    "truncated png": ("cut.png", lambda: half(png_bytes(photo(320, 240))), DAMAGED),
    "over 20 MB": ("huge.png", lambda: PHOTO + bytes(21 * MEGABYTE), "has 21 MB; I can take 20 MB"),
    "over 63 megapixels": (
        "vast.png",
        lambda: claiming(20_000, 20_000),
        "20000 × 20000 pixels; I can take 63 megapixels",
    ),
    "too small": ("tiny.png", lambda: png_bytes(photo(300, 63)), "each side needs at least 64"),
    "too narrow": ("strip.png", lambda: png_bytes(photo(1410, 70)), "more than 20 times the other"),
}


@pytest.mark.parametrize("kind", BAD)
async def test_a_bad_file_gets_its_sentence_at_each_step_and_harms_nothing(
    ada: Person, kind: str
) -> None:
    name, make, sentence = BAD[kind]
    bad = make()

    await ada.send_file(bad, name=name)
    refused = await ada.expect_text(sentence)
    assert "send the photo you want repainted" in refused.text

    await ada.send_photo(PHOTO)
    await ada.expect_text("send the style picture")
    await ada.send_file(bad, name=name)
    refused = await ada.expect_text(sentence)
    assert "send the style picture" in refused.text

    await ada.send_photo(MANNER)
    question = await ada.expect_text("Choose a quality")
    await ada.send_file(bad, name=name)
    refused = await ada.expect_text(sentence)
    assert ada.now(question).buttons == []
    await finish(ada, refused, size=(96, 72))


async def test_of_a_file_that_breaks_off_late_the_rest_is_taken_and_it_is_said(ada: Person) -> None:
    whole = jpeg_bytes(photo(320, 240))
    await ada.send_file(whole[: int(len(whole) * 0.96)], name="cut.jpg")
    await ada.expect_text(
        "a strip at one edge is missing; I use the rest", "send the style picture"
    )


async def test_a_photo_of_a_bad_shape_is_told_at_each_step(ada: Person) -> None:
    picture, sentence = photo(300, 40), "each side needs at least 64"
    await ada.send_photo(jpeg_bytes(picture))
    await ada.expect_text(sentence, "send the photo you want repainted")
    await ada.send_photo(PHOTO)
    await ada.expect_text("send the style picture")
    await ada.send_photo(jpeg_bytes(picture))
    await ada.expect_text(sentence, "send the style picture")
    await ada.send_photo(MANNER)
    await finish(ada, await ada.expect_text("Choose a quality"), size=(96, 72))


async def test_of_an_album_with_a_bad_picture_the_good_one_is_kept(ada: Person) -> None:
    await ada.send_album([PHOTO, jpeg_bytes(photo(300, 40))])
    await ada.expect_text("each side needs at least 64")
    await ada.expect_text("send the style picture")
    await ada.send_photo(MANNER)
    await finish(ada, await ada.expect_text("Choose a quality"), size=(96, 72))


async def test_an_album_with_a_bad_photo_is_the_style(ada: Person) -> None:
    await ada.send_album([jpeg_bytes(photo(300, 40)), MANNER])
    await ada.expect_text("each side needs at least 64")
    await ada.expect_text("The other picture of your album is the style", "send the photo")
    await ada.send_photo(PHOTO)
    await finish(ada, await ada.expect_text("Choose a quality"), size=(96, 72))


GOOD: dict[str, tuple[str, Callable[[], bytes]]] = {
    "heic": ("IMG_1.HEIC", lambda: heic_bytes(quadrants())),
    "avif": ("cat.avif", lambda: encode(quadrants(), "AVIF")),
    "webp": ("cat.webp", lambda: encode(quadrants(), "WEBP", lossless=True)),
    "tiff": ("cat.tiff", lambda: encode(quadrants(), "TIFF")),
    "bmp": ("cat.bmp", lambda: encode(quadrants(), "BMP")),
    "still gif": ("cat.gif", lambda: encode(quadrants(), "GIF")),
    "cmyk jpeg": ("print.jpg", lambda: jpeg_bytes(quadrants().convert("CMYK"))),
    "gray jpeg": ("gray.jpg", lambda: jpeg_bytes(quadrants().convert("L"))),
    "transparent png": ("cut-out.png", lambda: png_bytes(quadrants().convert("RGBA"))),
    "16-bit png": (
        "deep.png",
        lambda: png16_bytes(np.asarray(quadrants()).astype(np.uint16) * 257),
    ),
    "no name": ("file", lambda: png_bytes(quadrants())),
}


@pytest.mark.parametrize("kind", GOOD)
async def test_every_good_kind_is_taken_as_photo_and_as_manner(ada: Person, kind: str) -> None:
    name, make = GOOD[kind]
    await ada.send_file(make(), name=name)
    await ada.expect_text("send the style picture")
    await ada.send_file(make(), name=name)
    question = await ada.expect_text("Choose a quality")
    result = await finish(ada, question, size=(96, 72))
    # The stub painter gives the content back as it was read.
    if kind != "gray jpeg":
        assert corner_colours(result) == corner_colours(quadrants())


async def test_a_cut_out_comes_back_as_a_file_that_is_one_and_as_a_photo_on_white(
    ada: Person,
) -> None:
    cut = Image.new("RGBA", (96, 72), (255, 0, 0, 0))
    cut.paste((0, 0, 255, 255), (48, 0, 96, 72))
    await ada.send_file(png_bytes(cut), name="sticker.png")
    await ada.expect_text("send the style picture")
    await ada.send_photo(MANNER)
    await ada.press(await ada.expect_text("Choose a quality"), "Quick")

    result = await ada.expect(_is_result, what="a result")
    shown = read_picture(await ada.download(result))
    assert "on white" in result.text
    await ada.press(result, "Cut-out as a file")
    file = read_picture(await ada.download(await ada.expect_kind("document")))

    assert corner_colours(shown) == ["white", "blue", "blue", "white"]
    assert (file.getpixel((5, 5)), file.getpixel((90, 5))) == ((0, 0, 0, 0), (0, 0, 255, 255))


@pytest.mark.parametrize("as_file", [True, False])
async def test_a_photo_that_was_held_sideways_comes_back_upright(
    ada: Person, *, as_file: bool
) -> None:
    sideways = jpeg_bytes(quadrants(96, 72).rotate(90, expand=True), exif=exif_bytes(orientation=6))
    if as_file:
        await ada.send_file(sideways, name="IMG_2.jpg")
    else:
        await ada.send_photo(sideways)
    await ada.expect_text("send the style picture")
    await ada.send_photo(MANNER)
    result = await finish(ada, await ada.expect_text("Choose a quality"), size=(96, 72))
    assert corner_colours(result) == corner_colours(quadrants())


def _is_result(entry: Entry) -> bool:
    return entry.kind == "photo" and any("more:" in (one.data or "") for one in entry.buttons)


async def finish(ada: Person, question: Entry, *, size: tuple[int, int]) -> Image.Image:
    """Press a preset and read the result."""
    await ada.press(question, "Quick")
    result = read_picture(await ada.download(await ada.expect_result()))
    assert result.size == size
    return result
