"""PTB's own client, pointed at a playground."""

from __future__ import annotations

from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Final

from telegram import Bot
from telegram.constants import ParseMode
from telegram.ext import Defaults, ExtBot
from telegram.request import HTTPXRequest

from tests.auxil.waiting import PATIENCE

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from bot.playground.server import Playground
    from bot.telegram.limiter import Limiter


FOR_EVER: Final = 20 * PATIENCE
"""Seconds that outlast every delay and every wait of a test: a client that gave up would hide that something hangs."""


def _requests() -> HTTPXRequest:
    return HTTPXRequest(
        connection_pool_size=16,
        read_timeout=FOR_EVER,
        write_timeout=FOR_EVER,
        connect_timeout=FOR_EVER,
        pool_timeout=FOR_EVER,
    )


def connected(playground: Playground) -> Bot:
    """PTB's own client, pointed at the playground."""
    return Bot(
        playground.token,
        base_url=playground.api_url + "/bot",
        base_file_url=playground.api_url + "/file/bot",
        request=_requests(),
        get_updates_request=_requests(),
    )


@asynccontextmanager
async def limited(playground: Playground, limiter: Limiter) -> AsyncIterator[ExtBot[str]]:
    """The same with the bot's limiter and defaults."""
    bot = ExtBot(
        playground.token,
        base_url=playground.api_url + "/bot",
        base_file_url=playground.api_url + "/file/bot",
        request=_requests(),
        defaults=Defaults(parse_mode=ParseMode.HTML),
        rate_limiter=limiter,
    )
    async with bot:
        yield bot
