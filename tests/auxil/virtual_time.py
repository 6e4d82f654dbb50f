"""An event loop whose clock jumps: an hour of waiting takes as long as the work in it.

Time all but stands still while anything is being done, and jumps to the next timer when all wait. So what is measured
in it is waiting alone, and the same on every machine.
"""

from __future__ import annotations

import asyncio
import selectors
import sqlite3
from functools import partial
from typing import TYPE_CHECKING, Any, TypeVar, TypeVarTuple
from unittest.mock import patch

import aiosqlite

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine
    from concurrent.futures import Executor

T = TypeVar("T")
Ts = TypeVarTuple("Ts")

TURN = 1e-6
"""Seconds that each turn of the loop takes: who waits for a fraction of one would otherwise never see it pass."""


class _Jumping(selectors.DefaultSelector):
    """Where a loop waits for its next timer, and need not."""

    def __init__(self) -> None:
        super().__init__()
        self.now = 0.0

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        self.now += TURN
        if timeout is None:
            return super().select(None)  # only another thread can go on: SQLite's opens the file
        ready = super().select(0)
        if not ready:
            self.now += max(0.0, timeout)
        return ready


class VirtualTimeLoop(asyncio.SelectorEventLoop):
    """The loop. What is handed to an executor is done on the spot."""

    def __init__(self) -> None:
        self._jumping = _Jumping()
        super().__init__(self._jumping)

    def time(self) -> float:
        return self._jumping.now

    def run_in_executor(
        self,
        executor: Executor | None,  # noqa: ARG002
        func: Callable[[*Ts], T],
        *args: *Ts,
    ) -> asyncio.Future[T]:
        done: asyncio.Future[T] = self.create_future()
        try:
            done.set_result(func(*args))
        except Exception as error:  # noqa: BLE001
            done.set_exception(error)
        return done


def run_virtually(main: Coroutine[Any, Any, T]) -> T:
    """``asyncio.run`` in virtual time. SQLite, too, answers on the spot: time would pass while its thread works."""

    async def at_once(_connection: object, ask: Callable[..., T], *args: Any, **more: Any) -> T:
        return ask(*args, **more)

    with (
        patch.object(aiosqlite.Connection, "_execute", at_once),
        patch.object(sqlite3, "connect", partial(sqlite3.connect, check_same_thread=False)),
        asyncio.Runner(loop_factory=VirtualTimeLoop) as runner,
    ):
        return runner.run(main)
