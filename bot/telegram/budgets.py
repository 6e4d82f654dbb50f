"""How much may be sent: a budget for each chat, one for all of them together, and one for what sends nothing."""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from typing import TYPE_CHECKING, Final

from aiolimiter import AsyncLimiter

if TYPE_CHECKING:
    from collections.abc import Iterable

# https://core.telegram.org/bots/faq#my-bot-is-hitting-limits-how-do-i-avoid-this, kept with a margin.
# The margin of a chat is for the network: what left a second apart may arrive together.
OVERALL: Final = (25.0, 1.0)
ASIDE: Final = (25.0, 1.0)
"""What writes into no chat (answers to presses, files looked up) is not what Telegram limits; this is good manners.

Out of the budget for messages, a crowd's presses would be answered when nobody sees the answer any more.
"""
PRIVATE: Final = ((2.5, 2.6),)
GROUP: Final = (*PRIVATE, (18.0, 60.0))
FREE: Final = (1000.0, 1.0)
"""No budget to speak of: what the playground grants, where no Telegram watches."""
REMEMBERED_CHATS: Final = 5_000


class Chat:
    """One chat's budgets, each a number of calls in so many seconds."""

    def __init__(self, limiters: Iterable[AsyncLimiter]) -> None:
        self._limiters = list(limiters)
        self.blocked_until = 0.0

    @property
    def blocked_for(self) -> float:
        """Seconds for which Telegram still wants patience in this chat."""
        return max(0.0, self.blocked_until - asyncio.get_running_loop().time())

    @property
    def has_spare(self) -> bool:
        """Whether a cosmetic call leaves enough for what matters."""
        return not self.blocked_for and all(map(_has_spare, self._limiters))

    def block(self, seconds: float) -> None:
        """Make no call for so long."""
        now = asyncio.get_running_loop().time()
        self.blocked_until = max(self.blocked_until, now + seconds)

    async def spend(self) -> None:
        """Wait until there is room for another call, and take it."""
        for limiter in self._limiters:
            await limiter.acquire()


class Budgets:
    """Of all chats.

    Args:
        unlimited: Whether nobody minds how much is sent.
        haste: How much faster than Telegram's the clock of the budgets goes, where a fake's does so too.
    """

    def __init__(self, *, unlimited: bool = False, haste: float = 1.0) -> None:
        self._unlimited = unlimited
        self._haste = haste
        self._overall = self._limiter(FREE if unlimited else OVERALL)
        self._aside = self._limiter(FREE if unlimited else ASIDE)
        self._chats: OrderedDict[int, Chat] = OrderedDict()

    def of(self, chat_id: object) -> Chat | None:
        """A chat's budget; None for what belongs to no chat."""
        if not isinstance(chat_id, int):
            return None
        chat = self._chats.pop(chat_id, None) or self._new_chat(chat_id)
        self._chats[chat_id] = chat
        if len(self._chats) > REMEMBERED_CHATS:
            self._forget_one()
        return chat

    def have_spare(self, chat: Chat | None) -> bool:
        """Whether a cosmetic call leaves enough for what matters, here and overall."""
        if chat is None:
            return _has_spare(self._aside)
        return _has_spare(self._overall) and chat.has_spare

    async def spend(self, chat: Chat | None) -> None:
        """Wait until there is room for another call, and take it."""
        if chat is None:
            await self._aside.acquire()
            return
        await chat.spend()
        await self._overall.acquire()

    def _new_chat(self, chat_id: int) -> Chat:
        budgets = (FREE,) if self._unlimited else PRIVATE if chat_id > 0 else GROUP
        return Chat(map(self._limiter, budgets))

    def _limiter(self, budget: tuple[float, float]) -> AsyncLimiter:
        calls, seconds = budget
        return AsyncLimiter(calls, seconds / self._haste)

    def _forget_one(self) -> None:
        """Let the chat go that was quiet for longest, but none in which Telegram asked for patience."""
        quiet = (chat_id for chat_id, chat in self._chats.items() if not chat.blocked_for)
        del self._chats[next(quiet)]


def _has_spare(limiter: AsyncLimiter) -> bool:
    # Half is left for what matters, and one call's worth at least.
    return limiter.has_capacity(max(2.0, limiter.max_rate / 2))
