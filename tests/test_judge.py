from __future__ import annotations

import io
import json
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, cast

import pytest
from PIL import Image, ImageChops

from core.style.options import Colours, Preset
from core.style.progress import Losses, Result
from tests import judge
from tests.auxil.contenders import Contender, find_painted, paint, path_of
from tests.auxil.judge_report import MEASURES, advantage
from tests.auxil.judging import Scores
from tests.auxil.pairs import HARD_PAIRS, PAIRS, Pair
from tests.drawing import PATTERNS

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from core.style.painting import Painting
    from core.style.stylizer import Stylizer

SIZE = (96, 72)
NOTHING = Losses(0, 0)


@dataclass
class Mixer:
    """Paints by mixing photo and style picture."""

    batch: int = 1
    groups: list[int] = field(default_factory=list)

    def load(self) -> None:
        pass

    def stylize_together(self, paintings: Sequence[Painting]) -> Iterator[tuple[int, Result]]:
        self.groups.append(len(paintings))
        for number, one in enumerate(paintings):
            mixed = Image.blend(one.content, one.styles[0], one.options.strength)
            file = io.BytesIO()
            mixed.save(file, "PNG")
            yield (
                number,
                Result(
                    picture=file.getvalue(),
                    size=mixed.size,
                    initial=NOTHING,
                    final=NOTHING,
                    evaluations=1,
                    seconds=0.1,
                    device="cpu",
                    weights="none",
                ),
            )


@pytest.fixture(scope="module")
def pair(tmp_path_factory: pytest.TempPathFactory) -> Pair:
    folder = tmp_path_factory.mktemp("pictures")
    for name in ("hatching", "glass"):
        PATTERNS[name].draw(SIZE).save(folder / f"{name}.png")
    return Pair.parse(f"two patterns={folder}/hatching.png,{folder}/glass.png")


def test_a_contender_is_a_name_and_options() -> None:
    contender = Contender.parse("mine:preset=quick,colours=match,size=320,noise=true")

    options = contender.options(0.3)

    assert contender.name == "mine"
    assert (options.preset, options.colours, options.size, options.noise, options.strength) == (
        Preset.QUICK,
        Colours.MATCH,
        320,
        True,
        0.3,
    )


@pytest.mark.parametrize("text", ["", ":preset=quick", "a/b", "..", "x:brush=7", "x:size=3"])
def test_a_contender_that_cannot_paint_is_refused_at_once(
    text: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit):
        judge.main(["--contender", text])

    assert re.search("folder|options|between", capsys.readouterr().err)


def test_a_second_run_paints_what_is_missing(tmp_path: Path, pair: Pair) -> None:
    folder, said = tmp_path / "out", list[str]()
    stylizer = Mixer()

    run(stylizer, pair, [0.2, 0.5], folder, said)
    path_of(folder, pair.subject, "mixed", 0.2).unlink()
    run(stylizer, pair, [0.2, 0.5, 0.9], folder, said)

    assert [line.split(":")[0] for line in said] == [
        f"two-patterns/mixed/{strength}.png" for strength in ("0.20", "0.50", "0.20", "0.90")
    ]
    assert [one.strength for one in find_painted(folder, pair)] == [0.2, 0.5, 0.9]


def test_strengths_of_a_pair_share_a_batch_where_the_device_takes_several(
    tmp_path: Path, pair: Pair
) -> None:
    stylizer = Mixer(batch=2)

    run(stylizer, pair, [0.1, 0.2, 0.3], tmp_path / "out", [])

    assert stylizer.groups == [2, 1]


def test_a_name_stands_for_the_same_options_in_one_folder(tmp_path: Path, pair: Pair) -> None:
    run(Mixer(), pair, [0.5], tmp_path / "out", [])

    with pytest.raises(ValueError, match="another name"):
        paint(
            cast("Stylizer", Mixer()),
            [pair],
            [Contender("mixed", {"size": 320})],
            [0.5],
            tmp_path / "out",
        )


def test_the_folder_is_scored_with_numbers_a_chart_and_sheets(
    tmp_path: Path, pair: Pair, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / "out"
    run(Mixer(), pair, [0.2, 0.4, 0.8], folder, [])
    elsewhere = folder / "two-patterns" / "painted elsewhere" / "0.5.jpg"
    elsewhere.parent.mkdir()
    pair.open()[1].save(elsewhere)

    judge.main(["--score-only", "--pair", written(pair), "--folder", str(folder)])

    numbers = json.loads((folder / "scores.json").read_text("utf-8"))
    assert [(one["contender"], one["strength"]) for one in numbers] == [
        ("mixed", 0.2),
        ("mixed", 0.4),
        ("mixed", 0.8),
        ("painted elsewhere", 0.5),
    ]
    assert numbers[0]["style"] > numbers[1]["style"]
    assert numbers[0]["content"] < numbers[1]["content"]
    said = capsys.readouterr().out
    assert "| mixed | 0.2 |" in said
    assert (
        "mixed: each strength is farther from the photo than the one below on 1 of 1 pairs" in said
    )
    for measure in MEASURES:
        with Image.open(folder / f"chart-{measure}.png") as chart:
            assert chart.width > 300
    with Image.open(folder / "sheets" / "two-patterns.jpg") as sheet:
        assert sheet.width > 6 * 300
    assert (folder / "sheets" / "two-patterns-100.jpg").is_file()


def test_a_folder_without_pictures_is_said(
    tmp_path: Path, pair: Pair, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit):
        judge.main(["--score-only", "--pair", written(pair), "--folder", str(tmp_path)])

    assert "There are no pictures of these pairs" in capsys.readouterr().err


def test_who_chooses_blind_finds_out_afterwards_who_won(
    tmp_path: Path, pair: Pair, capsys: pytest.CaptureFixture[str]
) -> None:
    folder, blind, choices = tmp_path / "out", tmp_path / "blind", tmp_path / "choices.txt"
    for name in ("first", "second", "third"):
        run(Mixer(), pair, [0.5], folder, [], name=name)

    where = ["--pair", written(pair), "--folder", str(folder), "-o", str(blind)]
    judge.main(["--blind", "first", "second", "--seed", "4", *where])
    key = json.loads((tmp_path / "blind.key.json").read_text("utf-8"))["pairs"]["two patterns"]
    choices.write_text("\ntwo patterns left\n", "utf-8")
    capsys.readouterr()
    judge.main(["--reveal", str(choices), "-o", str(blind)])

    assert sorted(key.values()) == ["first", "second"]
    assert [path.name for path in blind.iterdir()] == ["two-patterns.png"]
    assert capsys.readouterr().out == f"{key['left']}: 1\n"


@pytest.mark.parametrize("line", ["two patterns up", "portrait left", "two-patterns left"])
def test_a_choice_that_cannot_be_read_or_comes_twice_is_said(
    tmp_path: Path, line: str, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "blind.key.json").write_text(
        json.dumps({"pairs": {"two patterns": {"left": "a", "right": "b"}}}), "utf-8"
    )
    (tmp_path / "choices.txt").write_text(f"two patterns left\n{line}\n", "utf-8")

    with pytest.raises(SystemExit):
        judge.main(["--reveal", str(tmp_path / "choices.txt"), "-o", str(tmp_path / "blind")])

    assert "choices for" in (error := capsys.readouterr().err) or "Write a line" in error


def test_an_advantage_is_the_gap_between_two_curves_where_both_are() -> None:
    first = {0.2: at(content=0.1, style=0.9), 0.8: at(content=0.5, style=0.5)}
    lower = {0.2: at(content=0.3, style=0.6), 0.8: at(content=0.7, style=0.2)}
    apart = {0.9: at(content=0.8, style=0.2), 1.0: at(content=0.9, style=0.1)}

    assert advantage(first, lower) == pytest.approx(0.1)
    assert advantage(lower, first) == pytest.approx(-0.1)
    assert advantage(first, apart) is None


def test_hard_pairs_are_made_from_the_pictures_that_there_are() -> None:
    gray, signed = Pair("", "chelsea+gray", "coffee+signed").open()
    head, small = Pair("", "astronaut+head", "starry_night+small").open()
    plain = Pair("", "chelsea", "coffee").open()[1]
    names = {pair.subject for pair in (*PAIRS, *HARD_PAIRS)}

    red, _, blue = gray.split()
    assert red.tobytes() == blue.tobytes()
    assert ImageChops.difference(signed, plain).getbbox() is not None
    assert max(small.size) == 96
    assert head.width > head.height
    assert len(names) == len(PAIRS) + len(HARD_PAIRS) >= 15


def run(
    stylizer: Mixer,
    pair: Pair,
    strengths: list[float],
    folder: Path,
    said: list[str],
    *,
    name: str = "mixed",
) -> None:
    paint(cast("Stylizer", stylizer), [pair], [Contender(name)], strengths, folder, said.append)


def written(pair: Pair) -> str:
    return f"{pair.subject}={pair.content},{pair.style}"


def at(*, content: float, style: float) -> Scores:
    values: dict[str, Any] = dict.fromkeys(Scores.__dataclass_fields__, 0.0)
    return Scores(**{**values, "content": content, "style": style})
