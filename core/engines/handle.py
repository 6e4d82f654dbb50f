"""The event loop's end of a submitted work, the same for every engine."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import TYPE_CHECKING

from core.mailbox import Mailbox

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

    from core.style.events import Progress, Result


class LiveHandle:
    """A ``core.engines.protocol.Handle`` that an engine feeds from its event loop.

    The handle holds one progress at most: a slow reader sees fewer of them, and nothing queues up.
    """

    def __init__(self, on_cancel: Callable[[], None]) -> None:
        self._on_cancel = on_cancel
        self._mailbox = Mailbox(_keep_unseen_preview)
        self._end: asyncio.Future[Result] = asyncio.get_running_loop().create_future()

    @property
    def ended(self) -> bool:
        """Whether ``finish`` or ``fail`` was called."""
        return self._end.done()

    def put(self, progress: Progress) -> None:
        """Replace the progress that waits to be read; a preview that nobody saw goes on with the newer progress."""
        self._mailbox.put(progress)

    def finish(self, result: Result) -> None:
        """End well. Only the first end counts."""
        if not self._end.done():
            self._end.set_result(result)
            self._mailbox.close()

    def fail(self, error: Exception) -> None:
        """End with an error of one of the kinds that ``result`` names. Only the first end counts."""
        if not self._end.done():
            self._end.set_exception(error)
            self._end.exception()  # marks it as retrieved: nobody has to ask for it
            self._mailbox.close()

    def progress(self) -> AsyncIterator[Progress]:
        """The newest progress whenever there is one; ends with the work."""
        return self._mailbox

    async def result(self) -> Result:
        """Wait for the end; giving up waiting does not stop the work."""
        return await asyncio.shield(self._end)

    def cancel(self) -> None:
        """Ask the work to stop."""
        if not self._end.done():
            self._on_cancel()


def _keep_unseen_preview(waiting: Progress, newer: Progress) -> Progress:
    if waiting.attempt == newer.attempt and newer.preview is None:
        return replace(newer, preview=waiting.preview)
    return newer
