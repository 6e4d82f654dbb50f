"""A collage: one photo in several styles, side by side, as one work with one progress and one result."""

from __future__ import annotations

from contextlib import closing
from dataclasses import dataclass, field, replace
from statistics import fmean
from typing import TYPE_CHECKING, Final

from PIL import Image

from core.pictures.codec import reread_picture, to_png
from core.style.presets import plan
from core.style.progress import Losses, Progress, Result

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from core.engines.work import Painter
    from core.style.painting import Painting
    from core.style.progress import Event

COLUMNS: Final = 3
GAP: Final = 6
"""Pixels between two tiles, and around them."""

_BACKGROUND: Final = "#17212b"
_RENDER_EVERY: Final = 0.4
"""Seconds between two pictures of a tile, at least: nobody sees the others."""


def paint_collage(painter: Painter, asked: Painting) -> Iterator[Event]:
    """Paint a photo in each style of its own, and tell all of it as one transfer.

    Args:
        painter: Paints the tiles, together where that pays.
        asked: The photo, a style for each tile, and the options with ``size`` as the long side of a tile.

    Yields:
        Progress whenever a tile made an evaluation: evaluations are counted over all tiles, losses are their mean, and the
        picture is the collage. Then one Result.

    Raises:
        StyleError: A tile failed, and the collage with it.
    """
    options = replace(asked.options, collage=())
    tiles = [replace(asked, styles=[style], options=options) for style in asked.styles]
    tile = plan(options, asked.content.size).scales[-1].size
    collage = _Collage(asked.content, tile, len(tiles))
    with closing(painter.stylize_together(tiles)) as events:
        for number, event in events:
            if isinstance(event, Progress):
                yield collage.note(number, event)
            elif isinstance(event, Result):
                collage.end(number, event)
            else:
                try:
                    raise event
                finally:
                    del event  # else the error and this frame would hold each other
    yield collage.result()


def tile_places(count: int, tile: tuple[int, int]) -> list[tuple[int, int]]:
    """The left upper corners of so many tiles of one size."""
    columns = min(COLUMNS, count)
    width, height = tile
    return [
        (
            GAP + number % columns * (width + GAP),
            GAP + number // columns * (height + GAP),
        )
        for number in range(count)
    ]


def tile_size(count: int, sheet: tuple[int, int]) -> tuple[int, int]:
    """(width, height) of each of so many tiles of a collage of this size."""
    columns = min(COLUMNS, count)
    rows = -(-count // columns)
    return (sheet[0] - GAP) // columns - GAP, (sheet[1] - GAP) // rows - GAP


@dataclass
class _Collage:
    """What is known of the tiles so far.

    Attributes:
        content: The photo, which stands in a tile that was not begun yet.
        tile: (width, height) of a tile.
        count: How many tiles there are.
    """

    content: Image.Image
    tile: tuple[int, int]
    count: int
    _progress: dict[int, Progress] = field(default_factory=dict)
    _results: dict[int, Result] = field(default_factory=dict)
    _rendered: dict[int, float] = field(default_factory=dict)
    _sheet: Image.Image = field(init=False)

    def __post_init__(self) -> None:
        """Show the photo in every tile, pale."""
        places = tile_places(self.count, self.tile)
        size = (
            max(x for x, _ in places) + self.tile[0] + GAP,
            max(y for _, y in places) + self.tile[1] + GAP,
        )
        self._sheet = Image.new("RGB", size, _BACKGROUND)
        pale = Image.blend(
            _opaque(self.content, self.tile), Image.new("RGB", self.tile, _BACKGROUND), 0.6
        )
        for place in places:
            self._sheet.paste(pale, place)

    def note(self, number: int, progress: Progress) -> Progress:
        """A tile made an evaluation: the progress of all of them."""
        self._progress[number] = progress
        known = self._progress.values()
        if progress.elapsed - self._rendered.get(number, float("-inf")) >= _RENDER_EVERY:
            self._rendered[number] = progress.elapsed
            self._put(number, progress.picture())
        return replace(
            progress,
            evaluation=sum(one.evaluation for one in known),
            evaluations=self.count * progress.evaluations,
            size=self._sheet.size,
            losses=_mean([one.losses for one in known]),
            elapsed=max(one.elapsed for one in known),
            reduced=any(one.reduced for one in known),
            render=self._sheet.copy,
            render_state=None,
        )

    def end(self, number: int, result: Result) -> None:
        """A tile is painted."""
        self._results[number] = replace(result, picture=b"")
        self._put(number, reread_picture(result.picture))

    def result(self) -> Result:
        """The result of all tiles."""
        results = list(self._results.values())
        return replace(
            results[0],
            picture=to_png(self._sheet),
            size=self._sheet.size,
            initial=_mean([one.initial for one in results]),
            final=_mean([one.final for one in results]),
            evaluations=sum(one.evaluations for one in results),
            seconds=max(one.seconds for one in results),
            complete=all(one.complete for one in results),
            reduced=any(one.reduced for one in results),
            exact_losses=all(one.exact_losses for one in results),
            cutout=False,
        )

    def _put(self, number: int, picture: Image.Image) -> None:
        self._sheet.paste(_opaque(picture, self.tile), tile_places(self.count, self.tile)[number])


def _opaque(picture: Image.Image, size: tuple[int, int]) -> Image.Image:
    """The picture in another size; where it is transparent, on white."""
    smaller = picture.resize(size, Image.Resampling.LANCZOS)
    if smaller.mode != "RGBA":
        return smaller.convert("RGB")
    ground = Image.new("RGBA", size, "white")
    return Image.alpha_composite(ground, smaller).convert("RGB")


def _mean(losses: Sequence[Losses]) -> Losses:
    return Losses(
        style=fmean(one.style for one in losses), content=fmean(one.content for one in losses)
    )
