"""Waiting for something to change without missing the change."""

from __future__ import annotations

import asyncio


class ChangeSignal:
    """Wakes everybody who waits.

    Take :attr:`next` first, then look, then wait for it: what changes in between is not missed.
    """

    def __init__(self) -> None:
        self.next = asyncio.Event()

    def fire(self) -> None:
        """Wake the waiters; those who come later wait for the next time."""
        self.next.set()
        self.next = asyncio.Event()


async def first_of(*events: asyncio.Event, within: float | None) -> bool:
    """Wait until one of the events is set; False where none was in that many seconds."""
    tasks = [asyncio.ensure_future(event.wait()) for event in events]
    try:
        done, _ = await asyncio.wait(tasks, timeout=within, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in tasks:
            task.cancel()
    return bool(done)
