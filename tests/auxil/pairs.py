"""The pairs that the project is judged and shown by: every subject and every kind of style once."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from PIL import Image, ImageDraw, ImageFont, ImageOps

from tests.drawing import PATTERNS

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

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
        content: The photo's name: a file of ``docs/board`` or of the playground's samples, without its suffix. Or any file's
            path. After a plus sign what is made of it: ``chelsea+gray``.
        style: Such a name, or one of ``tests.drawing``.
    """

    subject: str
    content: str
    style: str

    def open(self) -> tuple[Image.Image, Image.Image]:
        """The photo and the style picture, RGB."""
        return _open(self.content), _open(self.style)

    @classmethod
    def parse(cls, text: str) -> Pair:
        """A pair of files, from ``subject=photo.jpg,style.jpg``.

        Raises:
            ValueError: It is written otherwise.
        """
        subject, _, names = text.partition("=")
        content, _, style = names.partition(",")
        if not (subject and content and style):
            raise ValueError(f"Write subject=photo.jpg,style.jpg, not {text}.")
        return cls(subject, content, style)


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

# Beside them what is hard: each name says what for.
HARD_PAIRS: Final = (
    Pair("face", "astronaut+head", "impasto"),
    Pair("flat sky", "palace", "great_wave"),
    Pair("fine things", "rocket", "hatching"),
    Pair("gray photo", "chelsea+gray", "colourfield"),
    Pair("bland style", "coffee", "rocket"),
    Pair("signature", "mountains", "impasto+signed"),
    Pair("small style", "palace", "starry_night+small"),
)


def choose(subjects: Sequence[str], pairs: Sequence[Pair] = PAIRS) -> list[Pair]:
    """The pairs of those subjects, of these pairs; all of them if none is named.

    Raises:
        ValueError: There is no pair of one of them.
    """
    known = {pair.subject for pair in pairs}
    if unknown := sorted(set(subjects) - known):
        raise ValueError(
            f"No pair shows {', '.join(unknown)}; there are {', '.join(sorted(known))}."
        )
    return [pair for pair in pairs if not subjects or pair.subject in subjects]


def squares(content: Path, style: Path, side: int) -> tuple[Image.Image, Image.Image]:
    """The middles of both files' pictures, RGB, ``side`` pixels square: what solvers are compared on."""
    first, second = (
        ImageOps.fit(Image.open(path).convert("RGB"), (side, side)) for path in (content, style)
    )
    return first, second


def _open(name: str) -> Image.Image:
    if Path(name).is_file():
        return Image.open(name).convert("RGB")
    name, *changes = name.split("+")
    picture = _named(name)
    for change in changes:
        picture = _CHANGES[change](picture)
    return picture


def _named(name: str) -> Image.Image:
    if name in PATTERNS:
        return PATTERNS[name].draw(_DRAWN, _SEED)
    for folder in _FOLDERS:
        if (path := folder / f"{name}.jpg").is_file():
            return Image.open(path).convert("RGB")
    raise FileNotFoundError(f"There is no picture {name}.jpg in docs/board or among the samples.")


def _head(astronaut: Image.Image) -> Image.Image:
    return astronaut.crop((96, 0, 352, 192))


def _small(picture: Image.Image) -> Image.Image:
    small = picture.copy()
    small.thumbnail((96, 96), Image.Resampling.LANCZOS)
    return small


def _signed(picture: Image.Image) -> Image.Image:
    """With a title, a signature and a watermark, as pictures from the web have them."""
    signed = picture.copy()
    draw = ImageDraw.Draw(signed)
    width, height = signed.size
    draw.text((width * 0.72, height * 0.9), "M. Atelier", "white", ImageFont.load_default(28))
    draw.text((width * 0.05, height * 0.05), "STARLIGHT 1889", "black", ImageFont.load_default(40))
    draw.text((width * 0.3, height * 0.45), "sample.com", "gray", ImageFont.load_default(48))
    return signed


_CHANGES: Final[Mapping[str, Callable[[Image.Image], Image.Image]]] = {
    "gray": lambda picture: picture.convert("L").convert("RGB"),
    "head": _head,
    "signed": _signed,
    "small": _small,
}
