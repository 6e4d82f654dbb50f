"""The curve and the film show what happened, and every phone can show them."""

from __future__ import annotations

import math
from io import BytesIO
from itertools import pairwise
from typing import TYPE_CHECKING

import av
import numpy as np
import pytest
from av.video.reformatter import Colorspace
from PIL import Image

from core.engines.base import TracePoint
from core.render import FILM_SIDE, loss_curve, time_lapse
from core.style.errors import PictureError
from core.style.events import Losses
from tests.auxil.pictures import jpeg_bytes, mean_difference, photo, png_bytes

if TYPE_CHECKING:
    from numpy.typing import NDArray

ORANGE, BLUE = (255, 180, 84), (108, 192, 255)


def trace(*evaluations: int, start: float = 3.0) -> list[TracePoint]:
    """As many scales as numbers; the style loss falls and the content loss rises in each."""
    points: list[TracePoint] = []
    for scale, count in enumerate(evaluations, 1):
        for step in range(count):
            losses = Losses(start * math.exp(-step / 10) + 0.1, 0.4 * step / count)
            points.append(TracePoint(len(points) + 1, scale, 0.1 * len(points), losses))
    return points


def draw(points: list[TracePoint], *, dark: bool = True) -> NDArray[np.uint8]:
    data = loss_curve(points, dark=dark)
    image = Image.open(BytesIO(data))
    assert image.format == "PNG"
    return np.asarray(image.convert("RGB"))


def where(pixels: NDArray[np.uint8], colour: tuple[int, int, int]) -> list[int]:
    """The mean height of a line's pixels in each column right of the axis and below the legend."""
    near = np.abs(pixels[120:760, 200:].astype(int) - colour).max(axis=-1) < 12
    return [int(np.flatnonzero(column).mean()) for column in near.T if column.any()]


def test_the_curve_shows_style_falling_and_content_rising() -> None:
    pixels = draw(trace(60))

    style, content = where(pixels, ORANGE), where(pixels, BLUE)
    assert style[0] + 100 < style[-1]  # a picture's rows count downwards
    assert content[0] > content[-1] + 50


def test_the_curve_is_dark_for_dark_chats_and_light_for_light_ones() -> None:
    assert draw(trace(20))[0, 0].max() < 60
    assert draw(trace(20), dark=False)[0, 0].min() > 240


def test_scale_changes_are_marked() -> None:
    def dashes(points: list[TracePoint]) -> int:
        pixels = draw(points)[150:700].astype(int).mean(axis=-1)
        columns = (pixels > 100).mean(axis=0)
        return sum(
            1
            for before, here in pairwise(columns)
            if before < 0.3 <= here  # a dashed line covers half of its column
        )

    assert dashes(trace(90)) == 0
    assert dashes(trace(30, 30, 30)) == 2


@pytest.mark.parametrize(
    "points",
    [
        [],
        trace(1),
        trace(1, 1, 1),
        [TracePoint(n, 1, n, Losses(0.0, 0.0)) for n in range(3)],
        [TracePoint(n, 1, n, Losses(1e30 / (n + 1), 1e-30)) for n in range(9)],
    ],
    ids=["empty", "one", "one-a-scale", "zero", "extreme"],
)
def test_odd_traces_are_drawn_without_a_complaint(points: list[TracePoint]) -> None:
    assert draw(points).shape == (860, 1280, 3)


def decode(film: bytes) -> tuple[av.VideoStream, float, list[Image.Image]]:
    with av.open(BytesIO(film), "r") as container:
        assert not container.streams.audio
        stream = container.streams.video[0]
        assert stream.duration is not None
        assert stream.time_base is not None
        pictures = [
            Image.fromarray(frame.to_ndarray(format="rgb24", src_colorspace=Colorspace.ITU709))
            for frame in container.decode(stream)
        ]
        return stream, float(stream.duration * stream.time_base), pictures


def fade(count: int, size: tuple[int, int] = (320, 240)) -> list[bytes]:
    one, other = photo(*size), photo(*size, seed=7)
    return [jpeg_bytes(Image.blend(one, other, step / count)) for step in range(count)]


@pytest.mark.parametrize("count", [0, 1, 12, 60])
def test_the_film_goes_from_the_photo_to_the_result_in_four_to_eight_seconds(count: int) -> None:
    content, final = photo(320, 240), photo(320, 240, seed=7)

    stream, seconds, pictures = decode(
        time_lapse(fade(count), jpeg_bytes(content), png_bytes(final))
    )

    assert (stream.codec_context.name, stream.codec_context.pix_fmt) == ("h264", "yuv420p")
    assert 4 <= seconds <= 8
    assert len(pictures) == pytest.approx(seconds * 25, abs=1)
    assert mean_difference(pictures[0], content) < 4
    assert mean_difference(pictures[20], content) < 4
    assert mean_difference(pictures[-35], final) < 5
    assert mean_difference(pictures[-1], final) < 4


def test_the_film_shows_every_frame_in_order() -> None:
    one, other = Image.new("RGB", (96, 72), "black"), Image.new("RGB", (96, 72), "white")
    frames = [jpeg_bytes(Image.blend(one, other, step / 39)) for step in range(40)]

    _, _, pictures = decode(time_lapse(frames, jpeg_bytes(one), png_bytes(other)))

    brightness = [float(np.asarray(picture).mean()) for picture in pictures]
    assert all(later > earlier - 3 for earlier, later in pairwise(brightness))
    assert len({round(value / 6.4) for value in brightness}) >= 35


@pytest.mark.parametrize("size", [(321, 241), (1280, 853), (64, 640), (97, 65)])
def test_sides_are_even_and_bounded_and_the_aspect_ratio_is_kept(size: tuple[int, int]) -> None:
    film = time_lapse([], jpeg_bytes(photo(*size)), jpeg_bytes(photo(*size, seed=1)))

    stream, _, _ = decode(film)

    assert stream.width % 2 == stream.height % 2 == 0
    assert max(stream.width, stream.height) <= min(FILM_SIDE, max(size) + 1)
    assert stream.width / stream.height == pytest.approx(size[0] / size[1], rel=0.03)


def test_frames_of_coarser_scales_are_enlarged() -> None:
    frames = [jpeg_bytes(photo(32, 24)), jpeg_bytes(photo(160, 120))]

    stream, _, _ = decode(time_lapse(frames, jpeg_bytes(photo()), png_bytes(photo(320, 240))))

    assert (stream.width, stream.height) == (320, 240)


def test_even_noise_stays_under_twenty_megabytes_and_its_index_comes_first() -> None:
    random = np.random.default_rng(0)
    noise = [
        jpeg_bytes(Image.fromarray(random.integers(0, 256, (540, 720, 3), dtype=np.uint8)))
        for _ in range(60)
    ]

    film = time_lapse(noise, noise[0], noise[1])

    assert 1e6 < len(film) < 20e6
    assert film.index(b"moov") < film.index(b"mdat")


def test_a_broken_frame_is_told_as_a_picture_error() -> None:
    with pytest.raises(PictureError):
        time_lapse([b"hello"], jpeg_bytes(), png_bytes())
