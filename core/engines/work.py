"""Runs a work, or several alike, from files to results. An engine passes two callbacks, for progress and for cancelling."""

from __future__ import annotations

from contextlib import closing
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Final, Protocol

from core.engines.protocol import WorkCancelledError
from core.engines.sample import EvenSample
from core.pictures.codec import reread_picture, to_jpeg, to_png
from core.pictures.picture_errors import PictureError
from core.style.painting import Painting
from core.style.progress import Checkpoint, Progress, Result, TracePoint

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterator, Sequence

    from PIL.Image import Image

    from core.engines.protocol import Work
    from core.style.options import Options
    from core.style.progress import Event
    from core.style.style_errors import StyleError

MAX_TRACE: Final = 300
MAX_FRAMES: Final = 60
FRAME_SIDE: Final = 480
PROGRESS_EVERY: Final = 0.2
"""Seconds between two progresses, at least: a chat shows one every few seconds, the page up to five a second."""

_SMALL_QUALITY: Final = 80


class Painter(Protocol):
    """The part of ``core.style.stylizer.Stylizer`` that works use."""

    @property
    def speed(self) -> float | None:
        """Measured GFLOP a second; None before a measurement."""
        ...

    @property
    def batch(self) -> int:
        """How many alike transfers are worth making together; 1 before ``load``, and where it does not pay."""
        ...

    def load(self) -> None:
        """Load the network; later calls do nothing."""
        ...

    def stylize(
        self,
        content: Image,
        styles: Sequence[Image],
        options: Options,
        *,
        start: Image | None = None,
        done: int = 0,
    ) -> Iterator[Event]:
        """Yield Progress after each evaluation, and one Result at the end."""
        ...

    def stylize_together(
        self, paintings: Sequence[Painting]
    ) -> Generator[tuple[int, Event | StyleError], bool | None, None]:
        """Make transfers of the same preset and picture size.

        Yields:
            (number, event) for each member in turn: Progress, and then its Result; or the StyleError that ends this
            member only. Whoever sends True in answer to a Progress stops that member.
        """
        ...


@dataclass(frozen=True, slots=True)
class Member:
    """One of several works that run together; the fields are the arguments of ``run_work``."""

    work: Work
    emit: Callable[[Progress], None]
    cancelled: Callable[[], bool]


def run_work(
    work: Work,
    painter: Painter,
    emit: Callable[[Progress], None],
    cancelled: Callable[[], bool],
) -> Result:
    """Run a work.

    Args:
        work: The work.
        painter: Runs the transfer.
        emit: Called with the progress of the first and the last evaluation, and up to five times a second between.
        cancelled: Called before every evaluation; True stops the work.

    Raises:
        WorkCancelledError: ``cancelled`` returned True.
        core.pictures.picture_errors.PictureError: One of its pictures cannot be read.
        core.style.style_errors.StyleError: An option or the transfer failed.
    """
    asked = _read_pictures(work)
    recorder = _Recorder(work, emit)
    events = painter.stylize(
        asked.content, asked.styles, asked.options, start=asked.start, done=asked.done
    )
    while not cancelled():
        event = next(events)
        if isinstance(event, Result):
            return recorder.complete(event)
        recorder.note(event)
    _close(events)
    raise WorkCancelledError


def run_together(
    members: Sequence[Member], painter: Painter
) -> Iterator[tuple[int, Result | Exception]]:
    """Run works that are alike: of the same preset and picture size.

    Args:
        members: The works, each with its own callbacks.
        painter: Runs the transfers.

    Yields:
        (number, end) when a member ends: its Result, or what ``run_work`` would have raised for it.

    Raises:
        Exception: All members that have not ended yet failed.
    """
    paintings: list[Painting] = []
    begun: list[tuple[int, _Recorder]] = []
    for number, member in enumerate(members):
        if member.cancelled():
            yield number, WorkCancelledError()
            continue
        try:
            paintings.append(_read_pictures(member.work))
        except PictureError as error:
            yield number, error
        else:
            begun.append((number, _Recorder(member.work, member.emit)))
    active = len(begun)
    stop = None
    with closing(painter.stylize_together(paintings)) as events:
        while active:
            place, event = events.send(stop)
            number, recorder = begun[place]
            stop = None
            if isinstance(event, Progress):
                recorder.note(event)
                stop = members[number].cancelled()
                if not stop:
                    continue
                end: Result | Exception = WorkCancelledError()
            elif isinstance(event, Result):
                end = recorder.complete(event)
            else:
                end = event
            active -= 1
            yield number, end


def _read_pictures(work: Work) -> Painting:
    return Painting(
        content=reread_picture(work.content),
        styles=[reread_picture(style) for style in work.styles],
        options=work.options,
        start=None if work.start is None else reread_picture(work.start),
        done=work.done,
    )


def _close(events: Iterator[Event]) -> None:
    """Free the transfer's memory at once: the exception that follows would keep it alive."""
    close = getattr(events, "close", None)
    if close is not None:
        close()


@dataclass
class _Recorder:
    """Emits progress while a work runs and collects trace and frames. The transfer's own clock sets the pace."""

    work: Work
    emit: Callable[[Progress], None]
    trace: EvenSample[TracePoint] = field(default_factory=lambda: EvenSample(MAX_TRACE - 1))
    frames: EvenSample[bytes] = field(default_factory=lambda: EvenSample(MAX_FRAMES))
    last: Progress | None = None
    emitted: Progress | None = None
    previewed: float = float("-inf")
    saved: float = 0.0

    def note(self, progress: Progress) -> None:
        self.last = progress
        self.trace.offer(lambda: _trace_point(progress))
        self.frames.offer(lambda: to_jpeg(progress.picture(), quality=85, max_side=FRAME_SIDE))
        ends = progress.evaluation >= progress.evaluations
        if (
            self.emitted is None
            or ends
            or progress.elapsed - self.emitted.elapsed >= PROGRESS_EVERY
        ):
            self._emit(
                progress, preview=self._preview(progress), checkpoint=self._checkpoint(progress)
            )

    def complete(self, result: Result) -> Result:
        if self.last is not None and self.emitted is not self.last:
            self._emit(self.last)
        return replace(result, trace=self._whole_trace(), frames=tuple(self.frames))

    def _emit(
        self,
        progress: Progress,
        preview: bytes | None = None,
        checkpoint: Checkpoint | None = None,
    ) -> None:
        self.emitted = progress
        self.emit(
            replace(
                progress,
                render=None,
                render_state=None,
                attempt=self.work.attempt,
                preview=preview,
                checkpoint=checkpoint,
            )
        )

    def _preview(self, progress: Progress) -> bytes | None:
        side = self.work.preview_side
        if side <= 0 or progress.elapsed - self.previewed < self.work.preview_every:
            return None
        self.previewed = progress.elapsed
        return to_jpeg(progress.picture(), quality=_SMALL_QUALITY, max_side=side)

    def _checkpoint(self, progress: Progress) -> Checkpoint | None:
        every = self.work.checkpoint_every
        if every <= 0 or progress.elapsed - self.saved < every:
            return None
        self.saved = progress.elapsed
        return Checkpoint(to_png(progress.state()), progress.evaluation)

    def _whole_trace(self) -> tuple[TracePoint, ...]:
        points = tuple(self.trace)
        if self.last is None or (points and points[-1].evaluation == self.last.evaluation):
            return points
        return (*points, _trace_point(self.last))


def _trace_point(progress: Progress) -> TracePoint:
    return TracePoint(progress.evaluation, progress.scale, progress.elapsed, progress.losses)
