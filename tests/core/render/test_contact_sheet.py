"""Pictures side by side, to be chosen from, and which of them show the same."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest
from PIL import Image

from core.engines.collage import GAP, tile_places, tile_size
from core.pictures.builtin_styles import BUILTIN_STYLES, builtin_style
from core.pictures.thumbnails import alike, thumbnail
from core.render.contact_sheet import SheetEntry, contact_sheet, number_tiles
from tests.auxil.pictures import (
    encoded,
    jpeg_bytes,
    mean_difference,
    opened,
    painting,
    photo,
    png_bytes,
)

RED, GREEN, BLUE = (encoded(colour=colour) for colour in ("#c02020", "#20a040", "#2040c0"))


def test_pictures_stand_in_rows_of_three_in_their_order() -> None:
    sheet = opened(
        contact_sheet([SheetEntry(RED), SheetEntry(GREEN), SheetEntry(BLUE), SheetEntry(GREEN)])
    )

    def middle(column: int, row: int) -> int:
        pixel = np.asarray(sheet)[190 + 372 * row, 190 + 372 * column]
        return int(pixel.argmax()) if pixel.max() > 100 else -1

    assert [middle(column, 0) for column in range(3)] == [0, 1, 2]
    assert [middle(column, 1) for column in range(3)] == [1, -1, -1]
    assert sheet.width <= 1280  # Telegram makes anything larger smaller, and the words with it


@pytest.mark.parametrize(
    "name", ["Sunset", "Dürer, Œuvre", "Очень длинное название стиля", "M" * 24]
)
def test_a_name_is_written_below_its_picture_and_not_over_the_next(name: str) -> None:
    named, plain = (
        np.asarray(opened(contact_sheet([SheetEntry(RED, one), SheetEntry(GREEN, "x")])), dtype=int)
        for one in (name, "")
    )

    changed = np.abs(named - plain).max(axis=-1) > 60
    rows, columns = np.flatnonzero(changed.any(axis=1)), np.flatnonzero(changed.any(axis=0))
    assert 15 <= rows[-1] - rows[0] <= 58
    assert rows[0] > 370
    assert columns[-1] < 375


def test_what_no_font_can_write_is_left_out() -> None:
    plain = contact_sheet([SheetEntry(RED)])
    assert contact_sheet([SheetEntry(RED, "\U0001f337\U000f0000")]) == plain
    assert contact_sheet([SheetEntry(RED, "Tulip \U000f0000")]) == contact_sheet(
        [SheetEntry(RED, "Tulip")]
    )


def test_a_thumbnail_is_small_and_looks_the_same() -> None:
    picture = photo(1600, 1200)
    small = opened(thumbnail(jpeg_bytes(picture)))
    assert small.size == (320, 240)
    assert mean_difference(small, picture.resize((320, 240), Image.Resampling.LANCZOS)) < 3


@pytest.mark.parametrize(
    "picture", [photo(640, 480), painting(500, 400)], ids=["photo", "painting"]
)
def test_a_picture_sent_in_another_way_is_the_same(picture: Image.Image) -> None:
    as_file = thumbnail(png_bytes(picture))
    smaller = picture.resize((picture.width // 2, picture.height // 2), Image.Resampling.LANCZOS)
    assert alike(as_file, thumbnail(jpeg_bytes(smaller, quality=60)))
    assert not alike(as_file, thumbnail(jpeg_bytes(picture.transpose(Image.Transpose.ROTATE_90))))


def test_different_pictures_are_not_the_same() -> None:
    drawn = [thumbnail(builtin_style(name)) for name in BUILTIN_STYLES]
    others = [thumbnail(jpeg_bytes(photo(600, 480, seed))) for seed in range(3)]
    assert not any(alike(one, other) for one, other in combinations([*drawn, *others], 2))


def test_a_sheet_of_many_is_no_taller_than_a_phone() -> None:
    sheet = opened(contact_sheet([SheetEntry(RED, "Sunset")] * 18))

    assert sheet.height < 1.8 * sheet.width


def test_all_built_in_styles_fit_into_what_telegram_leaves_as_it_is() -> None:
    sheet = opened(contact_sheet([SheetEntry(RED, "Sunset")] * len(BUILTIN_STYLES)))

    assert max(sheet.size) <= 1280


def test_the_tiles_of_a_collage_are_numbered_where_they_stand() -> None:
    count, tile = 6, (120, 90)
    size = (3 * (tile[0] + GAP) + GAP, 2 * (tile[1] + GAP) + GAP)
    plain = Image.new("RGB", size, "#ffffff")

    numbered = opened(number_tiles(png_bytes(plain), count))

    assert tile_size(count, size) == tile
    changed = (np.asarray(numbered) != 255).any(axis=-1)
    corners = [changed[y : y + 20, x : x + 20].mean() for x, y in tile_places(count, tile)]
    assert min(corners) > 0.5
    assert changed.mean() < 0.15
