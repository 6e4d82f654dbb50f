"""Waiting for what nobody announces."""

from __future__ import annotations

import asyncio
import inspect
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable


async def until(condition: Callable[[], bool | Awaitable[bool]], *, tries: int = 2500) -> None:
    """Let the loop run until it is so.

    Raises:
        AssertionError: It did not come about in some seconds.
    """
    for _ in range(tries):
        found = condition()
        if await found if inspect.isawaitable(found) else found:
            return
        await asyncio.sleep(0.002)
    raise AssertionError("It did not happen.")
