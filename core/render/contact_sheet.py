"""Several pictures in one, each with a number and a name, to be chosen from on a phone."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from PIL import Image, ImageDraw, ImageOps

from core.pictures.codec import reread_picture, to_jpeg
from core.render.text_drawing import font, font_for, fonts, writable

if TYPE_CHECKING:
    from collections.abc import Sequence

COLUMNS: Final = 3

_TILE: Final = 360
_GAP: Final = 12
_STRIP: Final = 58
"""Height of the line with the name, below a tile's picture."""

_TEXT: Final = 40
"""Pixels of 1128: about 13 points where a phone shows the sheet."""

_SMALLER: Final = (36, 32)

_GROUND, _INK, _BADGE = "#17212b", "#eef3f7", "#17212b"


@dataclass(frozen=True, slots=True)
class SheetEntry:
    """One picture of a sheet.

    Attributes:
        picture: A JPEG, PNG or WebP written here, such as a thumbnail.
        name: What stands below it; may be empty.
    """

    picture: bytes
    name: str = ""


def contact_sheet(tiles: Sequence[SheetEntry]) -> bytes:
    """Draw pictures in rows of three, numbered from 1.

    Args:
        tiles: One or more.

    Returns:
        A JPEG, at most 1128 pixels wide. Of a name only what the fonts at hand can write is written.

    Raises:
        core.pictures.picture_errors.PictureError: One of the pictures cannot be read.
    """
    columns = min(COLUMNS, len(tiles))
    rows = -(-len(tiles) // columns)
    strip = _STRIP if any(writable(tile.name) for tile in tiles) else 0
    step = (_TILE + _GAP, _TILE + strip + _GAP)
    sheet = Image.new("RGB", (columns * step[0] + _GAP, rows * step[1] + _GAP), _GROUND)
    draw = ImageDraw.Draw(sheet)
    for index, tile in enumerate(tiles):
        x = _GAP + index % columns * step[0]
        y = _GAP + index // columns * step[1]
        square = ImageOps.fit(
            reread_picture(tile.picture), (_TILE, _TILE), Image.Resampling.LANCZOS
        )
        sheet.paste(square, (x, y))
        _draw_number(draw, (x, y), str(index + 1))
        _draw_name(draw, (x, y + _TILE), writable(tile.name))
    return to_jpeg(sheet, quality=86)


def _draw_number(draw: ImageDraw.ImageDraw, corner: tuple[int, int], number: str) -> None:
    x, y = corner
    width = 62 if len(number) == 1 else 88
    draw.rounded_rectangle((x, y, x + width, y + 62), 14, fill=_BADGE)
    middle = (x + width / 2, y + 31)
    draw.text(middle, number, fill=_INK, font=font(fonts()[0], _TEXT), anchor="mm")


def _draw_name(draw: ImageDraw.ImageDraw, corner: tuple[int, int], name: str) -> None:
    if not name:
        return
    path = font_for(name)
    sizes = [font(path, size) for size in (_TEXT, *_SMALLER)]
    fitting = next((one for one in sizes if draw.textlength(name, one) <= _TILE), sizes[-1])
    shown = name
    while len(shown) > 1 and draw.textlength(shown, fitting) > _TILE:
        shown = shown.rstrip("…")[:-1].rstrip() + "…"
    middle = (corner[0] + _TILE / 2, corner[1] + _STRIP / 2)
    draw.text(middle, shown, fill=_INK, font=fitting, anchor="mm")
