"""A collage is one work: one progress, one result, one end, however many tiles it has."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np
import pytest
from PIL import Image

from core.engines.collage import GAP, tile_places
from core.engines.protocol import WorkCancelledError
from core.engines.work import run_work
from core.pictures.codec import read_picture
from core.style.options import Options
from core.style.style_errors import OutOfMemoryError
from tests.auxil.painters import DEFAULT_EVALUATIONS, FAILS, StubPainter, losses_at, work
from tests.auxil.pictures import mean_difference, photo, png_bytes

if TYPE_CHECKING:
    from collections.abc import Callable

    from core.engines.protocol import Work
    from core.style.progress import Progress, Result

NAMES = ("ink", "glass", "poster", "pencil")
COLOURS = ("#d02020", "#20b040", "#2040d0", "#e0c020")
TILE = (64, 48)


def collage(seed: int = 0) -> Work:
    """Four flat styles for a photo of 96 x 72, in tiles of 64 x 48."""
    return work(
        content=png_bytes(photo(96, 72)),
        styles=tuple(png_bytes(Image.new("RGB", (40, 40), colour)) for colour in COLOURS),
        options=Options(size=64, seed=seed, collage=NAMES),
        preview_side=500,
        preview_every=0.0,
    )


def run(
    one: Work, painter: StubPainter, cancelled: Callable[[], bool] = lambda: False
) -> tuple[list[Progress], Result]:
    told: list[Progress] = []
    return told, run_work(one, painter, told.append, cancelled)


def test_the_result_shows_the_photo_in_each_style_in_rows_of_three() -> None:
    _, result = run(collage(), StubPainter())

    sheet = read_picture(result.picture)
    assert sheet.size == result.size == (3 * (64 + GAP) + GAP, 2 * (48 + GAP) + GAP)
    expected = photo(96, 72).resize(TILE, Image.Resampling.LANCZOS)
    for x, y in tile_places(len(NAMES), TILE):
        assert mean_difference(sheet.crop((x, y, x + TILE[0], y + TILE[1])), expected) == 0


def test_evaluations_are_those_of_all_tiles_and_losses_their_mean() -> None:
    told, result = run(collage(), StubPainter())

    total = len(NAMES) * DEFAULT_EVALUATIONS
    assert (told[-1].evaluation, told[-1].evaluations) == (total, total)
    assert all(one.evaluation < next_one.evaluation for one, next_one in pairwise(told))
    assert result.evaluations == total
    assert result.final == losses_at(DEFAULT_EVALUATIONS)


def test_tiles_fill_while_it_is_painted() -> None:
    told, _ = run(collage(), StubPainter(tick=0.5))

    previews = [np.asarray(read_picture(one.preview)) for one in told if one.preview]
    late = previews[-1]
    for (x, y), colour in zip(tile_places(len(NAMES), TILE), COLOURS, strict=True):
        mean = late[y + 4 : y + 44, x + 4 : x + 60].mean(axis=(0, 1))
        wanted = np.asarray(Image.new("RGB", (1, 1), colour))[0, 0]
        assert np.abs(mean - wanted).max() < 60


def test_tiles_are_painted_together() -> None:
    painter = StubPainter()

    run(collage(), painter)

    assert painter.together == [len(NAMES)]


def test_cancelling_stops_all_tiles() -> None:
    asked = iter([False] * 5)

    with pytest.raises(WorkCancelledError):
        run(collage(), StubPainter(), lambda: next(asked, True))


def test_a_tile_that_fails_fails_the_collage() -> None:
    with pytest.raises(OutOfMemoryError):
        run(collage(seed=FAILS), StubPainter())
