"""The bot's own reactions: a sign that a photo has come. They are cosmetic, so nothing waits for them or depends on them."""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING, Final

from telegram.constants import ReactionEmoji
from telegram.error import BadRequest, Forbidden, RetryAfter, TelegramError

from bot.telegram.inbox import Memory
from bot.telegram.limiter import PAID, seconds_of

if TYPE_CHECKING:
    from telegram.ext import ExtBot

    from bot.telegram.limiter import Limiter

log = logging.getLogger(__name__)

SEEN: Final = ReactionEmoji.EYES


class Reactions:
    """Made while hardly anything else is sent, once, and never again in a chat that does not take them.

    Args:
        bot: PTB's bot.
        limiter: Has the budgets.
    """

    def __init__(self, bot: ExtBot[str], limiter: Limiter) -> None:
        self._bot = bot
        self._limiter = limiter
        self._unwelcome = Memory()
        self._albums = Memory()
        self._tasks: set[asyncio.Task[None]] = set()

    def see(self, chat_id: int, message_id: int, album: str | None = None) -> None:
        """Show that a photo has come; of an album, which has one reaction, for its first photo."""
        if chat_id in self._unwelcome or (album is not None and not self._albums.add(album)):
            return
        budgets = self._limiter.budgets
        if self._limiter.closed or not budgets.are_idle(budgets.of(chat_id)):
            return
        task = asyncio.create_task(self._react(chat_id, message_id))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def close(self) -> None:
        """Make no more."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _react(self, chat_id: int, message_id: int) -> None:
        budgets = self._limiter.budgets
        await budgets.spend(budgets.of(chat_id))
        try:
            await self._bot.set_message_reaction(chat_id, message_id, SEEN, rate_limit_args=PAID)
        except RetryAfter as error:
            budgets.block(chat_id, seconds_of(error))
        except (BadRequest, Forbidden) as error:
            self._unwelcome.add(chat_id)
            log.debug("A chat takes no reactions: %s", error)
        except TelegramError as error:
            log.debug("A photo got no reaction: %s", error)
