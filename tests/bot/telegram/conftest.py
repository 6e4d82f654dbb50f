"""The half of the bot that sends, with the playground as its Telegram."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from bot.telegram.budgets import Budgets
from bot.telegram.limiter import Limiter
from core.jobs.store import Store
from tests.auxil.ptb import limited
from tests.auxil.sending import Sending, sending_with

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from telegram.ext import ExtBot

    from bot.playground.server import Playground


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[Store]:
    async with await Store.open(tmp_path / "direct.db") as store:
        yield store


@pytest.fixture
def limiter() -> Limiter:
    return Limiter(Budgets(unlimited=True), pauses=(0.01,))


@pytest.fixture
async def api(playground: Playground, limiter: Limiter) -> AsyncIterator[ExtBot[str]]:
    async with limited(playground, limiter) as api:
        yield api


@pytest.fixture
async def sending(api: ExtBot[str], store: Store, limiter: Limiter) -> AsyncIterator[Sending]:
    """Sends without limits, and repeats almost at once."""
    async with sending_with(api, store, limiter, pace=0.01, pauses=(0.01,)) as sending:
        yield sending
