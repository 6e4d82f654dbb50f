"""Chinese is written where the system has the letters, and nothing is broken where it has not."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from core.render import text_drawing as lettering
from core.render.contact_sheet import SheetEntry, contact_sheet
from core.render.curve_labels import CurveLabels
from core.render.loss_curve import loss_curve
from core.style.progress import Losses, TracePoint
from tests.auxil.fonts import make_font
from tests.auxil.pictures import encoded, opened

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

NAME = "夕阳"
LABELS = CurveLabels("评估次数", "风格损失", "内容损失", "尺寸 {n}", "没有")
LATIN = "".join(map(chr, range(32, 127)))
TRACE = [TracePoint(n, 1, 0.1 * n, Losses(3.0 / n, 0.1 * n)) for n in range(1, 9)]


@pytest.fixture
def system(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """The folder with this system's fonts; there are none yet."""
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
    monkeypatch.setenv("XDG_DATA_DIRS", str(tmp_path / "nothing"))
    lettering.fonts.cache_clear()
    yield tmp_path / "fonts"
    monkeypatch.undo()
    lettering.fonts.cache_clear()


def has_chinese(system: Path) -> None:
    letters = {*NAME, *LABELS.letters, *LATIN}
    make_font(system / "truetype" / "wqy-microhei.ttc", "".join(letters))
    lettering.fonts.cache_clear()


def test_a_chinese_name_is_written_where_the_system_has_its_letters(system: Path) -> None:
    red = encoded(colour="#c02020")
    plain, named = contact_sheet([SheetEntry(red)]), [SheetEntry(red, NAME)]
    assert contact_sheet(named) == plain
    has_chinese(system)
    sheet, before = opened(contact_sheet(named)), opened(plain)
    assert sheet.height > before.height
    # The boxes of the font, side by side below the picture.
    below = np.asarray(sheet)[before.height :].max(axis=(0, 2)) > 150
    assert 40 < below.sum() < 100


def test_a_curve_speaks_chinese_where_the_system_has_its_letters_and_english_elsewhere(
    system: Path,
) -> None:
    english = loss_curve(TRACE)
    assert loss_curve(TRACE, labels=LABELS) == english
    has_chinese(system)
    assert loss_curve(TRACE) == english
    here, there = (
        np.asarray(opened(one).convert("L"), dtype=int)
        for one in (loss_curve(TRACE, labels=LABELS), english)
    )
    legend, axis = here[:90] - there[:90], here[780:] - there[780:]
    assert np.abs(legend).max() > 100
    assert np.abs(axis).max() > 100


@pytest.mark.parametrize("shaped", [True, False])
def test_arabic_is_written_only_where_its_letters_can_be_joined(
    shaped: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lettering, "shapes_text", lambda: shaped)
    name, labels = "فسيفساء", CurveLabels("التقييمات", "خسارة", "محتوى", "المقياس {n}", "لا شيء")

    assert lettering.can_write(name) == shaped
    assert lettering.writable(name) == (name if shaped else "")
    assert (loss_curve(TRACE, labels=labels) == loss_curve(TRACE)) is not shaped
