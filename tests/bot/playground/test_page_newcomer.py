"""What a newcomer does: start the program, open the address, and click; the real bot, the real network, a real browser."""

from __future__ import annotations

import re
import shutil
import time
from typing import TYPE_CHECKING, Final

import pytest
from playwright.async_api import expect

from tests.auxil.program import running_program

if TYPE_CHECKING:
    from pathlib import Path

    from playwright.async_api import Browser, Locator, Page

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.timeout(600)]

PAINTED = 400_000
"""Milliseconds within which a picture is there, on however slow a machine."""


MOST_TAPS: Final = 3
"""From /start to the first picture."""


async def test_from_start_to_a_picture_in_three_taps_at_most(
    browser: Browser, tmp_path: Path, measured: Path
) -> None:
    shutil.copytree(measured, tmp_path / "playground")
    started = running_program(tmp_path, "run", "--port", "0", module="tests.auxil.small_bot")
    async with started as address:
        page = await browser.new_page(viewport={"width": 1100, "height": 760})
        page.set_default_timeout(30_000)
        await page.goto(address)

        begun, taps = time.monotonic(), 0
        await page.get_by_role("combobox", name="Message").fill("/start")
        await page.keyboard.press("Enter")
        taps += 1
        await expect(_bubbles(page, "Welcome to Atelier")).to_have_count(1)
        await page.get_by_role("button", name="A cat under the stars").first.click()
        taps += 1
        await _bar_moves(page)

        await page.reload()
        await expect(_bubbles(page, "Painting")).to_have_count(1)

        await expect(_bubbles(page, "→")).to_have_count(1, timeout=PAINTED)
        assert taps <= MOST_TAPS
        print(f"{taps} taps, {time.monotonic() - begun:.0f} s")  # noqa: T201 - no limit: the machine may be busy
        await expect(_bubbles(page, "atelier-1.png")).to_have_count(1)
        await expect(_bubbles(page, "Painting")).to_have_count(0)

        await page.get_by_role("button", name=re.compile("^Photo: Your photo in")).click()
        await expect(page.get_by_role("slider", name="Before and after")).to_be_focused()
        await page.keyboard.press("Escape")

        await page.get_by_role("button", name="A cat under the stars").first.click()
        await _press(page, "Fine")
        await page.get_by_role("button", name="Cancel").click()
        await expect(_bubbles(page, "Cancelled")).to_have_count(1)
        await page.close()


async def _press(page: Page, name: str) -> None:
    await page.get_by_role("button", name=re.compile(f"^{name} ·|^{name}$")).last.click()


async def _bar_moves(page: Page) -> None:
    status = _bubbles(page, "Evaluation")
    await expect(status).to_have_count(1, timeout=PAINTED)
    first = await status.inner_text()
    await expect(status).not_to_have_text(first, timeout=PAINTED, use_inner_text=True)


def _bubbles(page: Page, text: str) -> Locator:
    return page.locator(".log .row").filter(has_text=text)
