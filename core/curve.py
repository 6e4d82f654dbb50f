"""The losses of a transfer as a curve that a phone shows well."""

from __future__ import annotations

from io import BytesIO
from itertools import groupby, pairwise
from typing import TYPE_CHECKING, Final, NamedTuple

import numpy as np
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, MaxNLocator, NullFormatter

if TYPE_CHECKING:
    from collections.abc import Sequence

    from matplotlib.axes import Axes

    from core.engines.base import TracePoint

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
