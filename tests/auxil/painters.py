"""A painter without a network, for tests of engines and of what runs on them."""

from __future__ import annotations

import sys
import threading
import time
from dataclasses import dataclass, field, replace
from functools import partial
from typing import TYPE_CHECKING, Any

from PIL import Image

from core.engines.protocol import Work
from core.pictures.codec import to_png
from core.style.options import Options
from core.style.progress import Losses, Progress, Result
from core.style.style_errors import OutOfMemoryError, StyleError
from tests.auxil.pictures import jpeg_bytes, painting, photo

if TYPE_CHECKING:
    from collections.abc import Generator, Iterator, Sequence

    from core.style.painting import Painting
    from core.style.progress import Event

# The seed selects what a stub does: the options are all that travels to another process.
FAILS = 1001
"""Raises OutOfMemoryError after a few evaluations."""
BREAKS = 1002
"""Raises an unexpected error after a few evaluations."""
SHRINKS = 1003
"""Is short of memory: reports a reduced size, and losses that are not exact."""
LOSES_DEVICE = 1005
"""Fails as torch does once a kernel broke the CUDA context, after a few evaluations."""
STOPS_EARLY = 1004
"""Meets its time limit after half of the evaluations."""
ENDLESS = 1006
"""Never comes to its end."""

DEFAULT_EVALUATIONS = 20


@dataclass
class StubPainter:
    """Fades from the content to the style; its result is the content again.

    Attributes:
        pause: Seconds that an evaluation takes.
        tick: Seconds that an evaluation takes by the transfer's own clock.
        batch: How many works it is worth painting together.
        together: How many it painted together, each time.
    """

    pause: float = 0.0
    tick: float = 0.05
    speed: float | None = 100.0
    batch: int = 1
    loads: int = 0
    together: list[int] = field(default_factory=list)

    def load(self) -> None:
        self.loads += 1

    def stylize(
        self,
        content: Image.Image,
        styles: Sequence[Image.Image],
        options: Options,
        *,
        start: Image.Image | None = None,
        done: int = 0,
    ) -> Iterator[Event]:
        begin = start or content
        style = styles[0].convert(begin.mode).resize(begin.size)
        total = options.evaluations or DEFAULT_EVALUATIONS
        if options.seed == ENDLESS:
            total = sys.maxsize
        made = total // 2 if options.seed == STOPS_EARLY else total
        for evaluation in range(done + 1, made + 1):
            time.sleep(self.pause)
            if evaluation > 3:
                _fail(options.seed)
            yield Progress(
                evaluation=evaluation,
                evaluations=total,
                scale=1 + 2 * (evaluation - 1) // total,
                scales=2,
                size=content.size,
                losses=losses_at(evaluation),
                elapsed=evaluation * self.tick,
                render=partial(Image.blend, begin, style, evaluation / total),
                render_state=partial(Image.blend, begin, style, evaluation / total),
                reduced=options.seed == SHRINKS,
            )
        yield Result(
            picture=to_png(begin),
            size=begin.size,
            initial=losses_at(0),
            final=losses_at(made),
            evaluations=made,
            seconds=made * self.tick,
            device="stub",
            weights="none",
            complete=made == total,
            reduced=options.seed == SHRINKS,
            exact_losses=options.seed != SHRINKS,
            cutout=begin.mode == "RGBA",
        )

    def stylize_together(
        self, paintings: Sequence[Painting]
    ) -> Generator[tuple[int, Event | StyleError], bool | None, None]:
        self.together.append(len(paintings))
        active = {
            number: self.stylize(
                one.content, one.styles, one.options, start=one.start, done=one.done
            )
            for number, one in enumerate(paintings)
        }
        while active:
            for number, events in list(active.items()):
                try:
                    event: Event | StyleError = next(events)
                except StyleError as error:
                    event = error
                stopped = yield number, event
                if stopped or not isinstance(event, Progress):
                    del active[number]


def losses_at(evaluation: int) -> Losses:
    return Losses(style=100 / (1 + evaluation), content=evaluation / 100)


def work(*, evaluations: int = DEFAULT_EVALUATIONS, seed: int = 0, **changes: Any) -> Work:
    """A work of small pictures."""
    return Work(
        **{
            "content": jpeg_bytes(photo(96, 72)),
            "styles": (jpeg_bytes(painting(80, 80)),),
            "options": Options(evaluations=evaluations, seed=seed),
            **changes,
        }
    )


def _fail(seed: int) -> None:
    if seed == FAILS:
        raise OutOfMemoryError
    if seed == BREAKS:
        raise ZeroDivisionError("secret detail")
    if seed == LOSES_DEVICE:
        raise device_loss()


def device_loss() -> RuntimeError:
    """What torch raises for a kernel that read where it must not, and for each CUDA call after that."""
    return RuntimeError(
        "CUDA error: an illegal memory access was encountered\n"
        "CUDA kernel errors might be asynchronously reported at some other API call, so the stacktrace below might be "
        "incorrect."
    )


class HeldPainter(StubPainter):
    """A painter that can be held in the middle of its work, for tests of what happens meanwhile."""

    def __init__(self) -> None:
        super().__init__()
        self._go = threading.Event()
        self._go.set()
        self.mishap: Exception | None = None
        """The error to raise after ``release``."""

    def hold(self) -> None:
        """Stay at the second evaluation from now on; the work can still be cancelled."""
        self._go.clear()

    def release(self) -> None:
        """Go on."""
        self._go.set()

    def _may_go_on(self) -> bool:
        return self._go.wait(0.005)

    def stylize(
        self,
        content: Image.Image,
        styles: Sequence[Image.Image],
        options: Options,
        *,
        start: Image.Image | None = None,
        done: int = 0,
    ) -> Iterator[Event]:
        events = super().stylize(content, styles, options, start=start, done=done)
        yield next(events)
        held = next(events)
        assert isinstance(held, Progress)
        yield held
        while not self._may_go_on():
            held = replace(held, elapsed=held.elapsed + self.tick)
            yield held
        if self.mishap is not None:
            raise self.mishap
        yield from events
