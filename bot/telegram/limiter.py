"""PTB's rate limiter: what is called directly waits for its budget and is repeated; the outbox looks after itself.

Calls that write into a chat are the outbox's (``bot.telegram.outbox``): it waits for the chat's budget itself, so that
it knows when a call really begins, and passes ``PAID``. All others (answers to buttons, files, the bot's profile) are
made here: within their budgets, and repeated with growing pauses until Telegram answers.
"""

from __future__ import annotations

import asyncio
import logging
from contextlib import asynccontextmanager
from datetime import timedelta
from functools import partial
from itertools import chain, repeat
from typing import TYPE_CHECKING, Any, Final

import httpx
from telegram.error import BadRequest, Forbidden, NetworkError, RetryAfter, TelegramError
from telegram.ext import BaseRateLimiter

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Coroutine, Sequence

    from bot.telegram.budgets import Budgets

log = logging.getLogger(__name__)

PAID: Final = "paid"
"""Marks a call whose budget was waited for, and whose failure is the caller's concern."""

PAUSES: Final = (0.5, 1.0, 2.0, 4.0, 8.0, 15.0, 30.0)
"""Seconds before each repetition; the last one goes on."""

TIMEOUT: Final = 60.0
"""Seconds after which a direct call gives up with the last error."""

ANSWERABLE: Final = 15.0
"""Seconds after which nobody waits for the answer to a press any more, and Telegram refuses it."""

NOT_SENT: Final = (
    httpx.ConnectError,
    httpx.ConnectTimeout,
    httpx.PoolTimeout,
    httpx.ProxyError,
    httpx.WriteError,
    httpx.WriteTimeout,
)
"""Errors after which a request certainly had no effect: it never arrived in full."""


class ClosedError(TelegramError):
    """The bot is shutting down; the call was not made."""


class Limiter(BaseRateLimiter[str]):
    """Given to ``ApplicationBuilder.rate_limiter``.

    Args:
        budgets: How much may be sent.
        timeout: Seconds after which a direct call gives up with the last error.
        pauses: Seconds before each repetition; the last one goes on.
    """

    def __init__(
        self, budgets: Budgets, *, timeout: float = TIMEOUT, pauses: Sequence[float] = PAUSES
    ) -> None:
        self.budgets = budgets
        self._timeout = timeout
        self._pauses = pauses
        self._closed = False
        self._waits: set[asyncio.Timeout] = set()

    async def initialize(self) -> None:
        """Nothing to prepare."""

    async def shutdown(self) -> None:
        """Make every waiting call end."""
        self.close()

    @property
    def closed(self) -> bool:
        """Whether the bot is shutting down."""
        return self._closed

    def close(self) -> None:
        """Make every waiting call end with ``ClosedError``, so that a shutdown does not wait for an outage."""
        self._closed = True
        now = asyncio.get_running_loop().time()
        for wait in self._waits:
            wait.reschedule(now)
        self._waits.clear()

    async def process_request(  # noqa: PLR0917 - PTB's signature
        self,
        callback: Callable[..., Coroutine[Any, Any, Any]],
        args: Any,  # noqa: ANN401 - PTB's signature
        kwargs: dict[str, Any],
        endpoint: str,
        data: dict[str, Any],  # noqa: ARG002
        rate_limit_args: str | None,
    ) -> Any:  # noqa: ANN401 - PTB's signature
        """Make one call.

        Raises:
            ClosedError: The bot shuts down.
            telegram.error.TelegramError: What Telegram answered.
        """
        call = partial(callback, *args, **kwargs)
        if rate_limit_args == PAID or endpoint == "getMe":
            return await call()  # The start makes getMe, and tells the operator what is wrong.
        if self._closed and endpoint == "answerCallbackQuery":
            return (
                await call()
            )  # Once: the next process cannot answer it, and nobody waits for it for long.
        return await self._until_answered(call, endpoint)

    async def _until_answered(
        self, call: Callable[[], Coroutine[Any, Any, Any]], endpoint: str
    ) -> Any:  # noqa: ANN401 - whatever PTB makes of the answer
        now = asyncio.get_running_loop().time
        answers = endpoint == "answerCallbackQuery"
        deadline = now() + (min(self._timeout, ANSWERABLE) if answers else self._timeout)
        for pause in chain(self._pauses, repeat(self._pauses[-1])):
            blocked = self.budgets.blocked_for
            if now() + blocked > deadline:
                raise TelegramError("Telegram's flood control is on for the whole bot.")
            async with self.closing():
                await asyncio.sleep(blocked)
                await self.budgets.spend_aside()
            try:
                return await call()
            except RetryAfter as error:
                wait, failure = seconds_of(error), TelegramError(error.message)
            except NetworkError as error:
                if isinstance(error, BadRequest):
                    raise
                wait, failure = pause, error
            if now() + wait > deadline:
                raise failure
            log.info("%s will be repeated in %.1f s: %s", endpoint, wait, failure)
            async with self.closing():
                await asyncio.sleep(wait)
        raise AssertionError("unreachable: the pauses never end")

    @asynccontextmanager
    async def closing(self) -> AsyncIterator[None]:
        """Whatever is awaited inside ends with ``ClosedError`` as soon as the limiter closes."""
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


def seconds_of(error: RetryAfter) -> float:
    """How long Telegram wants to be left alone, and a little longer, since the clocks differ."""
    after = error.retry_after
    return (after.total_seconds() if isinstance(after, timedelta) else float(after)) + 0.1


def may_have_arrived(error: TelegramError) -> bool:
    """Whether a request may have had its effect although it failed: it was sent, and no answer came."""
    cause = error.__cause__
    broken = isinstance(cause, httpx.HTTPError) and not isinstance(cause, NOT_SENT)
    # PTB has no type of its own for 504: it is a network error with the server's words.
    return broken or "gateway time" in error.message.lower()


def is_refusal(error: TelegramError) -> bool:
    """Whether Telegram said no for good; 413 comes with its words only. A revoked token is the operator's concern."""
    return isinstance(error, BadRequest | Forbidden) or "too large" in error.message.lower()
