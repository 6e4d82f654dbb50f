"""Makes calls of the bot fail on demand, as networks and servers do."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from enum import StrEnum
from fnmatch import fnmatch

from pydantic import BaseModel, Field


class FaultKind(StrEnum):
    """How a call fails."""

    DROP = "drop"  # the connection breaks before the call is handled
    ERROR = "error"  # an HTTP error, 502 unless told otherwise
    FLOOD = "flood"  # 429 with retry_after
    FLOOD_ALL = "flood_all"  # 429 for every call into any chat, until the seconds are over
    SLOW = "slow"  # the answer comes late
    LOST_ANSWER = "lost_answer"  # the call takes effect, the connection breaks before the answer


class Fault(BaseModel, frozen=True, extra="forbid"):
    """The next ``count`` calls of a method fail in one way.

    ``method`` is a name or a pattern (``send*``, ``*``), whatever its case; ``download`` is the fetching of files. ``words``
    is what an error says, by default its status' own phrase.
    """

    method: str = "*"
    kind: FaultKind
    count: int = Field(default=1, ge=1)
    seconds: float = Field(default=1.0, ge=0)
    status: int = Field(default=502, ge=400, le=599)
    words: str = ""


class Faults:
    """The faults that are switched on, in order.

    Attributes:
        struck: The calls that failed so far, with the fault of each.
    """

    def __init__(self) -> None:
        self._waiting: list[Fault] = []
        self.struck: list[tuple[str, Fault]] = []
        self._cleared = asyncio.Event()

    @property
    def waiting(self) -> list[Fault]:
        """The faults that are still switched on; ``count`` is the number of calls left."""
        return list(self._waiting)

    def add(self, fault: Fault) -> None:
        """Switch a fault on."""
        self._waiting.append(fault)

    def clear(self) -> None:
        """Switch all faults off; what is slow by one is answered now."""
        self._waiting.clear()
        self._cleared.set()
        self._cleared = asyncio.Event()

    async def delay(self, seconds: float) -> None:
        """Wait so long, or until all faults are switched off."""
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._cleared.wait()

    def strike(self, method: str) -> Fault | None:
        """Returns the fault that makes this call fail, if any, and counts the call."""
        for index, fault in enumerate(self._waiting):
            if fnmatch(method.lower(), fault.method.lower()):
                left = fault.model_copy(update={"count": fault.count - 1})
                self._waiting[index : index + 1] = [left] if left.count else []
                self.struck.append((method, fault))
                return fault
        return None
