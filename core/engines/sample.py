"""An evenly spaced sample of a sequence whose length is unknown until its end."""

from __future__ import annotations

from typing import TYPE_CHECKING, Generic, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

T = TypeVar("T")


class EvenSample(Generic[T]):
    """Keeps every nth item of a sequence; n doubles whenever the sample would exceed ``limit``.

    The sample always holds the first item, with equal steps between items. Once ``limit`` items were offered, it holds
    between half of ``limit`` and ``limit`` items.
    """

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._items: list[T] = []
        self._offered = 0
        self._step = 1

    def offer(self, make: Callable[[], T]) -> T | None:
        """Offer the next item; ``make`` is called, and its item returned, only if the sample keeps it."""
        item: T | None = None
        if self._offered % self._step == 0:
            if len(self._items) == self._limit:
                self._items = self._items[::2]
                self._step *= 2
            if self._offered % self._step == 0:
                item = make()
                self._items.append(item)
        self._offered += 1
        return item

    def __iter__(self) -> Iterator[T]:
        return iter(self._items)

    def __len__(self) -> int:
        return len(self._items)
