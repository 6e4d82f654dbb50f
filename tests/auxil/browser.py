"""The system's Chromium, driven headless."""

from __future__ import annotations

import shutil
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

import pytest
from playwright.async_api import async_playwright, expect

from tests.auxil.waiting import PATIENCE

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from playwright.async_api import Browser

_NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
# No sandbox for root in a container; no GPU, and nothing that calls home.
_ARGUMENTS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)


def browser_path() -> str:
    """Where the browser is; the test is skipped, saying so, where there is none."""
    found = next((path for path in map(shutil.which, _NAMES) if path), None)
    if found is None:
        pytest.skip("no Chromium or Chrome on this machine: apt-get install chromium")
    return found


@asynccontextmanager
async def running_browser() -> AsyncIterator[Browser]:
    """A browser for the block. Its pages' every step, and every expectation, is waited for with the tests' one patience."""
    patience = 1000 * PATIENCE
    expect.set_options(timeout=patience)
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(
            executable_path=browser_path(), args=list(_ARGUMENTS)
        )
        browser.on("context", lambda context: context.set_default_timeout(patience))
        try:
            yield browser
        finally:
            await browser.close()
