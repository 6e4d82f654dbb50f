"""The event loop's end of a submitted work, the same for every engine."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

    from core.engines.protocol import Outcome, Update


class LiveHandle:
    """A ``core.engines.protocol.Handle`` that an engine feeds from its event loop.

    It holds one update at most: who reads slowly reads less, and nothing queues up.
    """

    def __init__(self, on_cancel: Callable[[], None]) -> None:
        self._on_cancel = on_cancel
        self._latest: Update | None = None
        self._news = asyncio.Event()
        self._end: asyncio.Future[Outcome] = asyncio.get_running_loop().create_future()

    @property
    def ended(self) -> bool:
        """Whether ``finish`` or ``fail`` was called."""
        return self._end.done()

    def put(self, update: Update) -> None:
        """Replace the update that waits to be read; a preview that nobody saw yet goes on with the newer one."""
        waiting = self._latest
        if waiting is not None and waiting.attempt == update.attempt and update.preview is None:
            update = replace(update, preview=waiting.preview)
        self._latest = update
        self._news.set()

    def finish(self, outcome: Outcome) -> None:
        """End well. Only the first end counts."""
        if not self._end.done():
            self._end.set_result(outcome)
            self._news.set()

    def fail(self, error: Exception) -> None:
        """End with an error of one of the kinds that ``outcome`` names. Only the first end counts."""
        if not self._end.done():
            self._end.set_exception(error)
            self._end.exception()  # nobody has to ask for it
            self._news.set()

    async def updates(self) -> AsyncIterator[Update]:
        """The newest update whenever there is one; ends with the work."""
        while True:
            await self._news.wait()
            self._news.clear()
            update, self._latest = self._latest, None
            if update is not None:
                yield update
            if self._end.done() and self._latest is None:
                self._news.set()
                return

    async def outcome(self) -> Outcome:
        """Wait for the end; giving up waiting does not stop the work."""
        return await asyncio.shield(self._end)

    def cancel(self) -> None:
        """Ask the work to stop."""
        if not self._end.done():
            self._on_cancel()
