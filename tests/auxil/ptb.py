"""PTB's own client, pointed at a playground."""

from __future__ import annotations

from typing import TYPE_CHECKING

from telegram import Bot

if TYPE_CHECKING:
    from bot.playground.server import Playground


def connected(playground: Playground) -> Bot:
    """PTB's own client, pointed at the playground."""
    return Bot(
        playground.token,
        base_url=playground.api_url + "/bot",
        base_file_url=playground.api_url + "/file/bot",
    )
