"""Every outgoing call passes here: a budget for each chat, one for all, one aside, and a rule for each failure.

The rules, and why:

- Flood control (429) stops the chat that met it until its ``retry_after``, not the others.
- A call that certainly did not take effect (no connection, a server error) is repeated with growing pauses.
- A call that got no answer may have taken effect. Those that do the same thing twice without harm (edits,
  deletions, settings) are repeated. Sending is not: the same message would stand there twice. The sender is told
  by ``UnansweredError`` and decides: a result's sender asks the person (``bot.delivery``), and what a button sends
  is said to be in doubt, since the button is still there (``bot.handlers.buttons``). So it is after a kill, too.
- Cosmetic calls (progress) never wait and are never repeated: ``ShedError`` says so, and a newer one will come.
"""

from __future__ import annotations

import asyncio
import logging
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from enum import Enum, auto
from functools import partial
from itertools import chain, repeat
from typing import TYPE_CHECKING, Any, Final

import httpx
from telegram.error import BadRequest, NetworkError, RetryAfter, TelegramError
from telegram.ext import BaseRateLimiter

from bot.telegram.budgets import Budgets

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Sequence

    from telegram._utils.types import JSONDict

    from bot.telegram.budgets import Chat

    Answer = bool | JSONDict | list[JSONDict]
    Call = Callable[[], Coroutine[Any, Any, Answer]]

log = logging.getLogger(__name__)

DAY: Final = 86_400.0

PAUSES: Final = (0.5, 1.0, 2.0, 4.0, 8.0, 15.0, 30.0)
SENDING: Final = ("send", "copy", "forward")
ASKING: Final = ("get", "answer")
"""These write into no chat, even where they are about one."""

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


class Outbox(BaseRateLimiter[Urgency | Noted]):
    """PTB's place for limits, given to ``ApplicationBuilder.rate_limiter``.

    Args:
        patience: Seconds after which a durable call gives up with the last error.
        unlimited: Whether nobody minds how much is sent.
        haste: How much faster than Telegram's the clock of the budgets goes, where a fake's does so too.
        pauses: Seconds before each repetition; the last one goes on for ever.
    """

    def __init__(
        self,
        *,
        patience: float = DAY,
        unlimited: bool = False,
        haste: float = 1.0,
        pauses: Sequence[float] = PAUSES,
    ) -> None:
        self._patience = patience
        self._pauses = pauses
        self._budgets = Budgets(unlimited=unlimited, haste=haste)
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
        asks = endpoint.startswith(ASKING)
        chat = None if asks else self._budgets.of(data.get("chat_id"))
        if rate_limit_args is Urgency.COSMETIC:
            return await self._once(call, chat)
        once = endpoint.startswith(SENDING) and rate_limit_args is not Urgency.REPEATABLE
        noted = rate_limit_args if isinstance(rate_limit_args, Noted) else UNNOTED
        return await self._until_answered(call, chat, endpoint, once=once, noted=noted)

    async def _until_answered(
        self, call: Call, chat: Chat | None, endpoint: str, *, once: bool, noted: Noted
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

    async def _once(self, call: Call, chat: Chat | None) -> Answer:
        if self._closed or not self._budgets.have_spare(chat):
            raise ShedError("The budget is short.")
        await self._budgets.spend(chat)  # There is enough, so this does not wait.
        try:
            return await call()
        except RetryAfter as error:
            _block(chat, error)
            raise ShedError("Telegram asks for patience.") from error

    async def _wait_for_budget(self, chat: Chat | None) -> None:
        while True:
            # Others may meet a 429 in this chat while this call waits for its share, so look again afterwards.
            await self._pause(0.0 if chat is None else chat.blocked_for)
            async with self._wait():
                await self._budgets.spend(chat)
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


def _block(chat: Chat | None, error: RetryAfter) -> float:
    after = error.retry_after
    # A little more than asked for, since the clocks differ.
    seconds = (after.total_seconds() if isinstance(after, timedelta) else float(after)) + 0.1
    if chat is not None:
        chat.block(seconds)
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
