"""A thread pool that does not delay the end of the process and does not crash it."""

from __future__ import annotations

import atexit
import logging
import os
import sys
import threading
import time
from concurrent.futures import Executor, Future
from contextvars import copy_context
from queue import SimpleQueue
from typing import TYPE_CHECKING, Final, ParamSpec, TypeVar

from core.engines.exit_code import exit_without_teardown, note_exit_code

if TYPE_CHECKING:
    from collections.abc import Callable

P = ParamSpec("P")
T = TypeVar("T")

_NICENESS: Final = 5


EXIT_TIMEOUT: Final = 4.0
"""Seconds that the end of the process waits for running calls."""


class DaemonThreads(Executor):
    """Like ``ThreadPoolExecutor``, with daemon threads of low priority.

    The interpreter waits for a ThreadPoolExecutor's threads without limit, so that a thread inside a long evaluation
    would keep a stopped bot alive. Low priority leaves the event loop its share of the processor; the threads that torch
    starts from these threads inherit it.

    Args:
        workers: The number of threads.
        name: The prefix of the threads' names.
    """

    def __init__(self, workers: int, *, name: str) -> None:
        self._jobs: SimpleQueue[Callable[[], None] | None] = SimpleQueue()
        self._ending = False
        self._threads = [
            threading.Thread(target=self._run, name=f"{name}-{number}", daemon=True)
            for number in range(1, workers + 1)
        ]
        for thread in self._threads:
            thread.start()
        atexit.register(self._leave)
        note_exit_code()

    def submit(self, fn: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> Future[T]:
        """Queue a call, which has its caller's context. Its future can be cancelled until the call begins."""
        future: Future[T] = Future()
        context = copy_context()

        def job() -> None:
            if not future.set_running_or_notify_cancel():
                return
            try:
                result = context.run(fn, *args, **kwargs)
            except BaseException as error:  # noqa: BLE001 - the future carries it to the waiting thread
                # Without the traceback, whose frames would keep a whole transfer's memory alive.
                future.set_exception(error.with_traceback(None))
            else:
                future.set_result(result)

        self._jobs.put(job)
        return future

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:  # noqa: FBT001, FBT002, ARG002 - the base class's signature
        """End each thread after its current call, without waiting; queued calls never begin."""
        self._ending = True
        for _ in self._threads:
            self._jobs.put(None)

    def _run(self) -> None:
        _lower_priority()
        while (job := self._jobs.get()) is not None:
            if not self._ending:
                job()
            del job  # frees the last result before the next call arrives

    def _leave(self) -> None:
        """At the interpreter's end, wait until no thread is inside torch, or end the process without teardown.

        A thread that returns from torch into an interpreter that is being torn down aborts the process: before Python
        3.14 its C++ frames cannot be unwound.
        """
        self.shutdown()
        deadline = time.monotonic() + EXIT_TIMEOUT
        for thread in self._threads:
            thread.join(max(0.0, deadline - time.monotonic()))
        if any(thread.is_alive() for thread in self._threads):
            logging.shutdown()
            sys.stdout.flush()
            sys.stderr.flush()
            exit_without_teardown()


def _lower_priority() -> None:
    if sys.platform == "linux":  # on other systems only processes have priorities
        thread = threading.get_native_id()
        os.setpriority(os.PRIO_PROCESS, thread, _NICENESS)
