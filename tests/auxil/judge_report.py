"""What ``make judge`` shows: a chart of style against content, sheets of pictures, and a table."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from itertools import combinations
from statistics import mean
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from tests.auxil.contact import table

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

    from tests.auxil.contenders import Painted
    from tests.auxil.judging import Scores
    from tests.auxil.pairs import Pair

MEASURES: Final = ("style", "magenta")
"""The fields of ``Scores`` that each say how far a picture is from the style."""
_WIDTH: Final = 300
_CROP: Final = (320, 240)
_STEP: Final = 40
_COLUMNS: Final = 4


@dataclass(frozen=True, slots=True)
class Judged:
    """A painting and what the judge says of it."""

    painted: Painted
    scores: Scores

    def to_dict(self) -> dict[str, Any]:
        """As JSON holds it."""
        one = self.painted
        return {
            "pair": one.pair,
            "contender": one.contender,
            "strength": one.strength,
            **self.scores.to_dict(),
        }


def curves(judged: Iterable[Judged]) -> dict[str, dict[str, dict[float, Scores]]]:
    """Scores by pair, contender and strength."""
    found: dict[str, dict[str, dict[float, Scores]]] = defaultdict(lambda: defaultdict(dict))
    for one in judged:
        found[one.painted.pair][one.painted.contender][one.painted.strength] = one.scores
    return found


def draw_chart(judged: Sequence[Judged], path: Path, measure: str = "style") -> None:
    """Style distance against content distance along the strengths: a curve a contender, a panel a pair, and their mean.

    ``measure`` is a field of ``Scores``. Nearer to the lower left is better; 0.5 is a larger dot.
    """
    import matplotlib as mpl  # noqa: PLC0415 - only this needs it

    mpl.use("Agg")
    from matplotlib import pyplot as plt  # noqa: PLC0415

    panels = [("mean of all pairs", _mean_lines(judged, measure))]
    for pair, by_contender in curves(judged).items():
        panels.append(
            (pair, {name: _line(scores, measure) for name, scores in by_contender.items()})
        )
    columns = min(_COLUMNS, len(panels))
    rows = -(-len(panels) // columns)
    figure, axes = plt.subplots(
        rows, columns, figsize=(4.2 * columns, 3.6 * rows), squeeze=False, layout="constrained"
    )
    names = sorted({one.painted.contender for one in judged})
    for place, (title, lines) in zip(axes.flat, panels, strict=False):
        place.set(title=title, xlabel="content distance (0 = photo)", ylabel=f"{measure} distance")
        place.grid(alpha=0.3)
        for name, points in sorted(lines.items()):
            colour = f"C{names.index(name) % 10}"
            content, style = ([point[at] for point in points] for at in (1, 2))
            place.plot(content, style, "o-", color=colour, label=name, markersize=3, linewidth=1.2)
            for strength, x, y in points:
                if strength == 0.5:
                    place.plot(x, y, "o", color=colour, markersize=8)
                if strength in {points[0][0], 0.5, points[-1][0]}:
                    place.annotate(f"{strength:g}", (x, y), fontsize=7, color=colour)
    for place in list(axes.flat)[len(panels) :]:
        place.set_axis_off()
    axes.flat[0].legend(fontsize=8)
    figure.savefig(path, dpi=100)
    plt.close(figure)


def draw_sheets(pair: Pair, painted: Sequence[Painted], folder: Path) -> list[Path]:
    """A row a contender, a column a strength: whole, and two places at 100 %, the richest of the photo and the calmest."""
    photo, style = pair.open()
    names = sorted({one.contender for one in painted})
    strengths = sorted({one.strength for one in painted})
    by_place = {(one.contender, one.strength): one.open() for one in painted}
    blank = Image.new("RGB", _CROP, "white")
    titles = [pair.subject, "photo", "style", *(f"{strength:g}" for strength in strengths)]
    rows = [
        [_label(name), photo, style, *(by_place.get((name, at), blank) for at in strengths)]
        for name in names
    ]
    close = [
        [
            _label(name),
            _cut(photo, place, like=next(iter(by_place.values()))),
            _cut(style, (0.5, 0.5), like=next(iter(by_place.values()))),
            *(_cut(by_place.get((name, at), blank), place) for at in strengths),
        ]
        for place in _places(photo)
        for name in names
    ]
    folder.mkdir(parents=True, exist_ok=True)
    stem = pair.subject.replace(" ", "-")
    paths = [folder / f"{stem}.jpg", folder / f"{stem}-100.jpg"]
    table(rows, titles, width=_WIDTH, whole=True).save(paths[0], quality=90)
    table(close, titles, width=_CROP[0]).save(paths[1], quality=92)
    return paths


def summary(judged: Sequence[Judged]) -> str:
    """In Markdown each contender's means over the pairs at each strength; how even its strengths are; who has more style at
    equal content.
    """
    by_place: dict[tuple[str, float], list[Scores]] = defaultdict(list)
    for one in judged:
        by_place[one.painted.contender, one.painted.strength].append(one.scores)
    names = list(next(iter(by_place.values()))[0].to_dict())
    lines = [
        f"| contender | strength | {' | '.join(names)} | pairs |",
        f"|---|--:|{'--:|' * (len(names) + 1)}",
    ]
    for (contender, strength), scores in sorted(by_place.items()):
        means = " | ".join(f"{mean(getattr(one, name) for one in scores):.3f}" for name in names)
        lines.append(f"| {contender} | {strength:g} | {means} | {len(scores)} |")
    return "\n".join([*lines, "", *_evenness(judged), *_comparisons(judged)])


def advantage(
    first: dict[float, Scores], second: dict[float, Scores], measure: str = "style"
) -> float | None:
    """How much nearer to the style the second is than the first at equal content distances, the mean over those that both have.

    None where they have none in common, or where that judge was not there. Both curves are taken as straight between strengths.
    """
    (ours_x, ours_y), (theirs_x, theirs_y) = (
        _rising(scores, measure) for scores in (first, second)
    )
    low, high = max(ours_x[0], theirs_x[0]), min(ours_x[-1], theirs_x[-1])
    if low >= high:
        return None
    grid = np.linspace(low, high, 50)
    gaps = np.interp(grid, ours_x, ours_y) - np.interp(grid, theirs_x, theirs_y)
    return None if np.isnan(gaps).any() else float(gaps.mean())


def _evenness(judged: Sequence[Judged]) -> list[str]:
    """Whether each strength is farther from the photo than the one below it, and how uneven these steps are."""
    found: dict[str, list[np.ndarray]] = defaultdict(list)
    for by_contender in curves(judged).values():
        for name, scores in by_contender.items():
            if len(scores) > 2:
                # At strength 0 stands the photo.
                strengths = [0.0, *sorted(each for each in scores if each > 0)]
                content = [0.0, *(scores[each].content for each in strengths[1:])]
                slopes = np.diff(content) / np.diff(strengths)
                found[name].append(slopes * strengths[-1] / max(content[-1], 1e-9))
    return [
        f"{name}: each strength is farther from the photo than the one below on "
        f"{sum(bool((each > 0).all()) for each in steps)} of {len(steps)} pairs; "
        f"the steepest step is {mean(float(each.max()) for each in steps):.1f} times the mean one."
        for name, steps in sorted(found.items())
    ]


def _comparisons(judged: Sequence[Judged]) -> list[str]:
    names = sorted({one.painted.contender for one in judged})
    by_pair = curves(judged)
    return [
        line
        for measure in MEASURES
        for first, second in combinations(names, 2)
        if (line := _comparison(by_pair, first, second, measure))
    ]


def _comparison(
    by_pair: dict[str, dict[str, dict[float, Scores]]], first: str, second: str, measure: str
) -> str:
    gaps = {
        pair: gap
        for pair, found in by_pair.items()
        if first in found and second in found
        if (gap := advantage(found[first], found[second], measure)) is not None
    }
    if not gaps:
        return ""
    better = sum(gap > 0 for gap in gaps.values())
    each = ", ".join(f"{pair} {gap:+.3f}" for pair, gap in gaps.items())
    return (
        f"By {measure}, at equal content {second} is nearer to the style than {first} on {better} of {len(gaps)} pairs, "
        f"by {mean(gaps.values()):+.3f} on average ({each})."
    )


def _rising(scores: dict[float, Scores], measure: str) -> tuple[list[float], list[float]]:
    points = sorted((one.content, getattr(one, measure)) for one in scores.values())
    return [x for x, _ in points], [y for _, y in points]


def _line(scores: dict[float, Scores], measure: str) -> list[tuple[float, float, float]]:
    return [
        (strength, one.content, getattr(one, measure)) for strength, one in sorted(scores.items())
    ]


def _mean_lines(
    judged: Sequence[Judged], measure: str
) -> dict[str, list[tuple[float, float, float]]]:
    by_place: dict[str, dict[float, list[Scores]]] = defaultdict(lambda: defaultdict(list))
    for one in judged:
        by_place[one.painted.contender][one.painted.strength].append(one.scores)
    return {
        name: [
            (
                strength,
                mean(one.content for one in scores),
                mean(getattr(one, measure) for one in scores),
            )
            for strength, scores in sorted(by_strength.items())
        ]
        for name, by_strength in by_place.items()
    }


def _label(name: str) -> Image.Image:
    label = Image.new("RGB", _CROP, "white")
    ImageDraw.Draw(label).text((10, 90), name, fill="black", font=ImageFont.load_default(24))
    return label


def _places(photo: Image.Image) -> list[tuple[float, float]]:
    """The middles (x, y), 0..1, of the photo's richest and of its calmest part."""
    width, height = photo.size
    gray = np.asarray(photo.convert("L"), np.float64)
    change = np.hypot(*np.gradient(gray))
    grid = [
        (x, y)
        for y in range(height // 5, height - height // 5, max(1, height // _STEP))
        for x in range(width // 5, width - width // 5, max(1, width // _STEP))
    ]

    def richness(place: tuple[int, int]) -> float:
        x, y = place
        return float(
            change[y - height // 5 : y + height // 5, x - width // 5 : x + width // 5].mean()
        )

    return [(x / width, y / height) for x, y in (max(grid, key=richness), min(grid, key=richness))]


def _cut(
    picture: Image.Image, place: tuple[float, float], *, like: Image.Image | None = None
) -> Image.Image:
    """So many pixels of the picture around the place, or of it as long as another one."""
    if like is not None:
        factor = max(like.size) / max(picture.size)
        picture = picture.resize((round(picture.width * factor), round(picture.height * factor)))
    width, height = (min(*both) for both in zip(_CROP, picture.size, strict=True))
    left = round(min(max(0, place[0] * picture.width - width / 2), picture.width - width))
    top = round(min(max(0, place[1] * picture.height - height / 2), picture.height - height))
    cut = Image.new("RGB", _CROP, "white")
    cut.paste(picture.crop((left, top, left + width, top + height)))
    return cut
