"""A choice between two contenders by somebody who does not know which is which."""

from __future__ import annotations

import json
import random
from collections import Counter
from typing import TYPE_CHECKING, Final

from tests.auxil.contact import table

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from pathlib import Path

    from PIL import Image

    from tests.auxil.pairs import Pair

SIDES: Final = ("left", "right")
NEITHER: Final = "same"


def write_blind(
    rows: Sequence[tuple[Pair, Mapping[str, Image.Image]]], folder: Path, seed: int
) -> Path:
    """For each pair a picture of photo and style above the two results, in random order, and the key beside the folder.

    Args:
        rows: Each pair with its two results by contender.
        folder: Gets ``<pair>.png``.
        seed: Decides who is left.

    Returns:
        The key's path, which who chooses should not open.
    """
    folder.mkdir(parents=True, exist_ok=True)
    order = random.Random(seed)
    key = {}
    for pair, results in rows:
        names = sorted(results)
        order.shuffle(names)
        key[pair.subject] = dict(zip(SIDES, names, strict=True))
        shown = [list(pair.open()), [results[name] for name in names]]
        titles = [f"{pair.subject}: photo; below it left", "style; below it right"]
        # A result that is large enough to have it is shown at 100 %.
        width = max(max(each.width, each.height * 4 // 3) for each in results.values())
        page = table(shown, titles, width=width, whole=True)
        page.save(folder / f"{pair.subject.replace(' ', '-')}.png")
    path = key_path(folder)
    path.write_text(json.dumps({"seed": seed, "pairs": key}, indent=2), encoding="utf-8")
    return path


def key_path(folder: Path) -> Path:
    """The key to a folder of blind pictures lies beside it."""
    return folder.with_name(f"{folder.name}.key.json")


def reveal(choices: Iterable[str], folder: Path) -> Counter[str]:
    """Who was chosen how often.

    Args:
        choices: Lines such as ``still life left``, ``right`` or ``same``; empty ones do not count.
        folder: As for ``write_blind``.

    Raises:
        ValueError: A line cannot be read, or names a pair twice or one that is not in the key.
    """
    key = json.loads(key_path(folder).read_text(encoding="utf-8"))["pairs"]
    sides = {}
    for line in filter(None, map(str.strip, choices)):
        subject, _, side = line.rpartition(" ")
        subject = subject.strip().rstrip(":").replace("-", " ")
        if subject not in key or side not in {*SIDES, NEITHER}:
            raise ValueError(f"Write a line such as 'portrait left', not {line!r}.")
        if subject in sides:
            raise ValueError(f"There are two choices for {subject}.")
        sides[subject] = side
    return Counter(
        NEITHER if side == NEITHER else key[subject][side] for subject, side in sides.items()
    )
