"""The protocol of all engines: ``submit`` takes a Work and returns a Handle, which yields Progress and ends in a Result.

Work, progress and result are plain data and can be pickled, so that they can travel to another thread, process or
machine. Nothing in here imports torch.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Protocol

from core.style.options import Options

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Sequence

    from core.style.progress import Progress, Result


@dataclass(frozen=True, slots=True, kw_only=True)
class Work:
    """One transfer to compute.

    Attributes:
        content: The content picture's file, in a format that ``core.pictures.codec.reread_picture`` reads. It is decoded
            where the work is computed, so it must not be a stranger's.
        styles: The files of one to four style pictures; of one for each tile of a collage.
        options: The choices of the transfer.
        start: The file of the initial image instead of the content: an earlier result, or a checkpoint.
        preview_side: Long side of previews in pixels; 0 for no previews.
        preview_every: Seconds between two previews, at least.
        checkpoint_every: Seconds between two checkpoints, at least; 0 for no checkpoints.
        done: How many evaluations ``start`` is worth if it is a checkpoint: the ``evaluation`` of the Progress that the
            checkpoint came with. The transfer makes only the rest: it skips the scales that were complete, goes on in the
            right one, and counts its evaluations from ``done`` + 1. 0 if ``start`` is a result, or None.
        attempt: From 1; a higher number means that an earlier attempt was lost.
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
    """The submitter cancelled the work."""


class WorkLostError(Exception):
    """A worker or its machine went away, and the work with it; the submitter may submit it again."""


class DeviceLostError(WorkLostError):
    """This process cannot use its GPU any more, whatever it tries, and has to end.

    The work counts as the one that did it, so that a picture that breaks the GPU each time is set aside at last.
    """

    def __init__(self, reason: str) -> None:
        super().__init__(f"The GPU cannot be used any more by this process ({reason})")


class EngineUnreachableError(WorkLostError):
    """The engine itself went away, and all works with it; ``slots`` is 0 until it is back."""


class Handle(Protocol):
    """One submitted work."""

    def progress(self) -> AsyncIterator[Progress]:
        """Yield the newest progress until the work ends, well or not. To be iterated once.

        A newer progress replaces one that was not read yet. ``render`` is None in all of them.
        """
        ...

    async def result(self) -> Result:
        """Wait for the end.

        Raises:
            WorkCancelledError: The work was cancelled.
            WorkLostError: The work was lost; the text says why.
            core.style.style_errors.StyleError: The weights, an option or the transfer failed.
            core.pictures.picture_errors.PictureError: One of its pictures cannot be read.
        """
        ...

    def cancel(self) -> None:
        """Ask the work to stop; it stops before its next evaluation. Harmless when repeated or late."""
        ...

    def suspend(self) -> None:
        """The same for a work that is to go on later: where it can, its last progress brings a checkpoint."""
        ...


class Delay(StrEnum):
    """Why an engine has no slots at the moment."""

    AWAY = "away"
    """The engine cannot be reached."""
    PREPARING = "preparing"
    """The engine can be reached, and none of its workers is ready yet."""
    PAUSED = "paused"
    """An engine never says so: the scheduler does, while the operator has it keep jobs waiting."""


class Engine(Protocol):
    """A place that computes works."""

    @property
    def slots(self) -> int:
        """How many works can run at the same time; 0 during a delay."""
        ...

    @property
    def delay(self) -> Delay | None:
        """Why no work can run at the moment; None if works can run."""
        ...

    @property
    def speed(self) -> float | None:
        """Measured GFLOP a second, as ``core.style.presets.cost`` counts them; None before a measurement."""
        ...

    @property
    def batch(self) -> int:
        """How many alike works are worth painting together in one slot; 1 where it does not pay, or is not known yet."""
        ...

    async def start(self) -> None:
        """Get ready to take works; the network may still load in the background."""
        ...

    def submit(self, work: Work) -> Handle:
        """Queue a work; never blocks."""
        ...

    def submit_together(self, works: Sequence[Work]) -> Sequence[Handle]:
        """Queue works that are alike, to be painted together in one slot; never blocks.

        Args:
            works: Works of the same preset and picture size, and so of the same scales; ``batch`` of them at most.

        Returns:
            A handle for each work, in the same order. Each work has its own progress, checkpoints, cancel and end.
        """
        ...

    async def watch(self) -> None:
        """Wait for ever, or until this process has to end, since works that begin in it cannot be computed.

        Raises:
            DeviceLostError: The process cannot use its GPU any more.
        """
        ...

    async def close(self) -> None:
        """Stop all works within a few seconds; unfinished works end as lost."""
        ...
