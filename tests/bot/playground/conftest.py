from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from bot.playground.server import Playground
from tests.auxil.chat import ChatClient
from tests.auxil.ptb import connected

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from telegram import Bot

    from tests.auxil.person import Person


@pytest.fixture(autouse=True)
def _timedeltas(monkeypatch: pytest.MonkeyPatch) -> None:
    # PTB's coming way of giving RetryAfter's seconds; the present one warns wherever one is raised.
    monkeypatch.setenv("PTB_TIMEDELTA", "true")


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
