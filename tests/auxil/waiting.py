"""Waiting for what nobody announces."""

from __future__ import annotations

import asyncio
import inspect
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

PATIENCE: Final = 60.0
"""Seconds after which a test takes it that something never happens, however busy the machine is."""


async def until(condition: Callable[[], bool | Awaitable[bool]], *, tries: int = 15_000) -> None:
    """Let the loop run until it is so.

    Raises:
        AssertionError: It did not come about in half a minute.
    """
    for _ in range(tries):
        found = condition()
        if await found if inspect.isawaitable(found) else found:
            return
        await asyncio.sleep(0.002)
    raise AssertionError("It did not happen.")
