"""What became of every call to Telegram, polls and downloads included."""

from __future__ import annotations

import time
from collections import Counter
from enum import StrEnum
from typing import TYPE_CHECKING, Any, Final

from telegram.request import HTTPXRequest

if TYPE_CHECKING:
    from collections.abc import Callable

_FLOOD: Final = 429
_DOWNLOAD: Final = "download"


class CallOutcome(StrEnum):
    """What became of a call."""

    OK = "ok"
    REFUSED = "refused"
    """Telegram said no: a status from 400 to 499."""
    FLOOD = "flood"
    """Flood control, status 429."""
    BROKEN = "broken"
    """The server, or a proxy before it, failed: a status from 500."""
    UNANSWERED = "unanswered"


class Traffic:
    """Counts calls, and knows when Telegram last answered one.

    Args:
        now: Seconds of a clock that only goes forward.

    Attributes:
        calls: How many calls of each method had which outcome.
    """

    def __init__(self, now: Callable[[], float] = time.monotonic) -> None:
        self.calls: Counter[tuple[str, CallOutcome]] = Counter()
        self._now = now
        self._answered: float | None = None

    @property
    def silence(self) -> float | None:
        """Seconds since Telegram last answered; None before it ever did."""
        return None if self._answered is None else self._now() - self._answered

    def note(self, url: str, status: int | None) -> None:
        """Count a call.

        Args:
            url: Where it went; only the method's name is taken from it.
            status: The answer's; None if none came.
        """
        outcome = _outcome(status)
        if outcome not in {CallOutcome.BROKEN, CallOutcome.UNANSWERED}:
            self._answered = self._now()
        self.calls[_method(url), outcome] += 1


class MeteredRequest(HTTPXRequest):
    """PTB's connections, whose calls are counted.

    Args:
        traffic: Counts them.
        options: As for ``HTTPXRequest``.
    """

    def __init__(self, traffic: Traffic, **options: Any) -> None:  # noqa: ANN401 - PTB's own
        super().__init__(**options)
        self._traffic = traffic

    async def do_request(
        self,
        url: str,
        *arguments: Any,  # noqa: ANN401 - PTB's own
        **options: Any,  # noqa: ANN401
    ) -> tuple[int, bytes]:
        """Make a call, and count it.

        Raises:
            telegram.error.NetworkError: No answer came.
        """
        try:
            status, payload = await super().do_request(url, *arguments, **options)
        except Exception:
            self._traffic.note(url, None)
            raise
        self._traffic.note(url, status)
        return status, payload


def _outcome(status: int | None) -> CallOutcome:
    if status is None:
        return CallOutcome.UNANSWERED
    if status == _FLOOD:
        return CallOutcome.FLOOD
    if status >= 500:
        return CallOutcome.BROKEN
    return CallOutcome.REFUSED if status >= 400 else CallOutcome.OK


def _method(url: str) -> str:
    """The Bot API's method; files have names, so that their addresses count as one."""
    return _DOWNLOAD if "/file/bot" in url else url.rpartition("/")[2]
