"""The thread that encodes a work's pictures and passes on its progress, so that the painting waits for neither."""

from __future__ import annotations

import logging
import threading
from contextvars import copy_context
from dataclasses import dataclass
from functools import partial
from queue import SimpleQueue
from typing import TYPE_CHECKING, Final, Self

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from types import TracebackType

    from PIL.Image import Image

log = logging.getLogger(__name__)

MOST_PIXELS: Final = 3 * 2048 * 2048
"""Pixels that wait to be encoded, at most, of however many pictures: 38 MB."""


@dataclass(slots=True)
class EncodedFile:
    """A file that is to be made of a picture.

    Attributes:
        encode: Makes the file.
        data: The file; None until it is made, and where that failed.
    """

    encode: Callable[[Image], bytes]
    data: bytes | None = None


class EncodingThread:
    """Makes calls in order in a thread of its own, which ends with the ``with`` block, after the last call.

    All methods belong to the thread that paints. Leaving the ``with`` block there also means that the encoding thread
    never outlives it, at the end of the process either.
    """

    def __init__(self) -> None:
        self._calls: SimpleQueue[Callable[[], None] | None] = SimpleQueue()
        self._pixels = 0
        self._changed = threading.Condition()
        run = partial(copy_context().run, self._run)
        self._thread = threading.Thread(target=run, name="encoding", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._calls.put(None)
        self._thread.join()

    def encode(
        self,
        render: Callable[[], Image],
        files: Sequence[EncodedFile],
        *,
        pixels: int,
        wait: bool,
    ) -> bool:
        """Render a picture now, and encode it later, before all later calls.

        Args:
            render: Makes the picture.
            files: The files to make of it, in the other thread.
            pixels: How many pixels the picture has, at most.
            wait: Whether to wait for room, while it would be too much beside what is still to be encoded.

        Returns:
            False if the picture would have had to wait; then it was not rendered.
        """
        with self._changed:
            if not wait and not self._has_room(pixels):
                return False
            self._changed.wait_for(lambda: self._has_room(pixels))
        image = render()
        with self._changed:
            self._pixels += pixels
        for file in files:
            self._calls.put(partial(_encode, file, image))
        self._calls.put(partial(self._give_room, pixels))
        return True

    def call(self, call: Callable[[], None]) -> None:
        """Make a call after all earlier ones."""
        self._calls.put(call)

    def finish(self) -> None:
        """Wait until all calls so far are made."""
        done = threading.Event()
        self._calls.put(done.set)
        done.wait()

    def _has_room(self, pixels: int) -> bool:
        return self._pixels == 0 or self._pixels + pixels <= MOST_PIXELS

    def _give_room(self, pixels: int) -> None:
        with self._changed:
            self._pixels -= pixels
            self._changed.notify()

    def _run(self) -> None:
        while (call := self._calls.get()) is not None:
            try:
                call()
            except Exception:
                # The result is worth more than one preview, frame or checkpoint.
                log.exception("A picture could not be encoded, or a progress not be passed on")
            del call  # frees the picture before the next call arrives


def _encode(file: EncodedFile, image: Image) -> None:
    file.data = file.encode(image)
