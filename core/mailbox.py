"""A mailbox that holds the latest value only."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Generic, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Self

T = TypeVar("T")


class MailboxClosed(Exception):  # noqa: N818 - it is an end, as StopIteration is
    """The mailbox is closed and its last value was taken."""


class Mailbox(Generic[T]):
    """Holds one value at most: a newer value replaces the one that waits, so a slow reader never falls behind.

    To be used from one event loop. Several readers may wait; each value goes to one of them.

    Args:
        merge: Called as ``merge(waiting, newer)`` when a value arrives before the last one was taken; what it
            returns waits in place of both. By default the newer value does.
    """

    def __init__(self, merge: Callable[[T, T], T] | None = None) -> None:
        self._merge = merge
        self._values: list[T] = []  # one at most; a list, since None is a value like any other
        self._closed = False
        self._changed = asyncio.Event()

    @property
    def waiting(self) -> T | None:
        """The value that waits, without taking it; None if there is none."""
        return self._values[0] if self._values else None

    def put(self, value: T) -> None:
        """Leave a value. A closed mailbox drops it."""
        if self._closed:
            return
        if self._values and self._merge is not None:
            value = self._merge(self._values[0], value)
        self._values[:] = [value]
        self._changed.set()

    async def get(self) -> T:
        """Wait for a value and take it.

        Raises:
            MailboxClosed: The mailbox is closed and empty.
        """
        while not self._values:
            if self._closed:
                raise MailboxClosed
            self._changed.clear()
            await self._changed.wait()
        return self._values.pop()

    def close(self) -> None:
        """Take no more values. The value that waits can still be taken."""
        self._closed = True
        self._changed.set()

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> T:
        try:
            return await self.get()
        except MailboxClosed:
            raise StopAsyncIteration from None
