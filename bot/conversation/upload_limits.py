"""How many pictures a user may send, so that no user occupies the decoder alone."""

from __future__ import annotations

import time
from collections import deque
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable

MINUTE: Final = 60.0
HOUR: Final = 3600.0
REMEMBERED: Final = 1000
"""Number of users above which users without a picture within the last hour are dropped from memory."""


class TooManyPicturesError(Exception):
    """The user sent too many pictures.

    Attributes:
        limit: How many that is.
        window: Within how many seconds.
        seconds: Until the next one is looked at.
        told: Whether that was said already, so that a flood of pictures does not lead to one of answers.
    """

    def __init__(self, *, limit: int, window: float, seconds: float, told: bool) -> None:
        self.limit = limit
        self.window = window
        self.seconds = seconds
        self.told = told
        super().__init__(f"{limit} pictures within {window:g} s; the next one in {seconds:.0f} s")


@dataclass(frozen=True, slots=True, kw_only=True)
class UploadLimits:
    """How many pictures one user may send.

    Attributes:
        per_minute: Pictures within a minute.
        per_hour: Pictures within an hour.
        exempt: Users to whom no limit applies.
    """

    per_minute: int = 30
    per_hour: int = 300
    exempt: frozenset[int] = frozenset()


class Uploads:
    """Counts in memory: a restart resets the counts, which costs a minute's worth at most.

    Args:
        limits: How much one person may send.
        clock: Seconds that never go backwards.
    """

    def __init__(
        self, limits: UploadLimits, *, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._limits = limits
        self._clock = clock
        self._sent: dict[int, deque[float]] = {}
        self._told: dict[int, float] = {}

    def admit(self, user_id: int) -> None:
        """Count one more picture of a user.

        Raises:
            TooManyPicturesError: It is one too many; it does not count.
        """
        if user_id in self._limits.exempt:
            return
        now = self._clock()
        self._forget_the_quiet(now)
        sent = self._sent.setdefault(user_id, deque(maxlen=self._limits.per_hour))
        for limit, window in ((self._limits.per_hour, HOUR), (self._limits.per_minute, MINUTE)):
            if len(sent) >= limit and (again := sent[-limit] + window) > now:
                told = self._told.get(user_id, now) > now
                self._told[user_id] = again
                raise TooManyPicturesError(
                    limit=limit, window=window, seconds=again - now, told=told
                )
        sent.append(now)

    def _forget_the_quiet(self, now: float) -> None:
        if len(self._sent) <= REMEMBERED:
            return
        for user_id, sent in list(self._sent.items()):
            if sent[-1] < now - HOUR:
                del self._sent[user_id]
                self._told.pop(user_id, None)
