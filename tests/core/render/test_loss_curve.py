"""The curve shows how the losses went, on every phone."""

from __future__ import annotations

import math
from io import BytesIO
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np
import pytest
from PIL import Image

from core.render.loss_curve import loss_curve
from core.style.progress import Losses, TracePoint

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
