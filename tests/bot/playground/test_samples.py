from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

import bot.playground
from tests.drawing import PATTERNS

FOLDER = Path(bot.playground.__file__).parent / "samples"
PAIRS: list[dict[str, Any]] = json.loads((FOLDER / "samples.json").read_text())
PICTURES: list[dict[str, str]] = [pair[part] for pair in PAIRS for part in ("content", "style")]


def test_there_are_at_least_two_pairs_to_try() -> None:
    assert len(PAIRS) >= 2
    assert all(pair["title"] for pair in PAIRS)


@pytest.mark.parametrize("picture", PICTURES, ids=lambda picture: str(picture["file"]))
def test_a_sample_opens_and_says_what_it_shows_and_whose_it_is(picture: dict[str, str]) -> None:
    with Image.open(FOLDER / picture["file"]) as opened:
        opened.load()

    assert max(opened.size) <= 640
    assert len(picture["alt"]) > 20
    assert picture["credit"].endswith(("CC0", "public domain"))
    assert picture["file"] in (FOLDER / "CREDITS.md").read_text()


def test_the_samples_are_a_light_load() -> None:
    assert sum(path.stat().st_size for path in FOLDER.iterdir()) < 600_000


@pytest.mark.parametrize("name", ["impasto", "glass", "waves"])
def test_the_drawn_styles_are_what_the_code_draws(name: str) -> None:
    drawn = np.asarray(PATTERNS[name].draw((600, 480), seed=3), dtype=np.float64)

    with Image.open(FOLDER / f"{name}.jpg") as stored:
        difference = np.abs(np.asarray(stored, dtype=np.float64) - drawn)

    assert difference.mean() < 12
