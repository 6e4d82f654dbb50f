"""What a person should know about a picture that was taken although not all of it could be."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from PIL import Image

_KEY: Final = "notes"


class Note(StrEnum):
    """A fact about a picture that was taken, for the person who sent it."""

    CUT_OFF = "cut_off"
    """The file breaks off: rows at one edge are missing, and the picture is without them."""

    LESS_DETAIL = "less_detail"
    """The file breaks off: every row is there, and the finest detail of some is not."""

    FIRST_PAGE = "first_page"
    """The file has several pages, of which this is the first."""

    MOVES = "moves"
    """The picture moves, and this is its first frame."""


def add_note(image: Image.Image, note: Note) -> None:
    """Attach a note to a picture that has been opened."""
    image.info[_KEY] = (*notes_of(image), note)


def notes_of(image: Image.Image) -> tuple[Note, ...]:
    """The notes on a picture that has been opened."""
    notes: tuple[Note, ...] = image.info.get(_KEY, ())
    return notes
