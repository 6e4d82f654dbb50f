"""Runs a work, or several alike, from files to results. An engine passes two callbacks, for progress and for cancelling."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from core.engines.collage import paint_collage
from core.engines.encoding import EncodingThread
from core.engines.protocol import WorkCancelledError
from core.engines.recorder import WorkRecorder
from core.pictures.codec import reread_picture
from core.pictures.picture_errors import PictureError
from core.style.painting import Painting
from core.style.progress import Progress, Result

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterator, Sequence
    from concurrent.futures import Future

    from PIL.Image import Image

    from core.engines.protocol import Work
    from core.style.options import Options
    from core.style.progress import Event
    from core.style.style_errors import StyleError


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


def never() -> bool:
    """Nobody asks a work to stop."""
    return False


@dataclass(frozen=True, slots=True)
class Member:
    """One of several works that run together; the fields are the arguments of ``run_work``."""

    work: Work
    emit: Callable[[Progress], None]
    cancelled: Callable[[], bool]
    suspended: Callable[[], bool] = never


def run_work(
    work: Work,
    painter: Painter,
    emit: Callable[[Progress], None],
    cancelled: Callable[[], bool],
    suspended: Callable[[], bool] = never,
) -> Result:
    """Run a work.

    Args:
        work: The work.
        painter: Runs the transfer.
        emit: Called with the progress of the first and the last evaluation, and up to five times a second between; in a
            thread beside this one, which is gone when this function ends.
        cancelled: Called before every evaluation; True stops the work.
        suspended: Called after every evaluation; True stops the work with a checkpoint as its last progress.

    Raises:
        WorkCancelledError: ``cancelled`` or ``suspended`` returned True.
        core.pictures.picture_errors.PictureError: One of its pictures cannot be read.
        core.style.style_errors.StyleError: An option or the transfer failed.
    """
    asked = _read_pictures([work])[0]
    if isinstance(asked, PictureError):
        raise asked
    with EncodingThread() as encoding:
        recorder = WorkRecorder(work, emit, encoding)
        events = (
            paint_collage(painter, asked)
            if asked.options.collage
            else painter.stylize(
                asked.content, asked.styles, asked.options, start=asked.start, done=asked.done
            )
        )
        last = None
        while not cancelled():
            event = next(events)
            if isinstance(event, Result):
                return recorder.complete(event)
            recorder.note(event)
            last = event
            if suspended():
                break
        recorder.leave(last)
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
    numbers: list[int] = []
    for number, asked in enumerate(_read_pictures([member.work for member in members])):
        if members[number].cancelled():
            yield number, WorkCancelledError()
        elif isinstance(asked, PictureError):
            yield number, asked
        else:
            paintings.append(asked)
            numbers.append(number)
    with EncodingThread() as encoding, closing(painter.stylize_together(paintings)) as events:
        recorders = [
            WorkRecorder(members[number].work, members[number].emit, encoding) for number in numbers
        ]
        active = len(numbers)
        stop = None
        while active:
            place, event = events.send(stop)
            stop = None
            if isinstance(event, Progress):
                recorders[place].note(event)
                member = members[numbers[place]]
                stop = member.suspended() or member.cancelled()
                if not stop:
                    continue
                recorders[place].leave(event)
                end: Result | Exception = WorkCancelledError()
            elif isinstance(event, Result):
                end = recorders[place].complete(event)
            else:
                end = event
            active -= 1
            encoding.finish()
            yield numbers[place], end


def _read_pictures(works: Sequence[Work]) -> list[Painting | PictureError]:
    """Decode the pictures of all works, several at the same time: the GPU waits for them."""
    with ThreadPoolExecutor(thread_name_prefix="reading") as threads:
        reading = [
            [
                threads.submit(reread_picture, file)
                for file in (work.content, *work.styles, work.start)
                if file is not None
            ]
            for work in works
        ]
    return [_painting(work, pictures) for work, pictures in zip(works, reading, strict=True)]


def _painting(work: Work, pictures: Sequence[Future[Image]]) -> Painting | PictureError:
    try:
        content, *others = [picture.result() for picture in pictures]
    except PictureError as error:
        return error
    count = len(work.styles)
    return Painting(
        content=content,
        styles=others[:count],
        options=work.options,
        start=None if work.start is None else others[count],
        done=work.done,
    )


def _close(events: Iterator[Event]) -> None:
    """Free the transfer's memory at once: the exception that follows would keep it alive."""
    close = getattr(events, "close", None)
    if close is not None:
        close()
