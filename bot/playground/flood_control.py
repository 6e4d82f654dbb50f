"""Telegram's sending limits, https://core.telegram.org/bots/faq#my-bot-is-hitting-limits-how-do-i-avoid-this."""

from __future__ import annotations

import math
import time
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

from bot.playground.api_errors import too_many_requests

if TYPE_CHECKING:
    from collections.abc import Callable


@dataclass(frozen=True)
class FloodLimits:
    """How many calls pass; a chat with too many takes none for at least ``penalty`` seconds."""

    chat_per_second: float = 1.0
    chat_burst: int = 3
    group_per_minute: int = 20
    overall_per_second: float = 30.0
    penalty: float = 3.0


class _TokenBucket:
    """A token bucket: ``burst`` at once, ``rate`` a second in the long run."""

    def __init__(self, rate: float, burst: float, now: float) -> None:
        self._rate = rate
        self._burst = burst
        self._level = burst
        self._at = now

    def wait(self, now: float) -> float:
        """Seconds until one more call fits."""
        self._level = min(self._burst, self._level + (now - self._at) * self._rate)
        self._at = now
        return max(0.0, (1 - self._level) / self._rate)

    def take(self) -> None:
        """Count one call; the level may go below zero."""
        self._level -= 1


class FloodGate:
    """Counts the calls for each chat and refuses those beyond the limits.

    Args:
        limits: How many calls pass; None lets all pass.
        clock: Returns monotonic seconds.

    Attributes:
        refused: How many calls were refused, by chat.
    """

    def __init__(
        self, limits: FloodLimits | None, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self.limits = limits
        self.refused: Counter[int] = Counter()
        self._clock = clock
        self._overall: _TokenBucket | None = None
        self._chats: dict[int, list[_TokenBucket]] = {}
        self._closed_until: dict[int, float] = {}
        self._all_closed_until = 0.0

    def admit(self, chat_id: int, *, group: bool) -> None:
        """Count a call.

        Raises:
            ApiError: 429 with the seconds to wait.
        """
        now = self._clock()
        closed = max(self._all_closed_until, self._closed_until.get(chat_id, now)) - now
        if closed > 0:
            self._refuse(chat_id, closed)
        if self.limits is None:
            return
        buckets = [*self._buckets(chat_id, self.limits, now, group=group)]
        wait = max(bucket.wait(now) for bucket in buckets)
        if wait > 0:
            wait = max(wait, self.limits.penalty)
            if buckets[0].wait(now) > 0:
                self.close(wait)
            self._closed_until[chat_id] = now + wait
            self._refuse(chat_id, wait)
        for bucket in buckets:
            bucket.take()

    def close(self, seconds: float) -> None:
        """Refuse all calls for so many seconds, as Telegram does if a bot sends too much over all chats."""
        self._all_closed_until = self._clock() + seconds

    def _buckets(
        self, chat_id: int, limits: FloodLimits, now: float, *, group: bool
    ) -> list[_TokenBucket]:
        if self._overall is None:
            rate = limits.overall_per_second
            self._overall = _TokenBucket(rate, rate, now)
        if chat_id not in self._chats:
            own = [_TokenBucket(limits.chat_per_second, limits.chat_burst, now)]
            if group:
                minute = limits.group_per_minute
                own.append(_TokenBucket(minute / 60, minute, now))
            self._chats[chat_id] = own
        return [self._overall, *self._chats[chat_id]]

    def _refuse(self, chat_id: int, seconds: float) -> None:
        self.refused[chat_id] += 1
        raise too_many_requests(math.ceil(seconds))
