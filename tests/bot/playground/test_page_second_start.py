"""The program is stopped and started again on one folder: the page goes on as if nothing had happened."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import pytest
from playwright.async_api import expect

from tests.auxil.program import running_program
from tests.auxil.stage import LOADED, picture

if TYPE_CHECKING:
    from pathlib import Path

    from playwright.async_api import Browser, Locator, Page

pytestmark = pytest.mark.asyncio(loop_scope="session")


async def test_a_second_start_shows_the_old_messages_and_answers_new_ones(
    browser: Browser, tmp_path: Path
) -> None:
    page = await browser.new_page()
    async with running_program(tmp_path, "playground", "--port", "0") as address:
        await page.goto(address)
        live = page.locator("html[data-connection=live]")
        await expect(live).to_have_count(1)
        await _write(page, "/start")
        await expect(_from_bot(page)).to_have_count(1)
        await _send_photo(page)
        await expect(_from_bot(page)).to_have_count(2)
        pictures = await _pictures(page).count()
        before = await _rows(page).all_inner_texts()

    port = str(urlsplit(address).port)
    async with running_program(tmp_path, "playground", "--port", port):
        # The page that was open all the time takes up the connection again.
        await expect(live).to_have_count(1)
        assert await _rows(page).all_inner_texts() == before

        await page.reload()
        await expect(_rows(page)).to_have_count(len(before))
        await expect(_pictures(page)).to_have_count(pictures)
        assert pictures >= 1
        assert await _pictures(page).evaluate_all(LOADED)

        await _write(page, "/start")
        await expect(_from_bot(page)).to_have_count(3)
    await page.close()


async def _write(page: Page, text: str) -> None:
    await page.get_by_role("combobox", name="Message").fill(text)
    await page.keyboard.press("Enter")


async def _send_photo(page: Page) -> None:
    async with page.expect_file_chooser() as chooser:
        await page.get_by_role("button", name="Attach photos or files").click()
        await (await chooser.value).set_files([picture(size=(90, 70))])
    await page.locator("#compose").get_by_role("button", name="Send").click()


def _rows(page: Page) -> Locator:
    return page.locator(".log .row")


def _from_bot(page: Page) -> Locator:
    return page.locator(".log .row.in")


def _pictures(page: Page) -> Locator:
    return page.locator(".log .photo img")
