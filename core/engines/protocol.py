"""What every engine is: a place that takes work and tells how it goes.

Work, updates and outcomes are plain and can be pickled, so that they can travel to another thread,
process or machine. No torch here: whoever submits work does not need it.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Protocol

from core.style.options import Options

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from core.style.events import Losses


@dataclass(frozen=True, slots=True, kw_only=True)
class Work:
    """One transfer to be done.

    Attributes:
        content: The content picture's file, as ``core.pictures.codec.read_picture`` takes it.
        styles: One to four style pictures' files.
        options: The choices of the transfer.
        start: A picture to start from instead of the content: an earlier result, or a checkpoint.
        preview_side: Long side in pixels of the previews in the updates; 0 for none.
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


@dataclass(frozen=True, slots=True, kw_only=True)
class Update:
    """How a running work stands. Updates may be dropped when newer ones exist.

    Attributes:
        attempt: From 1; a higher one means that the work began anew elsewhere.
        evaluation: Evaluations made so far over all scales.
        evaluations: How many there will be, at most.
        scale: Which scale, from 1.
        scales: How many there are.
        size: (width, height) in pixels at this scale.
        losses: At the picture just evaluated.
        elapsed: Seconds since this attempt began.
        preview: The current picture as a small JPEG, where one was due.
        checkpoint: The current picture as a PNG at this scale's size, where one was due; with
            ``evaluation`` it is what a restart needs to go on from here.
        reduced: True once the size had to be reduced for lack of memory.
    """

    attempt: int
    evaluation: int
    evaluations: int
    scale: int
    scales: int
    size: tuple[int, int]
    losses: Losses
    elapsed: float
    preview: bytes | None = None
    checkpoint: bytes | None = None
    reduced: bool = False


@dataclass(frozen=True, slots=True)
class TracePoint:
    """One point of the loss curve."""

    evaluation: int
    scale: int
    elapsed: float
    losses: Losses


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What a finished work gives.

    Attributes:
        picture: The stylized picture as a PNG file.
        size: (width, height) of it in pixels.
        initial: The losses of the unpainted content picture under the last scale's objective.
        final: The losses of the picture.
        evaluations: How many evaluations were made.
        seconds: Wall-clock seconds of the transfer.
        device: Where it ran, such as ``cpu`` or ``cuda:0``.
        weights: Which VGG19 weights were used.
        trace: The losses over time, at most a few hundred points.
        frames: Small JPEGs of the picture as it formed, in order, at most 60.
        complete: False where a time limit ended it early.
        reduced: True where it was painted smaller than asked for lack of memory.
    """

    picture: bytes
    size: tuple[int, int]
    initial: Losses
    final: Losses
    evaluations: int
    seconds: float
    device: str
    weights: str
    trace: tuple[TracePoint, ...] = ()
    frames: tuple[bytes, ...] = ()
    complete: bool = True
    reduced: bool = False


class WorkCancelledError(Exception):
    """The work was cancelled by whoever submitted it."""


class WorkLostError(Exception):
    """The work was lost through no fault of its own (a worker or its machine went away); it can be submitted again."""


class EngineUnreachableError(WorkLostError):
    """The engine itself went away, and all works with it; its ``slots`` are 0 until it is back."""


class Handle(Protocol):
    """One submitted work."""

    def updates(self) -> AsyncIterator[Update]:
        """The newest updates as they come; always ends, also on failure. To be iterated once."""
        ...

    async def outcome(self) -> Outcome:
        """Wait for the end.

        Raises:
            WorkCancelledError: It was cancelled.
            WorkLostError: It was lost; the text says why.
            core.style.style_errors.StyleError: The work's own error.
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
