"""An evenly spread sample of a sequence whose length is not known before its end."""

from __future__ import annotations

from typing import TYPE_CHECKING, Generic, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

T = TypeVar("T")


class EvenSample(Generic[T]):
    """Keeps every nth of what it is offered; n doubles whenever ``limit`` would be passed.

    So it always holds the first, between half of ``limit`` and ``limit`` items once that many were
    offered, and equal steps between them.
    """

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._items: list[T] = []
        self._offered = 0
        self._step = 1

    def offer(self, make: Callable[[], T]) -> None:
        """Offer the next item; ``make`` is called only where it is kept."""
        if self._offered % self._step == 0:
            if len(self._items) == self._limit:
                self._items = self._items[::2]
                self._step *= 2
            if self._offered % self._step == 0:
                self._items.append(make())
        self._offered += 1

    def __iter__(self) -> Iterator[T]:
        return iter(self._items)

    def __len__(self) -> int:
        return len(self._items)
