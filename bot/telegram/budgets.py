"""How much may be sent: a budget for each chat, one for all chats together, and one for calls that send nothing."""

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
"""Calls that write into no chat (answers to buttons, files) are not what Telegram limits; this only keeps them polite.

They have a budget of their own, or a crowd's buttons would be answered when nobody sees the answer any more.
"""
PRIVATE: Final = ((2.5, 2.6),)
GROUP: Final = (*PRIVATE, (18.0, 60.0))
FREE: Final = (1000.0, 1.0)
"""Practically no limit, for the playground."""
IDLE: Final = 0.8
"""The share of the budget for all chats that is free while hardly anything is sent."""
_STEP: Final = 0.05
"""Seconds between two looks whether a chat has room."""

REMEMBERED_CHATS: Final = 5_000


AT_ONCE: Final = 5.0
"""Seconds within which flood control in two chats is one for the whole bot: what each may take is kept to."""


class Block:
    """A time in which no call is made, after flood control."""

    def __init__(self) -> None:
        self._since = self._until = 0.0

    @property
    def left(self) -> float:
        """Seconds until its end; 0 if there is none."""
        return max(0.0, self._until - asyncio.get_running_loop().time())

    def extend(self, seconds: float) -> None:
        """Let it begin now and last so many seconds at least."""
        self._since = asyncio.get_running_loop().time()
        self._until = max(self._until, self._since + seconds)

    def began_within(self, seconds: float) -> bool:
        """Whether it goes on, and began in the last so many seconds."""
        return bool(self.left) and asyncio.get_running_loop().time() - self._since <= seconds


class ChatBudget:
    """One chat's budgets, each a number of calls in so many seconds.

    Args:
        limiters: The budgets.
        everywhere: When the whole bot is under flood control.
    """

    def __init__(self, limiters: Iterable[AsyncLimiter], everywhere: Block) -> None:
        self._limiters = list(limiters)
        self._everywhere = everywhere
        self.flood = Block()

    @property
    def blocked_for(self) -> float:
        """Seconds until Telegram takes calls in this chat again, after flood control."""
        return max(self.flood.left, self._everywhere.left)

    @property
    def has_spare(self) -> bool:
        """Whether a cosmetic call leaves enough for what matters."""
        return not self.blocked_for and all(map(_has_spare, self._limiters))

    async def wait_for_room(self, step: float) -> None:
        """Wait until there is room for another call, looking every ``step`` seconds, and take nothing."""
        while not all(limiter.has_capacity() for limiter in self._limiters):  # noqa: ASYNC110 - a bucket leaks silently
            await asyncio.sleep(step)

    async def spend(self) -> None:
        """Wait until there is room for another call, and take it."""
        for limiter in self._limiters:
            await limiter.acquire()


class Budgets:
    """The budgets of all chats.

    Args:
        unlimited: Whether there are no limits.
        clock_speed: How much faster than real time the budgets refill; a fake server's clock must go as fast.

    Attributes:
        postponed: How often a progress gave way to what matters.
    """

    def __init__(self, *, unlimited: bool = False, clock_speed: float = 1.0) -> None:
        self._unlimited = unlimited
        self._clock_speed = clock_speed
        self._overall = self._limiter(FREE if unlimited else OVERALL)
        self._aside = self._limiter(FREE if unlimited else ASIDE)
        self._everywhere = Block()
        self.postponed = 0
        self._chats: OrderedDict[int, ChatBudget] = OrderedDict()

    def of(self, chat_id: int) -> ChatBudget:
        """A chat's budget."""
        chat = self._chats.pop(chat_id, None) or self._new_chat(chat_id)
        self._chats[chat_id] = chat
        if len(self._chats) > REMEMBERED_CHATS:
            self._forget_one()
        return chat

    def have_spare(self, chat: ChatBudget) -> bool:
        """Whether a cosmetic call leaves enough for what matters, here and overall."""
        return _has_spare(self._overall) and chat.has_spare

    def are_idle(self, chat: ChatBudget) -> bool:
        """Whether hardly anything is sent, so that a call that nobody would miss delays none that follows it."""
        return self._overall.has_capacity(IDLE * self._overall.max_rate) and chat.has_spare

    @property
    def blocked_for(self) -> float:
        """Seconds until Telegram takes calls in any chat again, after flood control for the whole bot."""
        return self._everywhere.left

    def block(self, chat_id: int, seconds: float) -> None:
        """A chat met flood control. If another one met it just now, it is meant for the whole bot."""
        self.of(chat_id).flood.extend(seconds)
        recent = AT_ONCE / self._clock_speed
        blocks = [one.flood.left for one in self._chats.values() if one.flood.began_within(recent)]
        if len(blocks) > 1:
            self._everywhere.extend(min(blocks))

    async def spend(self, chat: ChatBudget) -> None:
        """Wait until there is room for another call in a chat, and take it."""
        # A chat's share is taken last: taken first, it would be free again while the call waits for the overall share.
        await chat.wait_for_room(_STEP / self._clock_speed)
        await self._overall.acquire()
        await chat.spend()

    async def spend_aside(self) -> None:
        """Wait until there is room for another call that writes into no chat, and take it."""
        await self._aside.acquire()

    def _new_chat(self, chat_id: int) -> ChatBudget:
        budgets = (FREE,) if self._unlimited else PRIVATE if chat_id > 0 else GROUP
        return ChatBudget(map(self._limiter, budgets), self._everywhere)

    def _limiter(self, budget: tuple[float, float]) -> AsyncLimiter:
        calls, seconds = budget
        return AsyncLimiter(calls, seconds / self._clock_speed)

    def _forget_one(self) -> None:
        """Drop the chat that was quiet for longest, but none that is under flood control."""
        quiet = (chat_id for chat_id, chat in self._chats.items() if not chat.flood.left)
        del self._chats[next(quiet)]


def _has_spare(limiter: AsyncLimiter) -> bool:
    # Half is left for what matters, and one call's worth at least.
    return limiter.has_capacity(max(2.0, limiter.max_rate / 2))
