"""Every outgoing call passes here: a budget for each chat, one for all, and a rule for each failure.

The rules, and why:

- Flood control (429) stops the chat that met it until its ``retry_after``, not the others.
- A call that certainly did not take effect (no connection, a server error) is repeated with growing pauses.
- A call that got no answer may have taken effect. Those that do the same thing twice without harm (edits,
  deletions, settings) are repeated. Sending is not: the same message would stand there twice. The sender is told
  by ``UnansweredError`` and decides; a result's sender asks the person (``bot.delivery``).
- Cosmetic calls (progress) never wait and are never repeated: ``ShedError`` says so, and a newer one will come.
"""

from __future__ import annotations

import asyncio
import logging
from collections import OrderedDict
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from enum import Enum, auto
from functools import partial
from itertools import chain, repeat
from typing import TYPE_CHECKING, Any, Final

import httpx
from aiolimiter import AsyncLimiter
from telegram.error import BadRequest, NetworkError, RetryAfter, TelegramError
from telegram.ext import BaseRateLimiter

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Sequence

    from telegram._utils.types import JSONDict

    Answer = bool | JSONDict | list[JSONDict]
    Call = Callable[[], Coroutine[Any, Any, Answer]]

log = logging.getLogger(__name__)

# https://core.telegram.org/bots/faq#my-bot-is-hitting-limits-how-do-i-avoid-this, kept with a margin.
# The margin of a chat is for the network: what left a second apart may arrive together.
OVERALL: Final = (25.0, 1.0)
PRIVATE: Final = ((2.5, 2.6),)
GROUP: Final = (*PRIVATE, (18.0, 60.0))
FREE: Final = (1000.0, 1.0)
"""No budget to speak of: what the playground grants, where no Telegram watches."""
REMEMBERED_CHATS: Final = 5_000
DAY: Final = 86_400.0

PAUSES: Final = (0.5, 1.0, 2.0, 4.0, 8.0, 15.0, 30.0)
SENDING: Final = ("send", "copy", "forward")
NOT_SENT: Final = (
    httpx.ConnectError,
    httpx.ConnectTimeout,
    httpx.PoolTimeout,
    httpx.WriteError,
    httpx.WriteTimeout,
)


class Urgency(Enum):
    """How much a call matters."""

    DURABLE = auto()
    REPEATABLE = auto()
    """A message that may stand there twice without harm."""
    COSMETIC = auto()


@dataclass(frozen=True, slots=True)
class Noted:
    """A sending of which a record is kept, so that after a kill it is known whether one was under way.

    Attributes:
        begins: Called before each attempt.
        failed: Called after one that certainly did not take effect.
    """

    begins: Callable[[], Awaitable[None]]
    failed: Callable[[], Awaitable[None]]


async def _nothing() -> None:
    """Nobody keeps a record."""


UNNOTED: Final = Noted(_nothing, _nothing)


class ShedError(TelegramError):
    """A cosmetic call was dropped because the budget is short or Telegram asks for patience."""


class UnansweredError(TelegramError):
    """A message was sent, but no answer came: it may have arrived or not."""


class ClosedError(TelegramError):
    """The bot is shutting down; the call was not made."""


class _Chat:
    """One chat's budgets, each a number of calls in so many seconds."""

    def __init__(self, budgets: Sequence[tuple[float, float]]) -> None:
        self._limiters = [AsyncLimiter(*budget) for budget in budgets]
        self.blocked_until = 0.0

    @property
    def blocked_for(self) -> float:
        """Seconds for which Telegram still wants patience in this chat."""
        return max(0.0, self.blocked_until - asyncio.get_running_loop().time())

    @property
    def has_spare(self) -> bool:
        """Whether a cosmetic call leaves enough for what matters."""
        return all(map(_has_spare, self._limiters))

    async def spend(self) -> None:
        for limiter in self._limiters:
            await limiter.acquire()


class Outbox(BaseRateLimiter[Urgency | Noted]):
    """PTB's place for limits, given to ``ApplicationBuilder.rate_limiter``.

    Args:
        patience: Seconds after which a durable call gives up with the last error.
        unlimited: Whether nobody minds how much is sent.
        pauses: Seconds before each repetition; the last one goes on for ever.
    """

    def __init__(
        self,
        *,
        patience: float = DAY,
        unlimited: bool = False,
        pauses: Sequence[float] = PAUSES,
    ) -> None:
        self._patience = patience
        self._pauses = pauses
        self._unlimited = unlimited
        self._overall = AsyncLimiter(*(FREE if unlimited else OVERALL))
        self._chats: OrderedDict[int, _Chat] = OrderedDict()
        self._closed = False
        self._waits: set[asyncio.Timeout] = set()

    async def initialize(self) -> None:
        """Nothing to prepare."""

    async def shutdown(self) -> None:
        """Make every waiting call end."""
        self.close()

    def close(self) -> None:
        """Make every waiting call end with ``ClosedError``, so that a shutdown does not wait for an outage."""
        self._closed = True
        now = asyncio.get_running_loop().time()
        for wait in self._waits:
            wait.reschedule(now)
        self._waits.clear()

    async def process_request(  # noqa: PLR0917 - PTB's signature
        self,
        callback: Callable[..., Coroutine[Any, Any, Answer]],
        args: Any,  # noqa: ANN401 - PTB's signature
        kwargs: dict[str, Any],
        endpoint: str,
        data: dict[str, Any],
        rate_limit_args: Urgency | Noted | None,
    ) -> Answer:
        """Make one call within the budgets; see the module for what is repeated.

        Raises:
            ShedError: A cosmetic call found the budget short.
            UnansweredError: A sending got no answer.
            ClosedError: The bot shuts down.
            telegram.error.TelegramError: What Telegram answered.
        """
        call = partial(callback, *args, **kwargs)
        if endpoint == "getMe":
            return await call()  # The start makes it, and tells the operator what is wrong.
        chat = self._chat(data.get("chat_id"))
        if rate_limit_args is Urgency.COSMETIC:
            return await self._once(call, chat)
        once = endpoint.startswith(SENDING) and rate_limit_args is not Urgency.REPEATABLE
        noted = rate_limit_args if isinstance(rate_limit_args, Noted) else UNNOTED
        return await self._until_answered(call, chat, endpoint, once=once, noted=noted)

    async def _until_answered(
        self, call: Call, chat: _Chat | None, endpoint: str, *, once: bool, noted: Noted
    ) -> Answer:
        now = asyncio.get_running_loop().time
        deadline = now() + self._patience
        for pause in chain(self._pauses, repeat(self._pauses[-1])):
            await self._wait_for_budget(chat)
            await noted.begins()
            try:
                return await call()
            except RetryAfter as error:
                wait = _block(chat, error)
                failure: TelegramError = error
            except NetworkError as error:
                _refuse_what_may_not_be_repeated(error, endpoint, once=once)
                wait, failure = pause, error
            await noted.failed()
            if now() + wait > deadline:
                raise failure
            log.info("%s will be repeated in %.1f s: %s", endpoint, wait, failure)
            await self._pause(wait)
        raise AssertionError("unreachable: the pauses never end")

    async def _once(self, call: Call, chat: _Chat | None) -> Answer:
        spare = _has_spare(self._overall) and (chat is None or chat.has_spare)
        if self._closed or not spare or (chat is not None and chat.blocked_for):
            raise ShedError("The budget is short.")
        await self._spend(chat)  # There is enough, so this does not wait.
        try:
            return await call()
        except RetryAfter as error:
            _block(chat, error)
            raise ShedError("Telegram asks for patience.") from error

    async def _spend(self, chat: _Chat | None) -> None:
        if chat is not None:
            await chat.spend()
        await self._overall.acquire()

    async def _wait_for_budget(self, chat: _Chat | None) -> None:
        while True:
            # Others may meet a 429 in this chat while this call waits for its share, so look again afterwards.
            await self._pause(0.0 if chat is None else chat.blocked_for)
            async with self._wait():
                await self._spend(chat)
            if chat is None or not chat.blocked_for:
                return

    async def _pause(self, seconds: float) -> None:
        async with self._wait():
            if seconds > 0:
                await asyncio.sleep(seconds)

    @asynccontextmanager
    async def _wait(self) -> AsyncIterator[None]:
        """Whatever is awaited inside ends with ``ClosedError`` as soon as the outbox closes."""
        if self._closed:
            raise ClosedError("Shutting down.")
        wait = asyncio.timeout(None)
        try:
            async with wait:
                self._waits.add(wait)
                yield
        except TimeoutError:
            raise ClosedError("Shutting down.") from None
        finally:
            self._waits.discard(wait)

    def _chat(self, chat_id: object) -> _Chat | None:
        if not isinstance(chat_id, int):
            return None
        budgets = (FREE,) if self._unlimited else PRIVATE if chat_id > 0 else GROUP
        chat = self._chats.pop(chat_id, None) or _Chat(budgets)
        self._chats[chat_id] = chat
        if len(self._chats) > REMEMBERED_CHATS:
            self._forget_one()
        return chat

    def _forget_one(self) -> None:
        """Let the chat go that was quiet for longest, but none in which Telegram asked for patience."""
        quiet = (chat_id for chat_id, chat in self._chats.items() if not chat.blocked_for)
        del self._chats[next(quiet)]


def _has_spare(limiter: AsyncLimiter) -> bool:
    # Half is left for what matters, and one call's worth at least.
    return limiter.has_capacity(max(2.0, limiter.max_rate / 2))


def _block(chat: _Chat | None, error: RetryAfter) -> float:
    after = error.retry_after
    # A little more than asked for, since the clocks differ.
    seconds = (after.total_seconds() if isinstance(after, timedelta) else float(after)) + 0.1
    if chat is not None:
        now = asyncio.get_running_loop().time()
        chat.blocked_until = max(chat.blocked_until, now + seconds)
    return seconds


def _refuse_what_may_not_be_repeated(error: NetworkError, endpoint: str, *, once: bool) -> None:
    # PTB has no type of its own for 413 and 504: they are network errors with the server's words.
    words = error.message.lower()
    if isinstance(error, BadRequest):
        raise error
    if "too large" in words:
        raise BadRequest(error.message) from error
    cause = error.__cause__
    broken = isinstance(cause, httpx.HTTPError) and not isinstance(cause, NOT_SENT)
    if once and (broken or "gateway time" in words):
        raise UnansweredError(f"{endpoint} got no answer.") from error
