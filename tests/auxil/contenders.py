"""What ``make judge`` compares: contenders, and the folder of what they painted, ``<pair>/<contender>/<strength>.png``."""

from __future__ import annotations

import json
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Final

from PIL import Image

from core.style.options import Options
from core.style.painting import Painting
from core.style.progress import Result
from core.style.style_errors import StyleError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path

    from core.style.stylizer import Stylizer
    from tests.auxil.pairs import Pair

_LIST: Final = "contenders.json"
_KINDS: Final = (".png", ".jpg", ".jpeg")


@dataclass(frozen=True, slots=True)
class Contender:
    """A way to paint.

    Attributes:
        name: How charts and folders call it.
        fields: ``Options`` by name; the strength varies.
    """

    name: str
    fields: dict[str, Any] = field(default_factory=dict)

    @classmethod
    def parse(cls, text: str) -> Contender:
        """A contender from ``name:option=value,option=value``.

        Raises:
            ValueError: The name cannot name a folder.
            OptionsError: An option is none, or out of its range.
        """
        name, _, fields = text.partition(":")
        if not name or set(name) & set("/\\") or name.startswith("."):
            raise ValueError(f"A contender's name must be fit for a folder, not {name!r}.")
        pairs = (each.partition("=") for each in fields.split(",") if each)
        contender = cls(name, {option: _value(value) for option, _, value in pairs})
        contender.options(1.0)
        return contender

    def options(self, strength: float) -> Options:
        """Its choices at this strength.

        Raises:
            OptionsError: One of its fields is no option, or out of its range.
        """
        return replace(Options.from_dict(self.fields), strength=strength)


@dataclass(frozen=True, slots=True)
class Painted:
    """A result in the folder.

    Attributes:
        pair: Of which subject.
        contender: By whom.
        strength: At which strength, 0..1.
        path: The file.
    """

    pair: str
    contender: str
    strength: float
    path: Path

    def open(self) -> Image.Image:
        """The picture, RGB."""
        with Image.open(self.path) as picture:
            return picture.convert("RGB")


def paint(
    stylizer: Stylizer,
    pairs: Sequence[Pair],
    contenders: Sequence[Contender],
    strengths: Sequence[float],
    folder: Path,
    report: Callable[[str], None] = print,
) -> None:
    """Paint what the folder lacks; on a GPU several strengths of a pair share their evaluations.

    Raises:
        ValueError: The folder has pictures of a contender of this name with other options.
        StyleError: A picture could not be painted.
    """
    _enlist(contenders, folder)
    for pair in pairs:
        content, style = pair.open()
        for contender in contenders:
            missing = [
                (path, contender.options(strength))
                for strength in strengths
                if not (path := path_of(folder, pair.subject, contender.name, strength)).is_file()
            ]
            if missing:
                stylizer.load()
            # One at a time where the device takes one at a time, so that each is kept as soon as it is done.
            for at in range(0, len(missing), stylizer.batch):
                some = missing[at : at + stylizer.batch]
                paintings = [
                    Painting(content=content, styles=[style], options=options)
                    for _, options in some
                ]
                for number, result in _results(stylizer, paintings):
                    path = some[number][0]
                    _write(path, result.picture)
                    report(
                        f"{path.relative_to(folder)}: {result.size[0]} x {result.size[1]}, "
                        f"{result.evaluations} evaluations, {result.seconds:.1f} s"
                    )


def path_of(folder: Path, subject: str, contender: str, strength: float) -> Path:
    """Where the folder keeps this picture."""
    return folder / subject.replace(" ", "-") / contender / f"{strength:.2f}.png"


def find_painted(folder: Path, pair: Pair) -> list[Painted]:
    """The pair's pictures in the folder, whoever painted them: by contender, then by strength."""
    painted = [
        Painted(pair.subject, path.parent.name, strength, path)
        for path in (folder / pair.subject.replace(" ", "-")).glob("*/*")
        if path.suffix.lower() in _KINDS and (strength := _strength(path.stem)) is not None
    ]
    return sorted(painted, key=lambda one: (one.contender, one.strength))


def _results(stylizer: Stylizer, paintings: Sequence[Painting]) -> Iterator[tuple[int, Result]]:
    for number, event in stylizer.stylize_together(paintings):
        if isinstance(event, StyleError):
            raise event
        if isinstance(event, Result):
            yield number, event


def _enlist(contenders: Sequence[Contender], folder: Path) -> None:
    path = folder / _LIST
    known = json.loads(path.read_text(encoding="utf-8")) if path.is_file() else {}
    for contender in contenders:
        fields = contender.options(1.0).to_dict()
        if known.setdefault(contender.name, fields) != fields:
            raise ValueError(
                f"{folder} has pictures of {contender.name} with other options ({known[contender.name]}); "
                "take another name or another folder."
            )
    folder.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(known, indent=2), encoding="utf-8")


def _write(path: Path, picture: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    unfinished = path.with_suffix(".part")
    unfinished.write_bytes(picture)
    unfinished.replace(path)


def _strength(text: str) -> float | None:
    try:
        return float(text)
    except ValueError:
        return None


def _value(text: str) -> Any:
    """A number, true, false or a list as JSON has them; anything else is a word."""
    try:
        return json.loads(text)
    except ValueError:
        return text
