"""What is shown of a transfer beside its result: its losses as a curve, and how the picture formed as a film."""

from __future__ import annotations

from fractions import Fraction
from io import BytesIO
from itertools import groupby, pairwise
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import av
import numpy as np
from av.video.reformatter import ColorRange, Colorspace
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, MaxNLocator, NullFormatter
from PIL import Image

from core.style.pictures import read_picture, reread_picture

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from av.container import OutputContainer
    from av.video.stream import VideoStream
    from matplotlib.axes import Axes

    from core.engines.base import TracePoint

FRAMES_PER_SECOND: Final = 25
FILM_SIDE: Final = 720
MIN_SECONDS: Final = 4.0

_CONTENT_SECONDS: Final = 1.0
_FORMING_SECONDS: Final = 4.0
_FINAL_SECONDS: Final = 1.6
_LONGEST_SHOWN: Final = (
    10  # ticks; where there are few frames each is shown longer, but not this long
)
_PEAK_BITS: Final = 16_000_000  # a second: eight seconds stay under 20 MB whatever is painted
_BT709: Final = 1  # ITU-T H.273: matrix, primaries and transfer of HD video

_ENCODER_OPTIONS: Final = {
    "preset": "veryfast",
    "crf": "20",
    "maxrate": str(_PEAK_BITS),
    "bufsize": str(_PEAK_BITS // 2),
}

_PIXELS: Final = (1280, 860)
_DPI: Final = 160
_FLOOR: Final = 1e-5
"""Of the greatest loss: less, such as the photo's distance from itself, is not drawn."""


class _Theme(NamedTuple):
    background: str
    text: str
    lines: str
    style: str
    content: str


_DARK: Final = _Theme("#17212b", "#e8eef4", "#34434f", "#ffb454", "#6cc0ff")
_LIGHT: Final = _Theme("#ffffff", "#1c252d", "#d5dce2", "#c85a00", "#0a66b7")


def loss_curve(trace: Sequence[TracePoint], *, dark: bool = True) -> bytes:
    """Draw style and content loss over the evaluations, on a logarithmic scale.

    Args:
        trace: The points, in order; may be empty.
        dark: For a dark chat; False for a light one.

    Returns:
        A PNG of 1280 x 860 pixels.
    """
    theme = _DARK if dark else _LIGHT
    width, height = _PIXELS
    figure = Figure(figsize=(width / _DPI, height / _DPI), dpi=_DPI, layout="constrained")
    figure.set_facecolor(theme.background)
    axes = figure.add_subplot()
    _dress(axes, theme)
    if trace:
        _draw_scales(axes, trace, theme)
        _draw_losses(axes, trace, theme)
    else:
        axes.text(
            *(0.5, 0.5, "Nothing was evaluated"),
            transform=axes.transAxes,
            ha="center",
            color=theme.text,
            fontsize=16,
        )
    file = BytesIO()
    FigureCanvasAgg(figure)  # the figure's own canvas from here on, without pyplot's global state
    figure.savefig(file, format="png")
    return file.getvalue()


def time_lapse(frames: Sequence[bytes], content: bytes, final: bytes) -> bytes:
    """Film how the picture formed: the photo, the frames, and the result held at the end.

    Args:
        frames: The picture as it formed, in order, of any sizes.
        content: The photo.
        final: The result; its aspect ratio is the film's.

    Returns:
        An MP4 (H.264, yuv420p, no sound) of 4 to 8 seconds, long side at most 720 pixels, under 20 MB.

    Raises:
        core.style.errors.PictureError: One of the pictures cannot be read.
    """
    last = reread_picture(final)
    size = _even_size(last.size)
    with (
        TemporaryDirectory() as directory
    ):  # only in a real file can the index be moved to the front
        file = Path(directory) / "film.mp4"
        with av.open(str(file), "w", options={"movflags": "+faststart"}) as container:
            stream = _add_stream(container, size)
            ticks = _ticks(_scenes(frames, read_picture(content), last), size)
            for tick, shot in enumerate(ticks):
                shot.pts = tick
                container.mux(stream.encode(shot))
            container.mux(stream.encode(None))
        return file.read_bytes()


def _dress(axes: Axes, theme: _Theme) -> None:
    axes.set_facecolor(theme.background)
    axes.set_yscale("log", nonpositive="mask")
    axes.yaxis.set_major_formatter(FuncFormatter(lambda loss, _: f"{loss:g}"))
    axes.yaxis.set_minor_formatter(NullFormatter())
    axes.xaxis.set_major_locator(MaxNLocator(integer=True))
    axes.set_xlabel("evaluations", color=theme.text, fontsize=15)
    axes.tick_params(colors=theme.text, labelsize=14, which="both", length=0)
    axes.grid(visible=True, color=theme.lines, linewidth=0.8)
    for side, spine in axes.spines.items():
        spine.set_visible(side == "bottom")
        spine.set_color(theme.lines)


def _draw_scales(axes: Axes, trace: Sequence[TracePoint], theme: _Theme) -> None:
    begins = {point.scale: point.evaluation for point in reversed(trace)}
    borders = [*sorted(begins.values()), trace[-1].evaluation]
    whole = borders[-1] - borders[0] + 1
    for scale, (begin, end) in enumerate(pairwise(borders), 1):
        if scale > 1:
            axes.axvline(begin, color=theme.text, alpha=0.5, dashes=(3, 3), linewidth=1)
        if len(begins) > 1 and end - begin > 0.1 * whole:
            axes.annotate(
                f"scale {scale}",
                (begin, 1),
                xycoords=("data", "axes fraction"),
                xytext=(4, -4),
                textcoords="offset points",
                va="top",
                color=theme.text,
                alpha=0.8,
                fontsize=12,
            )


def _draw_losses(axes: Axes, trace: Sequence[TracePoint], theme: _Theme) -> None:
    floor = _FLOOR * max(max(point.losses.style, point.losses.content) for point in trace)
    for name, colour in (("style", theme.style), ("content", theme.content)):
        label = f"{name} loss {getattr(trace[-1].losses, name):.4g}"
        # Each scale has an objective of its own, so nothing connects the end of one with the next one's begin.
        for _, scale in groupby(trace, lambda point: point.scale):
            points = list(scale)
            losses = [getattr(point.losses, name) for point in points]
            axes.plot(
                [point.evaluation for point in points],
                [loss if loss > floor else np.nan for loss in losses],
                color=colour,
                linewidth=2.8,
                marker="o" if len(points) == 1 else "",
                label=label,
            )
            label = "_nolegend_"
    axes.margins(x=0.01, y=0.12)
    legend = axes.figure.legend(
        loc="outside upper center", ncols=2, frameon=False, fontsize=16, handlelength=1.2
    )
    for text in legend.get_texts():
        text.set_color(theme.text)


def _add_stream(container: OutputContainer, size: tuple[int, int]) -> VideoStream:
    stream = container.add_stream("libx264", rate=FRAMES_PER_SECOND, options=_ENCODER_OPTIONS)
    stream.width, stream.height = size
    stream.pix_fmt = "yuv420p"
    stream.time_base = Fraction(1, FRAMES_PER_SECOND)
    codec = stream.codec_context
    codec.colorspace = codec.color_primaries = codec.color_trc = _BT709
    codec.color_range = ColorRange.MPEG
    return stream


def _ticks(
    scenes: Iterator[tuple[Image.Image, int]], size: tuple[int, int]
) -> Iterator[av.VideoFrame]:
    for picture, ticks in scenes:
        shot = _shot(picture, size)
        for _ in range(ticks):
            yield shot


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


def _shot(picture: Image.Image, size: tuple[int, int]) -> av.VideoFrame:
    resized = picture.resize(size, Image.Resampling.LANCZOS)
    pixels: Any = np.asarray(resized)
    return av.VideoFrame.from_ndarray(pixels, format="rgb24").reformat(
        format="yuv420p",
        dst_colorspace=Colorspace.ITU709,
        dst_color_range=ColorRange.MPEG,
    )


def _even_size(size: tuple[int, int]) -> tuple[int, int]:
    """At most FILM_SIDE long and never enlarged; halved chroma wants even sides."""
    factor = min(1.0, FILM_SIDE / max(size))
    width, height = (max(2, 2 * round(side * factor / 2)) for side in size)
    return width, height
