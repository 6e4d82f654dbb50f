"""Draws several pictures into one, each with a number and a name, so that a person can choose one on a phone."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from PIL import Image, ImageDraw, ImageOps

from core.engines.collage import tile_places, tile_size
from core.pictures.codec import reread_picture, to_jpeg, to_png
from core.render.text_drawing import font, font_for, fonts, writable

if TYPE_CHECKING:
    from collections.abc import Sequence

COLUMNS: Final = 3

_CELL: Final = 360
_LOW_CELL: Final = 246
"""Height of a picture where there are more than ``_FEW``: four rows are as high as Telegram shows without making them smaller."""

_FEW: Final = 9
_GAP: Final = 12
_STRIP: Final = 58
"""Height of the name's line below each picture, in pixels."""

_FULL_WIDTH: Final = COLUMNS * (_CELL + _GAP) + _GAP

_TEXT: Final = 40
"""Font size in pixels, on a sheet 1128 wide: about 13 points on a phone."""

_SMALLER: Final = (36, 32)

_BACKGROUND, _TEXT_COLOUR, _BADGE_COLOUR = "#17212b", "#eef3f7", "#17212b"


@dataclass(frozen=True, slots=True)
class SheetEntry:
    """One picture of a contact sheet.

    Attributes:
        picture: A JPEG, PNG or WebP file that this program wrote, such as a thumbnail.
        name: The text below the picture; may be empty.
    """

    picture: bytes
    name: str = ""


def contact_sheet(entries: Sequence[SheetEntry]) -> bytes:
    """Draw pictures in rows of three, numbered from 1.

    Args:
        entries: One or more pictures.

    Returns:
        A JPEG file, at most 1128 pixels wide. A name appears without the letters that no installed font has.

    Raises:
        core.pictures.picture_errors.PictureError: One of the pictures cannot be read.
    """
    columns = min(COLUMNS, len(entries))
    rows = -(-len(entries) // columns)
    strip = _STRIP if any(writable(entry.name) for entry in entries) else 0
    height = _CELL if len(entries) <= _FEW else _LOW_CELL
    step = (_CELL + _GAP, height + strip + _GAP)
    sheet = Image.new("RGB", (columns * step[0] + _GAP, rows * step[1] + _GAP), _BACKGROUND)
    draw = ImageDraw.Draw(sheet)
    for index, entry in enumerate(entries):
        x = _GAP + index % columns * step[0]
        y = _GAP + index // columns * step[1]
        tile = ImageOps.fit(
            reread_picture(entry.picture), (_CELL, height), Image.Resampling.LANCZOS
        )
        sheet.paste(tile, (x, y))
        _draw_number(draw, (x, y), str(index + 1))
        _draw_name(draw, (x, y + height), writable(entry.name))
    return to_jpeg(sheet, quality=86)


def number_tiles(picture: bytes, tiles: int) -> bytes:
    """Number the tiles of a collage from 1.

    Args:
        picture: The collage as ``core.engines.collage`` painted it.
        tiles: How many tiles it has.

    Returns:
        A PNG file.

    Raises:
        core.pictures.picture_errors.PictureError: The picture cannot be read.
    """
    sheet = reread_picture(picture).convert("RGB")
    draw = ImageDraw.Draw(sheet)
    places = tile_places(tiles, tile_size(tiles, sheet.size))
    for number, place in enumerate(places, 1):
        _draw_number(draw, place, str(number), scale=sheet.width / _FULL_WIDTH)
    return to_png(sheet)


def _draw_number(
    draw: ImageDraw.ImageDraw, corner: tuple[int, int], number: str, *, scale: float = 1.0
) -> None:
    x, y = corner
    width, height = (62 if len(number) == 1 else 88) * scale, 62 * scale
    draw.rounded_rectangle((x, y, x + width, y + height), 14 * scale, fill=_BADGE_COLOUR)
    middle = (x + width / 2, y + height / 2)
    size = max(8, round(_TEXT * scale))
    draw.text(middle, number, fill=_TEXT_COLOUR, font=font(fonts()[0], size), anchor="mm")


def _draw_name(draw: ImageDraw.ImageDraw, corner: tuple[int, int], name: str) -> None:
    if not name:
        return
    path = font_for(name)
    sizes = [font(path, size) for size in (_TEXT, *_SMALLER)]
    fitting = next((one for one in sizes if draw.textlength(name, one) <= _CELL), sizes[-1])
    shown = name
    while len(shown) > 1 and draw.textlength(shown, fitting) > _CELL:
        shown = shown.rstrip("…")[:-1].rstrip() + "…"
    middle = (corner[0] + _CELL / 2, corner[1] + _STRIP / 2)
    draw.text(middle, shown, fill=_TEXT_COLOUR, font=fitting, anchor="mm")
