"""Draws the losses of a transfer as a curve that is legible on a phone."""

from __future__ import annotations

from dataclasses import dataclass
from io import BytesIO
from itertools import groupby, pairwise
from string import digits
from typing import TYPE_CHECKING, Final, NamedTuple

import numpy as np
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.font_manager import FontProperties
from matplotlib.ticker import FuncFormatter, MaxNLocator, NullFormatter

from core.render.curve_labels import ENGLISH, CurveLabels
from core.render.text_drawing import can_write, font_for, fonts

if TYPE_CHECKING:
    from collections.abc import Sequence

    from matplotlib.axes import Axes

    from core.style.progress import TracePoint

_PIXELS: Final = (1280, 860)
_DPI: Final = 160
_FLOOR: Final = 1e-5
"""The part of the greatest loss below which points are left out, such as the photo's content loss of 0."""


@dataclass(frozen=True, slots=True)
class _Words:
    """The words and the font's file; None for Matplotlib's own font."""

    labels: CurveLabels
    file: str | None = None

    def font(self, points: float) -> FontProperties:
        return FontProperties(fname=self.file, size=points)


def _words(labels: CurveLabels) -> _Words:
    letters = labels.letters + digits + ".+-e"
    if not can_write(letters):
        return _Words(ENGLISH)
    path = font_for(letters)
    return _Words(labels, None if path == fonts()[0] else path)


class _Theme(NamedTuple):
    background: str
    text: str
    lines: str
    style: str
    content: str


_DARK: Final = _Theme("#17212b", "#e8eef4", "#34434f", "#ffb454", "#6cc0ff")
_LIGHT: Final = _Theme("#ffffff", "#1c252d", "#d5dce2", "#c85a00", "#0a66b7")


def loss_curve(
    trace: Sequence[TracePoint], *, labels: CurveLabels = ENGLISH, dark: bool = True
) -> bytes:
    """Draw style and content loss over the evaluations, on a logarithmic scale.

    Args:
        trace: The points, in order; may be empty.
        labels: The words; English words replace them if no installed font has their letters.
        dark: Colours for a dark chat; False for a light one.

    Returns:
        A PNG file, 1280 x 860 pixels.
    """
    theme = _DARK if dark else _LIGHT
    words = _words(labels)
    width, height = _PIXELS
    figure = Figure(figsize=(width / _DPI, height / _DPI), dpi=_DPI, layout="constrained")
    figure.set_facecolor(theme.background)
    axes = figure.add_subplot()
    _style_axes(axes, theme, words)
    if trace:
        _draw_scales(axes, trace, theme, words)
        _draw_losses(axes, trace, theme, words)
    else:
        axes.text(
            *(0.5, 0.5, words.labels.nothing),
            transform=axes.transAxes,
            ha="center",
            color=theme.text,
            fontproperties=words.font(16),
        )
    file = BytesIO()
    FigureCanvasAgg(figure)  # attaches itself to the figure, without pyplot's global state
    figure.savefig(file, format="png")
    return file.getvalue()


def _style_axes(axes: Axes, theme: _Theme, words: _Words) -> None:
    axes.set_facecolor(theme.background)
    axes.set_yscale("log", nonpositive="mask")
    axes.yaxis.set_major_formatter(FuncFormatter(lambda loss, _: f"{loss:g}"))
    axes.yaxis.set_minor_formatter(NullFormatter())
    axes.xaxis.set_major_locator(MaxNLocator(integer=True))
    axes.set_xlabel(words.labels.evaluations, color=theme.text, fontproperties=words.font(15))
    axes.tick_params(colors=theme.text, labelsize=14, which="both", length=0)
    axes.grid(visible=True, color=theme.lines, linewidth=0.8)
    for side, spine in axes.spines.items():
        spine.set_visible(side == "bottom")
        spine.set_color(theme.lines)


def _draw_scales(axes: Axes, trace: Sequence[TracePoint], theme: _Theme, words: _Words) -> None:
    begins = {point.scale: point.evaluation for point in reversed(trace)}
    borders = [*sorted(begins.values()), trace[-1].evaluation]
    whole = borders[-1] - borders[0] + 1
    for scale, (begin, end) in enumerate(pairwise(borders), 1):
        if scale > 1:
            axes.axvline(begin, color=theme.text, alpha=0.5, dashes=(3, 3), linewidth=1)
        if len(begins) > 1 and end - begin > 0.1 * whole:
            axes.annotate(
                words.labels.scale.format(n=scale),
                (begin, 1),
                xycoords=("data", "axes fraction"),
                xytext=(4, -4),
                textcoords="offset points",
                va="top",
                color=theme.text,
                alpha=0.8,
                fontproperties=words.font(12),
            )


def _draw_losses(axes: Axes, trace: Sequence[TracePoint], theme: _Theme, words: _Words) -> None:
    floor = _FLOOR * max(max(point.losses.style, point.losses.content) for point in trace)
    for name, colour in (("style", theme.style), ("content", theme.content)):
        label = f"{getattr(words.labels, name)} {getattr(trace[-1].losses, name):.4g}"
        # Each scale has its own objective, so its line does not connect to the next one's.
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
        loc="outside upper center",
        ncols=2,
        frameon=False,
        prop=words.font(16),
        handlelength=1.2,
    )
    for text in legend.get_texts():
        text.set_color(theme.text)
