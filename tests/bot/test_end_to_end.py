"""The thing itself: two photos, the real network, a picture with losses, all over HTTP through PTB's client."""

from __future__ import annotations

import re
import shutil
from typing import TYPE_CHECKING

import pytest

from bot.app import Overrides, running
from core.pictures.codec import reread_picture
from tests.auxil.pictures import jpeg_bytes, mean_difference, painting, photo
from tests.bot.conftest import settings_for

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from pathlib import Path

    from bot.playground.server import Playground
    from bot.settings import Settings
    from tests.auxil.person import Person

STYLE_LOSS = re.compile(r"Style loss ([\d.,]+)")
CONTENT_SIZE = (1280, 65)
"""As wide as may be, since the preset's cost goes with the area."""
FALLING = re.compile(r"Style loss ([\d.,]+) → ([\d.,]+)")


@pytest.fixture(autouse=True)
def pictures_opened_here() -> None:
    """They are opened as for an operator: by processes."""


async def test_two_photos_come_back_as_one_picture_painted_by_vgg19(
    playground: Playground, ada: Person, measured: Path, tmp_path: Path
) -> None:
    shutil.copytree(measured, tmp_path, dirs_exist_ok=True)
    await converse(settings_for(playground, tmp_path), ada)


async def converse(
    settings: Settings,
    ada: Person,
    *,
    at_work: Callable[[], Awaitable[None]] | None = None,
) -> list[str]:
    """The whole conversation, and what must come of it.

    Args:
        settings: The bot's.
        ada: Who talks to it.
        at_work: Called once in the middle of the painting.

    Returns:
        What the status message showed, one after the other.
    """
    content = photo(*CONTENT_SIZE)
    overrides = Overrides(pace=0.05, unlimited=True)
    shown: list[str] = []
    async with running(settings, overrides=overrides):
        await ada.send_photo(jpeg_bytes(content))
        await ada.expect_text("send the style picture")
        await ada.send_photo(jpeg_bytes(painting(320, 66)))
        await ada.press(await ada.expect_text("Choose a quality"), "Quick")

        while True:
            entry = await ada.expect(lambda _: True, timeout=200)
            if "→" in entry.text:
                break
            shown.append(entry.text)
            if at_work is not None and STYLE_LOSS.search(entry.text):
                await at_work()
                at_work = None
        await ada.press_under_more(entry, "Full quality")
        file = await ada.expect_kind("document")
        picture = reread_picture(await ada.download(file))

    seen = [number(found) for text in shown for found in STYLE_LOSS.findall(text)]
    ((start, end),) = [tuple(map(number, both)) for both in FALLING.findall(entry.text)]
    assert len(seen) >= 3
    assert seen[-1] < seen[0]
    assert end < start / 2
    assert re.match(r"Your photo in the style you chose, \d+ s\n", entry.text)
    assert re.search(r"\nContent loss [\d.]*[1-9]\d* \(0 is the photo itself\)\n", entry.text)
    assert re.search(r"\n\d+ evaluations\nQuick · \d+ × \d+ · on cpu$", entry.text)
    assert picture.size == (512, 26)
    assert mean_difference(picture, content.resize(picture.size)) > 10
    return shown


def number(text: str) -> float:
    return float(text.replace(",", ""))
