"""What is closed when it is left."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import Self


class Closing(ABC):
    """Something that ``async with`` gives as it is, and closes."""

    @abstractmethod
    async def close(self) -> None:
        """Give back what it holds; harmless where that was done."""

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_error: object) -> None:
        await self.close()
