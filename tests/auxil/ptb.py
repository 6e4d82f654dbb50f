"""PTB's own client, pointed at a playground."""

from __future__ import annotations

from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from telegram import Bot
from telegram.ext import ExtBot
from telegram.request import HTTPXRequest

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from bot.outbox import Noted, Outbox, Urgency
    from bot.playground.server import Playground


def connected(playground: Playground) -> Bot:
    """PTB's own client, pointed at the playground."""
    return Bot(
        playground.token,
        base_url=playground.api_url + "/bot",
        base_file_url=playground.api_url + "/file/bot",
    )


@asynccontextmanager
async def budgeted(
    playground: Playground, outbox: Outbox, *, read_timeout: float = 5.0
) -> AsyncIterator[ExtBot[Urgency | Noted]]:
    """The same, its calls going through an outbox."""
    bot: ExtBot[Urgency | Noted] = ExtBot(
        playground.token,
        base_url=playground.api_url + "/bot",
        base_file_url=playground.api_url + "/file/bot",
        request=HTTPXRequest(connection_pool_size=16, read_timeout=read_timeout),
        rate_limiter=outbox,
    )
    async with bot:
        yield bot
