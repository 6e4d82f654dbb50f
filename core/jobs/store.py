"""The store: all that must outlive the process, in one SQLite file."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final, Self

from core.jobs.database import Database
from core.jobs.housekeeping import Housekeeping
from core.jobs.job_repository import JobRepository
from core.jobs.outbox_repository import OutboxRepository
from core.jobs.picture_repository import PictureRepository
from core.jobs.preference_repository import PreferenceRepository
from core.jobs.session_repository import SessionRepository
from core.jobs.share_repository import ShareRepository
from core.jobs.style_repository import StyleRepository
from core.jobs.update_repository import UpdateRepository

if TYPE_CHECKING:
    from collections.abc import Callable
    from contextlib import AbstractAsyncContextManager
    from pathlib import Path

RESERVE: Final = 64 << 20
"""Bytes of the disk that new pictures and jobs leave to the results of those already accepted."""


def utc_now() -> datetime:
    """The present time, in UTC."""
    return datetime.now(UTC)


class Store:
    """A handful of repositories on one database.

    Every method of a repository is one transaction: when it returned, it is on the disk; when it raised, nothing
    happened. Several of them inside ``async with store.transaction()`` are one transaction together. All of them may
    raise ``core.jobs.job_errors.StoreError``.

    Attributes:
        sessions: What each person has sent for the next job.
        pictures: The pictures that people sent.
        jobs: Jobs and their results.
        styles: The styles that each person has used.
        shares: The styles that people share by links.
        preferences: What people chose in /settings.
        updates: What came in from Telegram and waits to be handled.
        outbox: What waits to be sent to Telegram.
        housekeeping: Deletes.
        clock: The present time, in UTC.
    """

    def __init__(self, database: Database, *, clock: Callable[[], datetime], reserve: int) -> None:
        shared: dict[str, Any] = {"clock": clock, "reserve": reserve}
        self._database = database
        self.clock = clock
        self.sessions = SessionRepository(database, **shared)
        self.pictures = PictureRepository(database, **shared)
        self.jobs = JobRepository(database, **shared)
        self.styles = StyleRepository(database, **shared)
        self.shares = ShareRepository(database, **shared)
        self.preferences = PreferenceRepository(database, **shared)
        self.updates = UpdateRepository(database, **shared)
        self.outbox = OutboxRepository(database, **shared)
        self.housekeeping = Housekeeping(database, **shared)

    @classmethod
    async def open(
        cls, path: Path, *, clock: Callable[[], datetime] = utc_now, reserve: int = RESERVE
    ) -> Self:
        """Open or create the database; whoever opens it closes it, best by ``async with``.

        Args:
            path: The file; its folder is created.
            clock: The present time, in UTC.
            reserve: Bytes of the disk below which nothing new is accepted.

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
        """Close the database; harmless if that was done."""
        await self._database.close()

    @property
    def set_aside(self) -> Path | None:
        """Where a damaged database was moved when this one was opened."""
        return self._database.set_aside

    def transaction(self) -> AbstractAsyncContextManager[object]:
        """All that its task does inside happens entirely or not at all."""
        return self._database.transaction()

    def after_commit(self, callback: Callable[[], None]) -> None:
        """Call something, which must not raise, once the present transaction is committed; never if it is not."""
        self._database.after_commit(callback)
