"""Waiting for what nobody announces."""

from __future__ import annotations

import asyncio
import inspect
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

PATIENCE: Final = 60.0
"""Seconds after which a test takes it that something never happens, however busy the machine is."""


_PAUSE: Final = 0.002


async def until(condition: Callable[[], bool | Awaitable[bool]]) -> None:
    """Let the loop run until it is so.

    Raises:
        AssertionError: It did not come about; a busy machine, on which each look takes longer, is given longer.
    """
    for _ in range(round(PATIENCE / _PAUSE)):
        found = condition()
        if await found if inspect.isawaitable(found) else found:
            return
        await asyncio.sleep(_PAUSE)
    raise AssertionError("It did not happen.")
