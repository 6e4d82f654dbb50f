"""Trouble on demand: what networks and servers do to a bot sooner or later."""

from __future__ import annotations

from enum import StrEnum
from fnmatch import fnmatch

from pydantic import BaseModel, Field


class FaultKind(StrEnum):
    """What goes wrong."""

    DROP = "drop"  # the connection breaks before the call is looked at
    ERROR = "error"  # an HTTP error, 502 unless told otherwise
    FLOOD = "flood"  # 429 with retry_after
    SLOW = "slow"  # the answer takes its time
    LOST_ANSWER = "lost_answer"  # the call takes effect, the connection breaks before the answer


class Fault(BaseModel, frozen=True):
    """One kind of trouble for the next ``count`` calls of a method.

    ``method`` is a name or a pattern (``send*``, ``*``), whatever its case; ``download`` is the fetching of files.
    """

    method: str = "*"
    kind: FaultKind
    count: int = Field(default=1, ge=1)
    seconds: float = Field(default=1.0, ge=0)
    status: int = Field(default=502, ge=400, le=599)


class Faults:
    """The faults that are switched on, in order."""

    def __init__(self) -> None:
        self._waiting: list[Fault] = []
        self.struck: list[tuple[str, Fault]] = []

    @property
    def waiting(self) -> list[Fault]:
        """What has not struck yet; ``count`` is what is left."""
        return list(self._waiting)

    def add(self, fault: Fault) -> None:
        """Switch a fault on."""
        self._waiting.append(fault)

    def clear(self) -> None:
        """Switch all of them off."""
        self._waiting.clear()

    def strike(self, method: str) -> Fault | None:
        """The fault that this call meets, if any; it has one strike less afterwards."""
        for index, fault in enumerate(self._waiting):
            if fnmatch(method.lower(), fault.method.lower()):
                left = fault.model_copy(update={"count": fault.count - 1})
                self._waiting[index : index + 1] = [left] if left.count else []
                self.struck.append((method, fault))
                return fault
        return None
