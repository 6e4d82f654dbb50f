"""The films show what happened, and every phone can play them."""

from __future__ import annotations

from io import BytesIO
from itertools import pairwise

import av
import numpy as np
import pytest
from av.video.reformatter import Colorspace
from PIL import Image

from core.pictures.picture_errors import PictureError
from core.render.film import FILM_SIDE, before_and_after, time_lapse
from tests.auxil.pictures import jpeg_bytes, mean_difference, photo, png_bytes


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


def test_the_painting_comes_over_the_photo_and_goes_again() -> None:
    content, final = Image.new("RGB", (320, 240), "navy"), Image.new("RGB", (320, 240), "gold")

    stream, seconds, pictures = decode(before_and_after(jpeg_bytes(content), png_bytes(final)))

    assert (stream.codec_context.name, stream.codec_context.pix_fmt) == ("h264", "yuv420p")
    assert 4 <= seconds <= 6
    painted = [float(np.asarray(picture)[:, :, 0].mean()) / 255 for picture in pictures]
    top = painted.index(max(painted))
    assert painted[0] < 0.02
    assert painted[top] > 0.98
    assert all(later > earlier - 0.02 for earlier, later in pairwise(painted[: top + 1]))
    assert all(later < earlier + 0.02 for earlier, later in pairwise(painted[top:]))
    assert painted[-1] < 0.05  # it goes round without a jump


def test_half_way_one_half_is_the_painting_and_the_other_the_photo() -> None:
    content, final = photo(320, 240), photo(320, 240, seed=7)

    _, _, pictures = decode(before_and_after(jpeg_bytes(content), png_bytes(final)))

    left, right = (0, 0, 150, 240), (170, 0, 320, 240)
    middle = min(
        pictures,
        key=lambda one: (
            mean_difference(one.crop(left), final.crop(left))
            + mean_difference(one.crop(right), content.crop(right))
        ),
    )
    assert mean_difference(middle.crop(left), final.crop(left)) < 5
    assert mean_difference(middle.crop(right), content.crop(right)) < 5
