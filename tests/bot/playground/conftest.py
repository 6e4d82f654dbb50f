from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
import pytest_asyncio

from bot.playground.server import Playground
from tests.auxil.browser import running_browser
from tests.auxil.chat import ChatClient
from tests.auxil.ptb import connected
from tests.auxil.stage import Stage

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator

    from playwright.async_api import Browser
    from telegram import Bot

    from tests.auxil.person import Person


@pytest.fixture(autouse=True)
def _timedeltas(monkeypatch: pytest.MonkeyPatch) -> None:
    # PTB's coming way of giving RetryAfter's seconds; the present one warns wherever one is raised.
    monkeypatch.setenv("PTB_TIMEDELTA", "true")


@pytest.fixture
def mistaken(wrong_calls: list[str]) -> Iterator[None]:
    """For tests that make wrong calls on purpose."""
    yield
    wrong_calls.clear()


@pytest.fixture
async def playground() -> AsyncIterator[Playground]:
    async with Playground() as running:
        yield running


@pytest.fixture
async def bot(playground: Playground) -> AsyncIterator[Bot]:
    async with connected(playground) as client:
        yield client


@pytest.fixture
async def client(playground: Playground) -> AsyncIterator[ChatClient]:
    async with ChatClient(playground.url) as running:
        yield running


@pytest.fixture
def ada(client: ChatClient) -> Person:
    return client.person("Ada")


# One browser serves all tests of the page, so they share one event loop: each is a context of its own in it.
@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def browser() -> AsyncIterator[Browser]:
    async with running_browser() as running:
        yield running


@pytest_asyncio.fixture(loop_scope="session")
async def stage(browser: Browser) -> AsyncIterator[Stage]:
    context = await browser.new_context(viewport={"width": 1100, "height": 760}, locale="en-GB")
    async with Playground() as running, connected(running) as bot:
        prepared = Stage(running, bot, await context.new_page())
        await prepared.open()
        yield prepared
        await context.close()
    assert prepared.mishaps == []
