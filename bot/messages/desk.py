"""What an admin sees of the running bot: a turn's facts, as data."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime


class Pause(StrEnum):
    """Whether waiting jobs are kept from being painted."""

    NONE = ""
    """They are not."""
    PAUSED = "paused"
    """Until an admin goes on, also over a restart."""
    DRAINING = "draining"
    """Until the next start; an admin is told when nothing is being painted any more."""


@dataclass(frozen=True, slots=True)
class ToldError:
    """An unexpected error of which the admins were told.

    Attributes:
        reference: Under which it stands in the log, such as ``E-4f0a1c``.
        at: When it was told last, in UTC.
        kind: The error's type; empty if it was foreseen.
    """

    reference: str
    at: datetime
    kind: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Desk:
    """What holds at the moment.

    Attributes:
        running: Jobs that are being painted.
        waiting: Jobs that wait.
        unsent: Messages that wait to be sent, apart from an announcement's.
        pause: Whether waiting jobs are kept waiting.
        blocked: People whom admins have blocked, by their user ids.
        audience: How many people an announcement would reach.
        draft: The text that waits to be announced or dropped; empty if there is none.
        unannounced: People whom an announcement that is under way has not reached yet.
        errors: The last unexpected errors, newest first.
    """

    running: int = 0
    waiting: int = 0
    unsent: int = 0
    pause: Pause = Pause.NONE
    blocked: frozenset[int] = frozenset()
    audience: int = 0
    draft: str = ""
    unannounced: int = 0
    errors: tuple[ToldError, ...] = ()
