"""What every engine is: a place that takes work and tells how it goes.

Work, progress and result are plain and can be pickled, so that they can travel to another thread,
process or machine. No torch here: whoever submits work does not need it.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Protocol

from core.style.options import Options

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from core.style.events import Progress, Result


@dataclass(frozen=True, slots=True, kw_only=True)
class Work:
    """One transfer to be done.

    Attributes:
        content: The content picture's file, as ``core.pictures.codec.read_picture`` takes it.
        styles: One to four style pictures' files.
        options: The choices of the transfer.
        start: A picture to start from instead of the content: an earlier result, or a checkpoint.
        preview_side: Long side in pixels of the previews in the progress; 0 for none.
        preview_every: Seconds between previews, at least.
        checkpoint_every: Seconds between checkpoints, at least; 0 for none.
        done: How many evaluations ``start`` is worth where it is a checkpoint: the transfer goes on
            after that many and counts them in. An engine that cannot makes them all again.
        attempt: From 1; a higher one means that it was begun before and did not come to its end.
    """

    content: bytes
    styles: tuple[bytes, ...]
    options: Options = field(default_factory=Options)
    start: bytes | None = None
    preview_side: int = 320
    preview_every: float = 1.0
    checkpoint_every: float = 0.0
    done: int = 0
    attempt: int = 1


class WorkCancelledError(Exception):
    """The work was cancelled by whoever submitted it."""


class WorkLostError(Exception):
    """The work was lost through no fault of its own (a worker or its machine went away); it can be submitted again."""


class EngineUnreachableError(WorkLostError):
    """The engine itself went away, and all works with it; its ``slots`` are 0 until it is back."""


class Handle(Protocol):
    """One submitted work."""

    def progress(self) -> AsyncIterator[Progress]:
        """The newest progress as it comes; always ends, also on failure. To be iterated once.

        A progress may be dropped when a newer one exists. Its ``render`` is None.
        """
        ...

    async def result(self) -> Result:
        """Wait for the end.

        Raises:
            WorkCancelledError: It was cancelled.
            WorkLostError: It was lost; the text says why.
            core.style.style_errors.StyleError: The weights, an option or the transfer failed.
            core.pictures.picture_errors.PictureError: One of its pictures cannot be read.
        """
        ...

    def cancel(self) -> None:
        """Ask it to stop; it does within one evaluation. Harmless when repeated or late."""
        ...


class Delay(StrEnum):
    """Why an engine has no slots just now."""

    AWAY = "away"
    """It cannot be reached."""
    PREPARING = "preparing"
    """It can, but none of its painters has reported for duty (yet)."""


class Engine(Protocol):
    """Somewhere that works are done."""

    @property
    def slots(self) -> int:
        """How many works can run at once; 0 while there is a delay."""
        ...

    @property
    def delay(self) -> Delay | None:
        """What keeps it from all works; None where nothing does."""
        ...

    @property
    def speed(self) -> float | None:
        """Measured GFLOP a second, as ``core.style.presets.cost`` counts them; None before anything was measured."""
        ...

    async def start(self) -> None:
        """Get ready; loading the network may go on behind it."""
        ...

    def submit(self, work: Work) -> Handle:
        """Queue a work. Never waits."""
        ...

    async def close(self) -> None:
        """Stop everything that runs; unfinished works end as lost. Bounded: a few seconds."""
        ...
