"""One work from its bytes to its outcome. Knows no engine: an engine gives it a way to tell and a way to be stopped."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, Protocol

from core.engines.protocol import Outcome, TracePoint, Update, WorkCancelledError
from core.engines.sample import EvenSample
from core.pictures.codec import read_picture, reread_picture, to_jpeg, to_png
from core.style.events import Progress, Reduced, Result

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from PIL.Image import Image

    from core.engines.protocol import Work
    from core.style.events import Event
    from core.style.options import Options

MAX_TRACE: Final = 300
MAX_FRAMES: Final = 60
FRAME_SIDE: Final = 480
UPDATE_EVERY: Final = 0.2
"""Seconds between updates, at least: a chat shows one every few seconds, a page five a second."""

_SMALL_QUALITY: Final = 80


class Painter(Protocol):
    """What a work needs of ``core.style.stylizer.Stylizer``."""

    @property
    def speed(self) -> float | None:
        """Measured GFLOP a second; None before anything was measured."""
        ...

    def load(self) -> None:
        """Load the network; does nothing where that was done."""
        ...

    def stylize(
        self,
        content: Image,
        styles: Sequence[Image],
        options: Options,
        *,
        start: Image | None = None,
    ) -> Iterator[Event]:
        """Yield Progress and Reduced, and one Result at the end."""
        ...


def run_work(
    work: Work,
    painter: Painter,
    emit: Callable[[Update], None],
    cancelled: Callable[[], bool],
) -> Outcome:
    """Do a work.

    Args:
        work: What is to be done.
        painter: Who paints it.
        emit: Called with every update: the first and the last evaluation, and at most five a second between.
        cancelled: Asked before every evaluation.

    Raises:
        WorkCancelledError: ``cancelled`` said so.
        core.style.style_errors.StyleError: A picture, an option or the transfer failed.
    """
    content = read_picture(work.content)
    styles = [read_picture(style) for style in work.styles]
    start = None if work.start is None else reread_picture(work.start)
    record = _Record(work, emit)
    events = painter.stylize(content, styles, work.options, start=start)
    while not cancelled():
        event = next(events)
        if isinstance(event, Result):
            return record.outcome(event)
        record.note(event)
    _close(events)
    raise WorkCancelledError


def _close(events: Iterator[Event]) -> None:
    """Free what the transfer holds at once: the exception on its way out would keep it alive."""
    close = getattr(events, "close", None)
    if close is not None:
        close()


@dataclass
class _Record:
    """What is told of a work while it runs, and kept of it for the end. The transfer's own clock sets the pace."""

    work: Work
    emit: Callable[[Update], None]
    trace: EvenSample[TracePoint] = field(default_factory=lambda: EvenSample(MAX_TRACE - 1))
    frames: EvenSample[bytes] = field(default_factory=lambda: EvenSample(MAX_FRAMES))
    reduced: bool = False
    last: Progress | None = None
    told: Progress | None = None
    previewed: float = float("-inf")
    saved: float = 0.0

    def note(self, event: Progress | Reduced) -> None:
        if isinstance(event, Reduced):
            self.reduced = True
            return
        self.last = event
        self.trace.offer(lambda: _trace_point(event))
        self.frames.offer(lambda: to_jpeg(event.picture(), quality=85, max_side=FRAME_SIDE))
        ends = event.evaluation >= event.evaluations
        if self.told is None or ends or event.elapsed - self.told.elapsed >= UPDATE_EVERY:
            self._tell(event, preview=self._preview(event), checkpoint=self._checkpoint(event))

    def outcome(self, result: Result) -> Outcome:
        if self.last is not None and self.told is not self.last:
            self._tell(self.last)
        return Outcome(
            picture=to_png(result.picture),
            size=result.picture.size,
            initial=result.initial,
            final=result.final,
            evaluations=result.evaluations,
            seconds=result.seconds,
            device=result.device,
            weights=result.weights,
            trace=self._whole_trace(),
            frames=tuple(self.frames),
            complete=result.complete,
            reduced=self.reduced,
        )

    def _tell(
        self, progress: Progress, preview: bytes | None = None, checkpoint: bytes | None = None
    ) -> None:
        self.told = progress
        self.emit(
            Update(
                attempt=self.work.attempt,
                evaluation=progress.evaluation,
                evaluations=progress.evaluations,
                scale=progress.scale,
                scales=progress.scales,
                size=progress.size,
                losses=progress.losses,
                elapsed=progress.elapsed,
                preview=preview,
                checkpoint=checkpoint,
                reduced=self.reduced,
            )
        )

    def _preview(self, progress: Progress) -> bytes | None:
        side = self.work.preview_side
        if side <= 0 or progress.elapsed - self.previewed < self.work.preview_every:
            return None
        self.previewed = progress.elapsed
        return to_jpeg(progress.picture(), quality=_SMALL_QUALITY, max_side=side)

    def _checkpoint(self, progress: Progress) -> bytes | None:
        every = self.work.checkpoint_every
        if every <= 0 or progress.elapsed - self.saved < every:
            return None
        self.saved = progress.elapsed
        return to_png(progress.picture())

    def _whole_trace(self) -> tuple[TracePoint, ...]:
        points = tuple(self.trace)
        if self.last is None or (points and points[-1].evaluation == self.last.evaluation):
            return points
        return (*points, _trace_point(self.last))


def _trace_point(progress: Progress) -> TracePoint:
    return TracePoint(progress.evaluation, progress.scale, progress.elapsed, progress.losses)
