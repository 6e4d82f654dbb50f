"""``make board``: paint the pairs that the project is judged by and lay them on one page, ``docs/board.jpg``.

``--vary strength=0.2,0.5,0.8`` (or ``colours=style,luminance,match``, ``preset=...``, ``style_scale=...``) paints each
pair several times instead and lays the results side by side: how defaults are chosen here, by looking. ``--styles`` paints
the photo of one pair in all built-in styles, ``docs/styles.jpg``.
"""

from __future__ import annotations

import argparse
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from bot.messages.languages import ENGLISH
from core.pictures.builtin_styles import BUILTIN_STYLES, builtin_style
from core.pictures.codec import reread_picture, to_png
from core.render.contact_sheet import SheetEntry, contact_sheet
from core.style.options import Options, Preset
from core.style.progress import Result
from core.style.stylizer import Stylizer
from tests.auxil.contact import Shown, board, save_small, table
from tests.auxil.pairs import Pair, choose

if TYPE_CHECKING:
    from collections.abc import Sequence

    from PIL import Image

BOARD: Final = Path(__file__).parents[1] / "docs" / "board.jpg"
MOST_BYTES: Final = 230_000
STYLES_WIDTH: Final = 840
STYLES_BYTES: Final = 200_000


@dataclass(frozen=True, slots=True)
class Variation:
    """One option with several values."""

    name: str
    values: tuple[str, ...]

    @classmethod
    def parse(cls, text: str) -> Variation:
        name, _, values = text.partition("=")
        return cls(name, tuple(values.split(",")))

    def options(self, options: dict[str, Any]) -> list[Options]:
        return [Options.from_dict({**options, self.name: _value(each)}) for each in self.values]


def main() -> None:
    """Paint, print what it took, and write the page."""
    arguments = _parse()
    stylizer = Stylizer()
    pairs = choose(arguments.pairs)
    plain = {"preset": arguments.preset}
    if arguments.styles:
        sheet = _styles(stylizer, pairs[0], Options.from_dict({**plain, "size": 360}))
        save_small(sheet, arguments.output, most_bytes=STYLES_BYTES)
    elif arguments.vary is None:
        options = Options.from_dict(plain)
        shown = [Shown(*pair.open(), _paint(stylizer, pair, options)) for pair in pairs]
        save_small(board(shown), arguments.output, most_bytes=MOST_BYTES)
    else:
        save_small(
            _varied(stylizer, pairs, arguments.vary, plain), arguments.output, most_bytes=10**7
        )
    print(arguments.output)


def _parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    add = parser.add_argument
    add("--preset", choices=[one.value for one in Preset], default="balanced")
    add("--pairs", nargs="*", default=[], metavar="SUBJECT", help="such as portrait (default: all)")
    add("--vary", type=Variation.parse, metavar="OPTION=A,B,..", help="side by side instead")
    add("--styles", action="store_true", help="the first photo in all built-in styles instead")
    add("-o", "--output", type=Path, default=BOARD, help="the page (default: docs/board.jpg)")
    return parser.parse_args()


def _varied(
    stylizer: Stylizer, pairs: Sequence[Pair], variation: Variation, plain: dict[str, Any]
) -> Image.Image:
    rows = []
    for pair in pairs:
        painted = [_paint(stylizer, pair, each) for each in variation.options(plain)]
        rows.append([pair.open()[0], *painted])
    titles = ["photo", *(f"{variation.name} {value}" for value in variation.values)]
    return table(rows, titles, width=420)


def _styles(stylizer: Stylizer, pair: Pair, options: Options) -> Image.Image:
    content, _ = pair.open()
    painted = [
        SheetEntry(
            to_png(
                _transfer(stylizer, pair, (content, reread_picture(builtin_style(name))), options)
            ),
            ENGLISH.builtin_name(name),
        )
        for name in BUILTIN_STYLES
    ]
    sheet = reread_picture(contact_sheet(painted))
    return sheet.resize((STYLES_WIDTH, round(sheet.height * STYLES_WIDTH / sheet.width)))


def _paint(stylizer: Stylizer, pair: Pair, options: Options) -> Image.Image:
    return _transfer(stylizer, pair, pair.open(), options)


def _transfer(
    stylizer: Stylizer, pair: Pair, pictures: tuple[Image.Image, Image.Image], options: Options
) -> Image.Image:
    content, style = pictures
    *_, result = stylizer.stylize(content, [style], options)
    assert isinstance(result, Result)
    width, height = result.size
    print(
        f"{pair.subject:12}{pair.content} x {pair.style}: {width} x {height}, {result.evaluations} evaluations, "
        f"{result.seconds:.1f} s, style {result.final.style:.3f}, content {result.final.content:.3f}",
        flush=True,
    )
    return reread_picture(result.picture)


def _value(text: str) -> float | str:
    try:
        return float(text)
    except ValueError:
        return text


if __name__ == "__main__":
    main()
