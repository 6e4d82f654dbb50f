"""Lets coroutines wait for a change without missing one."""

from __future__ import annotations

import asyncio


class ChangeSignal:
    """Wakes everybody who waits for a change.

    Take :attr:`next` first, then look, then wait for it: so no change in between is missed.
    """

    def __init__(self) -> None:
        self.next = asyncio.Event()

    def fire(self) -> None:
        """Wake everybody who waits; whoever begins to wait now waits for the next change."""
        self.next.set()
        self.next = asyncio.Event()


async def first_of(*events: asyncio.Event, within: float | None) -> bool:
    """Wait until one of the events is set; returns False if none is set within so many seconds."""
    tasks = [asyncio.ensure_future(event.wait()) for event in events]
    try:
        done, _ = await asyncio.wait(tasks, timeout=within, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in tasks:
            task.cancel()
    return bool(done)
