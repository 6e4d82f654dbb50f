"""What is recorded while a work runs: progress with previews and checkpoints for others, trace and frames for its result."""

from __future__ import annotations

import math
from dataclasses import dataclass, field, replace
from functools import partial
from typing import TYPE_CHECKING, Final

from core.engines.encoding import EncodedFile
from core.engines.sample import EvenSample
from core.pictures.codec import to_jpeg, to_png
from core.style.progress import Checkpoint, Progress, Result, TracePoint

if TYPE_CHECKING:
    from collections.abc import Callable

    from PIL.Image import Image

    from core.engines.encoding import EncodingThread
    from core.engines.protocol import Work

MAX_TRACE: Final = 300
MAX_FRAMES: Final = 60
FRAME_SIDE: Final = 480
PROGRESS_EVERY: Final = 0.2
"""Seconds between two progresses, at least: a chat shows one every few seconds, the page up to five a second."""

_FRAME_QUALITY: Final = 85
_PREVIEW_QUALITY: Final = 80


@dataclass
class WorkRecorder:
    """Records one work. The transfer's own clock sets the pace.

    Attributes:
        work: The work.
        emit: Called with each progress that is due, in the encoding thread.
        encoding: Encodes the pictures.
    """

    work: Work
    emit: Callable[[Progress], None]
    encoding: EncodingThread
    _trace: EvenSample[TracePoint] = field(default_factory=lambda: EvenSample(MAX_TRACE - 1))
    _frames: EvenSample[EncodedFile] = field(default_factory=lambda: EvenSample(MAX_FRAMES))
    _last: Progress | None = None
    _emitted: Progress | None = None
    _previewed: float = float("-inf")
    _saved: float = 0.0
    _stopped: bool = False

    def note(self, progress: Progress) -> None:
        """Record an evaluation, before the transfer makes the next one. Only pictures that are due are rendered."""
        # Without the renderers, which hold the pictures of a whole batch on the device.
        self._last = replace(progress, render=None, render_state=None)
        self._trace.offer(lambda: _trace_point(progress))
        due = self._is_due(progress)
        preview = self._pictures(progress, with_preview=due)
        if due:
            self._emit(self._last, preview, self._checkpoint(progress))

    def complete(self, result: Result) -> Result:
        """The result with its trace and its frames, once all progress is emitted."""
        if self._last is not None and self._emitted is not self._last:
            self._emit(self._last)
        self.encoding.finish()
        frames = tuple(frame.data for frame in self._frames if frame.data is not None)
        return replace(result, trace=self._whole_trace(), frames=frames)

    def leave(self, progress: Progress | None) -> None:
        """The work is stopped: emit nothing more but a checkpoint of its last progress, so that it can go on later."""
        self._stopped = True
        if progress is None or self.work.checkpoint_every <= 0:
            return
        last = EncodedFile(to_png)
        pixels = math.prod(progress.size)
        self.encoding.encode(progress.state, [last], pixels=pixels, wait=True)
        plain = replace(progress, render=None, render_state=None, attempt=self.work.attempt)

        def emit() -> None:
            if last.data is not None:
                self.emit(replace(plain, checkpoint=Checkpoint(last.data, plain.evaluation)))

        self.encoding.call(emit)

    def _emit(
        self,
        progress: Progress,
        preview: EncodedFile | None = None,
        checkpoint: EncodedFile | None = None,
    ) -> None:
        self._emitted = progress
        plain = replace(progress, attempt=self.work.attempt)

        def emit() -> None:
            if self._stopped:
                return
            saved = None if checkpoint is None else checkpoint.data
            self.emit(
                replace(
                    plain,
                    preview=None if preview is None else preview.data,
                    checkpoint=None if saved is None else Checkpoint(saved, plain.evaluation),
                )
            )

        self.encoding.call(emit)

    def _is_due(self, progress: Progress) -> bool:
        return (
            self._emitted is None
            or progress.evaluation >= progress.evaluations
            or progress.elapsed - self._emitted.elapsed >= PROGRESS_EVERY
        )

    def _pictures(self, progress: Progress, *, with_preview: bool) -> EncodedFile | None:
        """Have the frame and the preview made, where they are due; returns the preview."""
        frame = self._frames.offer(lambda: self._jpeg(_FRAME_QUALITY, FRAME_SIDE))
        side = self.work.preview_side
        preview = None
        if (
            with_preview
            and side > 0
            and progress.elapsed - self._previewed >= self.work.preview_every
        ):
            preview = self._jpeg(_PREVIEW_QUALITY, side)
        files = [file for file in (frame, preview) if file is not None]
        # A frame waits for its turn. A preview without a frame does not: a later one is as good.
        if not files or not self.encoding.encode(
            progress.picture, files, pixels=math.prod(progress.size), wait=frame is not None
        ):
            return None
        if preview is not None:
            self._previewed = progress.elapsed
        return preview

    def _checkpoint(self, progress: Progress) -> EncodedFile | None:
        every = self.work.checkpoint_every
        if every <= 0 or progress.elapsed - self._saved < every:
            return None
        self._saved = progress.elapsed
        checkpoint = EncodedFile(self._unless_stopped(to_png))
        self.encoding.encode(
            progress.state, [checkpoint], pixels=math.prod(progress.size), wait=True
        )
        return checkpoint

    def _jpeg(self, quality: int, side: int) -> EncodedFile:
        return EncodedFile(self._unless_stopped(partial(to_jpeg, quality=quality, max_side=side)))

    def _unless_stopped(self, encode: Callable[[Image], bytes]) -> Callable[[Image], bytes]:
        return lambda image: b"" if self._stopped else encode(image)

    def _whole_trace(self) -> tuple[TracePoint, ...]:
        points = tuple(self._trace)
        if self._last is None or (points and points[-1].evaluation == self._last.evaluation):
            return points
        return (*points, _trace_point(self._last))


def _trace_point(progress: Progress) -> TracePoint:
    return TracePoint(progress.evaluation, progress.scale, progress.elapsed, progress.losses)
