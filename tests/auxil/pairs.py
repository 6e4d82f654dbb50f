"""The pairs that the project is judged and shown by: every subject and every kind of style once."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from PIL import Image, ImageOps

from tests.drawing import PATTERNS

if TYPE_CHECKING:
    from collections.abc import Sequence

_ROOT: Final = Path(__file__).parents[2]
SAMPLES: Final = _ROOT / "bot" / "playground" / "samples"
_FOLDERS: Final = (_ROOT / "docs" / "board", SAMPLES)
_DRAWN: Final = (640, 480)
_SEED: Final = 3


@dataclass(frozen=True, slots=True)
class Pair:
    """A photo and a style picture.

    Attributes:
        subject: What the photo is of.
        content: The photo's name: a file of ``docs/board`` or of the playground's samples, without its suffix.
        style: Such a name, or one of ``tests.drawing``.
    """

    subject: str
    content: str
    style: str

    def open(self) -> tuple[Image.Image, Image.Image]:
        """The photo and the style picture, RGB."""
        return _open(self.content), _open(self.style)


PAIRS: Final = (
    Pair("portrait", "astronaut", "starry_night"),
    Pair("landscape", "mountains", "great_wave"),
    Pair("building", "palace", "marbling"),
    Pair("pet", "chelsea", "impasto"),
    Pair("night", "rocket", "glass"),
    Pair("drawing", "great_wave", "hatching"),
    Pair("still life", "coffee", "waves"),
    Pair("cat", "chelsea", "brushes"),
)


def choose(subjects: Sequence[str]) -> list[Pair]:
    """The pairs of those subjects; all of them if none is named.

    Raises:
        ValueError: There is no pair of one of them.
    """
    known = {pair.subject for pair in PAIRS}
    if unknown := sorted(set(subjects) - known):
        raise ValueError(
            f"No pair shows {', '.join(unknown)}; there are {', '.join(sorted(known))}."
        )
    return [pair for pair in PAIRS if not subjects or pair.subject in subjects]


def squares(content: Path, style: Path, side: int) -> tuple[Image.Image, Image.Image]:
    """The middles of both files' pictures, RGB, ``side`` pixels square: what solvers are compared on."""
    first, second = (
        ImageOps.fit(Image.open(path).convert("RGB"), (side, side)) for path in (content, style)
    )
    return first, second


def _open(name: str) -> Image.Image:
    if name in PATTERNS:
        return PATTERNS[name].draw(_DRAWN, _SEED)
    for folder in _FOLDERS:
        if (path := folder / f"{name}.jpg").is_file():
            return Image.open(path).convert("RGB")
    raise FileNotFoundError(f"There is no picture {name}.jpg in docs/board or among the samples.")
