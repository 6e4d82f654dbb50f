"""Makes films: a time lapse of a transfer, and the photo beside its result. All phones play these MP4s."""

from __future__ import annotations

import math
from fractions import Fraction
from itertools import repeat
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any, Final

import av
import numpy as np
from av.video.reformatter import ColorRange, Colorspace
from PIL import Image

from core.pictures.codec import reread_picture
from core.pictures.srgb import on_white

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from av.container import OutputContainer
    from av.video.stream import VideoStream
    from numpy.typing import NDArray

FRAMES_PER_SECOND: Final = 25
FILM_SIDE: Final = 720
MIN_SECONDS: Final = 4.0

_CONTENT_SECONDS: Final = 1.0
_FORMING_SECONDS: Final = 4.0
_FINAL_SECONDS: Final = 1.6
_LONGEST_SHOWN: Final = 10
"""The most film frames that show one frame of the transfer, however few there are."""

_STILL_SECONDS: Final = 0.9
_WIPE_SECONDS: Final = 1.6
_SEAM: Final = 1 / 240
"""Width of the line between photo and result, as a part of the film's long side."""

_PEAK_BITS: Final = 16_000_000  # per second, so that eight seconds of any picture stay under 20 MB
_BT709: Final = 1  # ITU-T H.273: the matrix, primaries and transfer function of HD video

_ENCODER_OPTIONS: Final = {
    "preset": "veryfast",
    "crf": "20",
    "maxrate": str(_PEAK_BITS),
    "bufsize": str(_PEAK_BITS // 2),
}


def time_lapse(frames: Sequence[bytes], content: bytes, final: bytes) -> bytes:
    """Film how the picture formed: the photo, the frames, and the result for a longer moment.

    Args:
        frames: Picture files of the forming picture, in order, of any sizes.
        content: The photo's file.
        final: The result's file; the film has its aspect ratio.

    Returns:
        An MP4 file (H.264, yuv420p, no sound) of 4 to 8 seconds, under 20 MB, with a long side of at most 720 pixels.

    Raises:
        core.pictures.picture_errors.PictureError: One of the pictures cannot be read.
    """
    last = on_white(reread_picture(final))
    size = _even_size(last.size)
    return _film(_repeated(_scenes(frames, on_white(reread_picture(content)), last), size), size)


def before_and_after(content: bytes, final: bytes) -> bytes:
    """Film a wipe from the photo to the result and back, which can play in a loop.

    Args:
        content: The photo's file.
        final: The result's file; the film has its aspect ratio.

    Returns:
        An MP4 file in the format of ``time_lapse``, five seconds long.

    Raises:
        core.pictures.picture_errors.PictureError: One of the pictures cannot be read.
    """
    after = on_white(reread_picture(final))
    size = _even_size(after.size)
    before = on_white(reread_picture(content))
    return _film(_wipe(_resized(before, size), _resized(after, size)), size)


def _film(pictures: Iterable[NDArray[np.uint8]], size: tuple[int, int]) -> bytes:
    # Moving the index to the front needs a file on disk.
    with TemporaryDirectory() as directory:
        file = Path(directory) / "film.mp4"
        with av.open(str(file), "w", options={"movflags": "+faststart"}) as container:
            stream = _add_stream(container, size)
            for number, pixels in enumerate(pictures):
                frame = _video_frame(pixels)
                frame.pts = number
                container.mux(stream.encode(frame))
            container.mux(stream.encode(None))
        return file.read_bytes()


def _add_stream(container: OutputContainer, size: tuple[int, int]) -> VideoStream:
    stream = container.add_stream("libx264", rate=FRAMES_PER_SECOND, options=_ENCODER_OPTIONS)
    stream.width, stream.height = size
    stream.pix_fmt = "yuv420p"
    stream.time_base = Fraction(1, FRAMES_PER_SECOND)
    codec = stream.codec_context
    codec.colorspace = codec.color_primaries = codec.color_trc = _BT709
    codec.color_range = ColorRange.MPEG
    return stream


def _video_frame(pixels: Any) -> av.VideoFrame:  # noqa: ANN401 - PyAV's stubs have no type for an array of bytes
    return av.VideoFrame.from_ndarray(pixels, format="rgb24").reformat(
        format="yuv420p",
        dst_colorspace=Colorspace.ITU709,
        dst_color_range=ColorRange.MPEG,
    )


def _scenes(
    frames: Sequence[bytes], content: Image.Image, final: Image.Image
) -> Iterator[tuple[Image.Image, int]]:
    """Each picture, and the number of film frames that show it."""
    shown = round(_FORMING_SECONDS * FRAMES_PER_SECOND / max(len(frames), 1))
    each = min(max(shown, 1), _LONGEST_SHOWN)
    begin = round(_CONTENT_SECONDS * FRAMES_PER_SECOND)
    missing = round(MIN_SECONDS * FRAMES_PER_SECOND) - begin - each * len(frames)
    yield content, begin
    for frame in frames:
        yield reread_picture(frame), each
    yield final, max(round(_FINAL_SECONDS * FRAMES_PER_SECOND), missing)


def _repeated(
    scenes: Iterator[tuple[Image.Image, int]], size: tuple[int, int]
) -> Iterator[NDArray[np.uint8]]:
    for picture, count in scenes:
        yield from repeat(_resized(picture, size), count)


def _wipe(before: NDArray[np.uint8], after: NDArray[np.uint8]) -> Iterator[NDArray[np.uint8]]:
    """The photo, a wipe to the result from the left, the result, and the wipe back."""
    still, moving = (
        round(seconds * FRAMES_PER_SECOND) for seconds in (_STILL_SECONDS, _WIPE_SECONDS)
    )
    shares = [(1 - math.cos(math.pi * step / moving)) / 2 for step in range(1, moving)]
    yield from repeat(before, still)
    yield from (_wipe_frame(before, after, share) for share in shares)
    yield from repeat(after, still)
    yield from (_wipe_frame(before, after, share) for share in reversed(shares))


def _wipe_frame(
    before: NDArray[np.uint8], after: NDArray[np.uint8], share: float
) -> NDArray[np.uint8]:
    """The result on the left and the photo on the right of a line at ``share`` of the width; both (height, width, 3)."""
    edge = round(share * before.shape[1])
    half = max(1, round(_SEAM * max(before.shape) / 2))
    both = before.copy()
    both[:, :edge] = after[:, :edge]
    both[:, max(0, edge - half) : edge + half] = 255
    return both


def _resized(picture: Image.Image, size: tuple[int, int]) -> NDArray[np.uint8]:
    return np.asarray(picture.resize(size, Image.Resampling.LANCZOS))


def _even_size(size: tuple[int, int]) -> tuple[int, int]:
    """The size reduced to a long side of FILM_SIDE at most; both sides are even, since chroma has half the resolution."""
    factor = min(1.0, FILM_SIDE / max(size))
    width, height = (max(2, 2 * round(side * factor / 2)) for side in size)
    return width, height
