"""``make judge``: contenders paint the same pairs at the same strengths, and networks that were not optimised judge them.

``python -m tests.judge --contender quick:preset=quick --contender large:preset=quick,size=768`` paints what its folder
lacks, scores all that is there, prints a table and writes ``scores.json``, charts (style against content along the
strengths, by each judge) and sheets of the pictures. ``--paint-only`` and ``--score-only`` do half of it each, on two machines.

``--blind quick large -o blind`` lays two contenders' results side by side in random order, with the key beside the
folder; ``--reveal choices.txt -o blind`` reads lines such as ``portrait left`` and counts.
"""

from __future__ import annotations

import argparse
import json
import secrets
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Final, TypeVar

from core.style.style_errors import OptionsError
from core.style.stylizer import Stylizer
from tests.auxil.blind import reveal, write_blind
from tests.auxil.contenders import Contender, find_painted, paint
from tests.auxil.judge_report import MEASURES, Judged, draw_chart, draw_sheets, summary
from tests.auxil.pairs import HARD_PAIRS, PAIRS, Pair, choose

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

T = TypeVar("T")
FOLDER: Final = Path(__file__).parents[1] / "out" / "judge"
STRENGTHS: Final = tuple(tenths / 10 for tenths in range(1, 11))
_DEFAULT: Final = Contender("quick", {"preset": "quick"})


def main(words: Sequence[str] | None = None) -> None:
    """Do what the command line asks for."""
    parser = _parser()
    arguments = parser.parse_args(words)
    try:
        if arguments.reveal:
            lines = arguments.reveal.read_text(encoding="utf-8").splitlines()
            for name, count in reveal(lines, arguments.output).most_common():
                print(f"{name}: {count}")
            return
        pairs = _pairs(arguments.pairs, arguments.pair)
        if arguments.blind:
            _blind(pairs, arguments)
            return
        if not arguments.score_only:
            stylizer = Stylizer(device=arguments.device)
            contenders = arguments.contender or [_DEFAULT]
            say = partial(print, flush=True)
            paint(stylizer, pairs, contenders, arguments.strengths, arguments.folder, say)
        if not arguments.paint_only:
            score(pairs, arguments.folder, device=arguments.device, sheets=not arguments.no_sheets)
    except (ValueError, FileNotFoundError) as error:
        parser.error(str(error))


def score(
    pairs: Sequence[Pair], folder: Path, *, device: str = "cpu", sheets: bool = True
) -> list[Judged]:
    """Judge every picture of these pairs in the folder, and write chart, sheets and numbers into it.

    Raises:
        FileNotFoundError: There is none.
    """
    judged = list(judge_folder(pairs, folder, device=device))
    if not judged:
        raise FileNotFoundError(f"There are no pictures of these pairs in {folder}.")
    numbers = [one.to_dict() for one in judged]
    (folder / "scores.json").write_text(json.dumps(numbers, indent=1), encoding="utf-8")
    for measure in MEASURES:
        draw_chart(judged, folder / f"chart-{measure}.png", measure)
    if sheets:
        for pair in pairs:
            if painted := find_painted(folder, pair):
                draw_sheets(pair, painted, folder / "sheets")
    print(summary(judged))
    return judged


def judge_folder(pairs: Sequence[Pair], folder: Path, *, device: str = "cpu") -> Iterator[Judged]:
    """What the judge says of each picture of these pairs in the folder."""
    from tests.auxil.judging import Judge  # noqa: PLC0415 - torch, and a package that painting does without

    judge = Judge(device)
    for pair in pairs:
        if painted := find_painted(folder, pair):
            scores = judge.case(*pair.open()).scores([one.open() for one in painted])
            yield from map(Judged, painted, scores)


def _pairs(subjects: Sequence[str], files: Sequence[Pair]) -> list[Pair]:
    if files and not subjects:
        return [*files]
    return [*choose([] if "all" in subjects else subjects, (*PAIRS, *HARD_PAIRS)), *files]


def _blind(pairs: Sequence[Pair], arguments: argparse.Namespace) -> None:
    strength = arguments.strength
    rows = []
    for pair in pairs:
        results = {
            one.contender: one.open()
            for one in find_painted(arguments.folder, pair)
            if one.contender in arguments.blind and abs(one.strength - strength) < 0.005
        }
        if len(results) == 2:
            rows.append((pair, results))
        else:
            print(f"{pair.subject}: not both have painted it at {strength:g}")
    seed = secrets.randbelow(10**9) if arguments.seed is None else arguments.seed
    key = write_blind(rows, arguments.output, seed)
    print(
        f"{len(rows)} pictures in {arguments.output}; the key, not to be read before the choice: {key}"
    )


def _read(parse: Callable[[str], T]) -> Callable[[str], T]:
    """For argparse, which shows the sentence of no other error."""

    def read(text: str) -> T:
        try:
            return parse(text)
        except (ValueError, OptionsError) as error:
            raise argparse.ArgumentTypeError(str(error)) from error

    return read


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=__doc__)
    add = parser.add_argument
    add(
        "--contender",
        type=_read(Contender.parse),
        action="append",
        default=[],
        metavar="NAME:OPTION=VALUE,..",
    )
    add("--strengths", nargs="*", type=float, default=STRENGTHS, help="default: 0.1 to 1")
    add(
        "--pairs",
        nargs="*",
        default=[],
        metavar="SUBJECT",
        help="such as portrait, or all (default: all, or only --pair)",
    )
    add(
        "--pair",
        type=_read(Pair.parse),
        action="append",
        default=[],
        metavar="SUBJECT=PHOTO,STYLE",
        help="of files",
    )
    add("--device", default="cpu", help="paints and judges (default: cpu)")
    add("--folder", type=Path, default=FOLDER, help="of the pictures (default: out/judge)")
    add("--paint-only", action="store_true")
    add("--score-only", action="store_true")
    add("--no-sheets", action="store_true")
    add("--blind", nargs=2, metavar=("A", "B"), help="two contenders side by side in random order")
    add("--strength", type=float, default=0.5, help="of the blind pictures (default: 0.5)")
    add("--seed", type=int, help="of their order (default: any)")
    add("--reveal", type=Path, metavar="CHOICES.TXT", help="count the choices")
    add(
        "-o",
        "--output",
        type=Path,
        default=FOLDER.with_name("blind"),
        help="the folder of blind pictures",
    )
    return parser


if __name__ == "__main__":
    main()
