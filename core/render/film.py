"""What moves: how a picture formed, and the photo and its painting by turns. MP4s that every phone plays."""

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

from core.pictures.codec import read_picture, reread_picture

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
_LONGEST_SHOWN: Final = (
    10  # ticks; where there are few frames each is shown longer, but not this long
)

_HELD_SECONDS: Final = 0.9
_SWEEP_SECONDS: Final = 1.6
_SEAM: Final = 1 / 240
"""Width of the seam between photo and painting, of the film's long side."""

_PEAK_BITS: Final = 16_000_000  # a second: eight seconds stay under 20 MB whatever is painted
_BT709: Final = 1  # ITU-T H.273: matrix, primaries and transfer of HD video

_ENCODER_OPTIONS: Final = {
    "preset": "veryfast",
    "crf": "20",
    "maxrate": str(_PEAK_BITS),
    "bufsize": str(_PEAK_BITS // 2),
}


def time_lapse(frames: Sequence[bytes], content: bytes, final: bytes) -> bytes:
    """Film how the picture formed: the photo, the frames, and the result held at the end.

    Args:
        frames: The picture as it formed, in order, of any sizes.
        content: The photo.
        final: The result; its aspect ratio is the film's.

    Returns:
        An MP4 (H.264, yuv420p, no sound) of 4 to 8 seconds, long side at most 720 pixels, under 20 MB.

    Raises:
        core.pictures.picture_errors.PictureError: One of the pictures cannot be read.
    """
    last = reread_picture(final)
    size = _even_size(last.size)
    return _film(_held(_scenes(frames, read_picture(content), last), size), size)


def before_and_after(content: bytes, final: bytes) -> bytes:
    """Film the painting sweeping over the photo and back, so that it can go round for ever.

    Args:
        content: The photo.
        final: The result; its aspect ratio is the film's.

    Returns:
        An MP4 as ``time_lapse`` gives it, of five seconds.

    Raises:
        core.pictures.picture_errors.PictureError: One of the pictures cannot be read.
    """
    after = reread_picture(final)
    size = _even_size(after.size)
    return _film(_sweeps(_resized(read_picture(content), size), _resized(after, size)), size)


def _film(ticks: Iterable[NDArray[np.uint8]], size: tuple[int, int]) -> bytes:
    # Only in a real file can the index be moved to the front.
    with TemporaryDirectory() as directory:
        file = Path(directory) / "film.mp4"
        with av.open(str(file), "w", options={"movflags": "+faststart"}) as container:
            stream = _add_stream(container, size)
            for tick, pixels in enumerate(ticks):
                shot = _shot(pixels)
                shot.pts = tick
                container.mux(stream.encode(shot))
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


def _shot(pixels: Any) -> av.VideoFrame:  # noqa: ANN401 - PyAV's stubs know no array of bytes
    return av.VideoFrame.from_ndarray(pixels, format="rgb24").reformat(
        format="yuv420p",
        dst_colorspace=Colorspace.ITU709,
        dst_color_range=ColorRange.MPEG,
    )


def _scenes(
    frames: Sequence[bytes], content: Image.Image, final: Image.Image
) -> Iterator[tuple[Image.Image, int]]:
    """Each picture and for how many ticks it is shown."""
    shown = round(_FORMING_SECONDS * FRAMES_PER_SECOND / max(len(frames), 1))
    each = min(max(shown, 1), _LONGEST_SHOWN)
    begin = round(_CONTENT_SECONDS * FRAMES_PER_SECOND)
    missing = round(MIN_SECONDS * FRAMES_PER_SECOND) - begin - each * len(frames)
    yield content, begin
    for frame in frames:
        yield reread_picture(frame), each
    yield final, max(round(_FINAL_SECONDS * FRAMES_PER_SECOND), missing)


def _held(
    scenes: Iterator[tuple[Image.Image, int]], size: tuple[int, int]
) -> Iterator[NDArray[np.uint8]]:
    for picture, ticks in scenes:
        yield from repeat(_resized(picture, size), ticks)


def _sweeps(before: NDArray[np.uint8], after: NDArray[np.uint8]) -> Iterator[NDArray[np.uint8]]:
    """The photo, the painting coming over it from the left, the painting, and the same back."""
    held, sweep = (
        round(seconds * FRAMES_PER_SECOND) for seconds in (_HELD_SECONDS, _SWEEP_SECONDS)
    )
    coming = [(1 - math.cos(math.pi * step / sweep)) / 2 for step in range(1, sweep)]
    yield from repeat(before, held)
    yield from (_swept(before, after, share) for share in coming)
    yield from repeat(after, held)
    yield from (_swept(before, after, share) for share in reversed(coming))


def _swept(before: NDArray[np.uint8], after: NDArray[np.uint8], share: float) -> NDArray[np.uint8]:
    """The painting on the left of the seam, the photo on its right; both (height, width, 3)."""
    edge = round(share * before.shape[1])
    half = max(1, round(_SEAM * max(before.shape) / 2))
    both = before.copy()
    both[:, :edge] = after[:, :edge]
    both[:, max(0, edge - half) : edge + half] = 255
    return both


def _resized(picture: Image.Image, size: tuple[int, int]) -> NDArray[np.uint8]:
    return np.asarray(picture.resize(size, Image.Resampling.LANCZOS))


def _even_size(size: tuple[int, int]) -> tuple[int, int]:
    """At most FILM_SIDE long and never enlarged; halved chroma wants even sides."""
    factor = min(1.0, FILM_SIDE / max(size))
    width, height = (max(2, 2 * round(side * factor / 2)) for side in size)
    return width, height
