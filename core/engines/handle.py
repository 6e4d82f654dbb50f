"""The handle that all engines return: a mailbox for progress and a future for the result."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import TYPE_CHECKING

from core.mailbox import Mailbox

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

    from core.style.progress import Progress, Result


class LiveHandle:
    """Implements ``core.engines.protocol.Handle``; an engine feeds it from its event loop.

    The handle holds one progress at most: a slow reader sees fewer of them, and nothing queues up.
    """

    def __init__(
        self, on_cancel: Callable[[], None], on_suspend: Callable[[], None] | None = None
    ) -> None:
        self._on_cancel = on_cancel
        self._on_suspend = on_suspend or on_cancel
        self._mailbox = Mailbox(_keep_unread)
        self._end: asyncio.Future[Result] = asyncio.get_running_loop().create_future()

    @property
    def ended(self) -> bool:
        """Whether ``finish`` or ``fail`` was called."""
        return self._end.done()

    def put(self, progress: Progress) -> None:
        """Replace the progress that waits; a preview that nobody saw moves to the newer progress."""
        self._mailbox.put(progress)

    def finish(self, result: Result) -> None:
        """End with a result. Only the first end counts."""
        if not self._end.done():
            self._end.set_result(result)
            self._mailbox.close()

    def fail(self, error: Exception) -> None:
        """End with an error that ``Handle.result`` documents. Only the first end counts."""
        if not self._end.done():
            self._end.set_exception(error)
            self._end.exception()  # marks it as retrieved: nobody has to ask for it
            self._mailbox.close()

    def progress(self) -> AsyncIterator[Progress]:
        """Yield the newest progress until the work ends."""
        return self._mailbox

    async def result(self) -> Result:
        """Wait for the end. Cancelling the wait does not cancel the work."""
        return await asyncio.shield(self._end)

    def cancel(self) -> None:
        """Ask the work to stop."""
        if not self._end.done():
            self._on_cancel()

    def suspend(self) -> None:
        """Ask the work to stop with a checkpoint; an engine that does not know how cancels it."""
        if not self._end.done():
            self._on_suspend()


def _keep_unread(waiting: Progress, newer: Progress) -> Progress:
    """A preview that nobody saw and a checkpoint that nobody stored go on with the newer progress."""
    if waiting.attempt != newer.attempt:
        return newer
    return replace(
        newer,
        preview=newer.preview or waiting.preview,
        checkpoint=newer.checkpoint or waiting.checkpoint,
    )
