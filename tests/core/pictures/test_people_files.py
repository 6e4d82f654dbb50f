"""Files as people have them: a folder of such files, with what each should come out as."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from core.pictures.codec import read_picture
from core.pictures.picture_errors import UnreadTiffError
from core.pictures.srgb import on_white

# They are no part of the project: beside the checkout, or wherever that lies.
PLACES = [folder / "shared/files" for folder in Path(__file__).parents[3].parents]
FOLDER = next((place for place in PLACES if (place / "manifest.json").exists()), PLACES[0])
MANIFEST = FOLDER / "manifest.json"
FILES: list[dict[str, Any]] = json.loads(MANIFEST.read_text()) if MANIFEST.exists() else []


@pytest.mark.skipif(not FILES, reason=f"there is no {MANIFEST}")
@pytest.mark.parametrize("told", FILES, ids=[told["file"] for told in FILES])
def test_files_come_out_as_people_know_them(told: dict[str, Any]) -> None:
    data = (FOLDER / told["file"]).read_bytes()
    try:
        picture = on_white(read_picture(data))
    except UnreadTiffError:
        assert told["expect"] == "either"
        return

    assert list(picture.size) == told["size"]
    width, height = picture.size
    for region in told["regions"]:
        left, top, right, bottom = region["box"]
        box = (
            round(left * width),
            round(top * height),
            round(right * width),
            round(bottom * height),
        )
        mean = np.asarray(picture.crop(box)).mean(axis=(0, 1))
        assert mean == pytest.approx(region["rgb"], abs=region["tol"]), region["name"]
