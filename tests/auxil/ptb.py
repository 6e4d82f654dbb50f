"""PTB's own client, pointed at a playground."""

from __future__ import annotations

from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from telegram import Bot
from telegram.constants import ParseMode
from telegram.ext import Defaults, ExtBot
from telegram.request import HTTPXRequest

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from bot.playground.server import Playground
    from bot.telegram.limiter import Limiter


def connected(playground: Playground) -> Bot:
    """PTB's own client, pointed at the playground."""
    return Bot(
        playground.token,
        base_url=playground.api_url + "/bot",
        base_file_url=playground.api_url + "/file/bot",
    )


@asynccontextmanager
async def limited(
    playground: Playground, limiter: Limiter, *, read_timeout: float = 5.0
) -> AsyncIterator[ExtBot[str]]:
    """The same with the bot's limiter and defaults."""
    bot = ExtBot(
        playground.token,
        base_url=playground.api_url + "/bot",
        base_file_url=playground.api_url + "/file/bot",
        request=HTTPXRequest(connection_pool_size=16, read_timeout=read_timeout),
        defaults=Defaults(parse_mode=ParseMode.HTML),
        rate_limiter=limiter,
    )
    async with bot:
        yield bot
