"""PTB's own client, pointed at a playground."""

from __future__ import annotations

from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from telegram import Bot
from telegram.constants import ParseMode
from telegram.ext import Defaults, ExtBot
from telegram.request import HTTPXRequest

from tests.auxil.waiting import PATIENCE

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from bot.playground.server import Playground
    from bot.telegram.limiter import Limiter


def _requests(read_timeout: float = PATIENCE) -> HTTPXRequest:
    """Requests that wait as long as a busy machine may take."""
    return HTTPXRequest(
        connection_pool_size=16,
        read_timeout=read_timeout,
        write_timeout=PATIENCE,
        connect_timeout=PATIENCE,
        pool_timeout=PATIENCE,
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
async def limited(
    playground: Playground, limiter: Limiter, *, read_timeout: float = PATIENCE
) -> AsyncIterator[ExtBot[str]]:
    """The same with the bot's limiter and defaults.

    Args:
        read_timeout: Seconds after which an answer counts as lost, for tests of answers that are.
    """
    bot = ExtBot(
        playground.token,
        base_url=playground.api_url + "/bot",
        base_file_url=playground.api_url + "/file/bot",
        request=_requests(read_timeout),
        defaults=Defaults(parse_mode=ParseMode.HTML),
        rate_limiter=limiter,
    )
    async with bot:
        yield bot
