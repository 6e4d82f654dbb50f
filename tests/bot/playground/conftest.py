from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from telegram import Bot

from bot.playground.server import Playground
from tests.auxil.chat import ChatClient

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from tests.auxil.person import Person


def connected(playground: Playground) -> Bot:
    """PTB's own client, pointed at the playground."""
    return Bot(
        playground.token,
        base_url=playground.api_url + "/bot",
        base_file_url=playground.api_url + "/file/bot",
    )


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
