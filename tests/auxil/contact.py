"""Contact sheets: pictures side by side on one page, small enough for a README."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from PIL import Image, ImageDraw, ImageFont, ImageOps

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

_GAP: Final = 6
_LINE: Final = 20
_PAPER: Final = "white"
_INK: Final = "black"


@dataclass(frozen=True, slots=True)
class Shown:
    """A result and what it was made of.

    Attributes:
        content: The photo.
        style: The style picture.
        result: What was painted.
    """

    content: Image.Image
    style: Image.Image
    result: Image.Image


def board(shown: Sequence[Shown], *, columns: int = 2, height: int = 270) -> Image.Image:
    """Each result with its photo and its style picture small at its left."""
    cells = [_cell(one, height) for one in shown]
    rows = [cells[at : at + columns] for at in range(0, len(cells), columns)]
    return _stack([_row(row) for row in rows])


def table(
    rows: Sequence[Sequence[Image.Image]],
    titles: Sequence[str],
    *,
    width: int = 300,
    whole: bool = False,
) -> Image.Image:
    """Rows of pictures of one width under titles, cut to 4:3; or whole, with paper beside them."""
    size = (width, width * 3 // 4)
    lines = [
        _row([_whole(each, size) if whole else ImageOps.fit(each, size) for each in row])
        for row in rows
    ]
    head = Image.new("RGB", (lines[0].width, _LINE), _PAPER)
    draw, font = ImageDraw.Draw(head), ImageFont.load_default(14)
    for number, title in enumerate(titles):
        draw.text((number * (width + _GAP) + 2, 1), title, fill=_INK, font=font)
    return _stack([head, *lines])


def save_small(sheet: Image.Image, path: Path, *, most_bytes: int) -> None:
    """Write the sheet as the best JPEG that has at most so many bytes."""
    for quality in range(90, 30, -4):
        sheet.save(path, quality=quality, optimize=True, progressive=True)
        if path.stat().st_size <= most_bytes:
            return


def _cell(one: Shown, height: int) -> Image.Image:
    small = (height - _GAP) // 2
    pair = _stack([ImageOps.fit(picture, (small, small)) for picture in (one.content, one.style)])
    # Heads lie above the middle.
    return _row([pair, ImageOps.fit(one.result, (height * 4 // 3, height), centering=(0.5, 0.2))])


def _whole(picture: Image.Image, size: tuple[int, int]) -> Image.Image:
    return ImageOps.pad(picture, size, Image.Resampling.LANCZOS, color=_PAPER)


def _row(pictures: Sequence[Image.Image]) -> Image.Image:
    width = sum(picture.width + _GAP for picture in pictures) - _GAP
    row = Image.new("RGB", (width, max(picture.height for picture in pictures)), _PAPER)
    left = 0
    for picture in pictures:
        row.paste(picture, (left, 0))
        left += picture.width + _GAP
    return row


def _stack(pictures: Sequence[Image.Image]) -> Image.Image:
    height = sum(picture.height + _GAP for picture in pictures) - _GAP
    column = Image.new("RGB", (max(picture.width for picture in pictures), height), _PAPER)
    top = 0
    for picture in pictures:
        column.paste(picture, (0, top))
        top += picture.height + _GAP
    return column
