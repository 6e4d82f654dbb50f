"""The store: all that must outlive the process, behind one name.

Its parts stand in modules of their own; they share one ``Database``.
"""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final, Self

from core.jobs.conversations import Conversations
from core.jobs.database import Database
from core.jobs.housekeeping import Housekeeping
from core.jobs.people import People
from core.jobs.results import Results
from core.jobs.salvage import people_with_jobs
from core.jobs.styles import Styles

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from core.jobs.models import Person

RESERVE: Final = 64 << 20
"""Bytes of the disk that new pictures and jobs leave to the results of those already accepted."""


def utc_now() -> datetime:
    """The time, in UTC."""
    return datetime.now(UTC)


class Store(Conversations, Results, People, Styles, Housekeeping):
    """Conversations, pictures, jobs and results in one SQLite file.

    Every method is one transaction: when it returned, it is on the disk; when it raised, nothing
    happened. All of them may raise ``core.jobs.job_errors.StoreError``.
    """

    @classmethod
    async def open(
        cls, path: Path, *, clock: Callable[[], datetime] = utc_now, reserve: int = RESERVE
    ) -> Self:
        """Open or create the database; whoever opens it closes it, best by ``async with``.

        Args:
            path: The file; its folder is created.
            clock: What time it is, in UTC.
            reserve: Bytes of the disk below which nothing new is taken.

        Raises:
            StoreTooNewError: A newer version wrote it.
            StoreUnusableError: It cannot be read, written or created.
        """
        return cls(await Database.open(path), clock=clock, reserve=reserve)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_error: object) -> None:
        await self.close()

    async def close(self) -> None:
        """Close the database; harmless where that was done."""
        await self._database.close()

    @property
    def set_aside(self) -> Path | None:
        """Where a damaged database was moved when this one was opened."""
        return self._database.set_aside

    async def bereft(self) -> list[Person]:
        """Whose jobs were lost with the damaged database, as far as it still tells."""
        if self.set_aside is None:
            return []
        return await asyncio.to_thread(people_with_jobs, self.set_aside)

    async def keep_update(self, update_id: int, text: str) -> None:
        """Keep what came in, as JSON, until it was handled."""
        await self._database.run(
            "INSERT OR REPLACE INTO updates (id, text) VALUES (?, ?)", (update_id, text)
        )

    async def drop_update(self, update_id: int) -> None:
        """It was handled."""
        await self._database.run("DELETE FROM updates WHERE id = ?", (update_id,))

    async def kept_updates(self) -> dict[int, str]:
        """What came in and was not handled, by its number, oldest first."""
        rows = await self._database.rows("SELECT id, text FROM updates ORDER BY id")
        return {row["id"]: row["text"] for row in rows}

    async def value(self, key: str) -> str | None:
        """A small thing that was kept under a key."""
        row = await self._database.row("SELECT value FROM settings WHERE key = ?", (key,))
        return None if row is None else row["value"]

    async def values_of_people(self, name: str) -> dict[int, str]:
        """What ``set_value_of_person`` kept under a name, of everybody."""
        rows = await self._database.rows(
            "SELECT key, value FROM settings WHERE key GLOB ?", (f"person:*:{name}",)
        )
        return {int(row["key"].split(":")[1]): row["value"] for row in rows}

    async def set_value_of_person(self, user_id: int, name: str, value: str) -> None:
        """Keep a small thing about a person, until ``forget``; ``name`` has no colon."""
        await self.set_value(f"person:{user_id}:{name}", value)

    async def set_value(self, key: str, value: str) -> None:
        """Keep a small thing. ``forget`` deletes keys that begin with ``person:<user id>:``."""
        await self._database.run(
            "INSERT OR REPLACE INTO settings (key, value) VALUES (?, ?)", (key, value)
        )
