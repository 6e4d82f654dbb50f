"""Who may ask for another job, and when to come back if not."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from core.jobs.job_errors import DailyLimitError, QueueError, QueueFullError, WaitingLimitError

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from core.jobs.queue import FairQueue
    from core.jobs.store import Store

_DAY: Final = timedelta(days=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """How many jobs are accepted.

    Attributes:
        queue_size: How many jobs may wait in all.
        waiting_per_person: How many jobs of one user may wait.
        per_day: How many jobs one user may ask for within 24 hours; failed ones do not count.
        admins: Users to whom the limits a user do not apply.
    """

    queue_size: int = 100
    waiting_per_person: int = 5
    per_day: int = 50
    admins: frozenset[int] = frozenset()


class Admission:
    """Applies the limits.

    Args:
        limits: How many jobs are accepted.
        store: Has the jobs of the last day.
        queue: Has the jobs that wait.
        seconds_left: Seconds until a waiting job's end; None if unknown.
    """

    def __init__(
        self,
        limits: Limits,
        store: Store,
        queue: FairQueue,
        seconds_left: Callable[[int], float | None],
    ) -> None:
        self._limits = limits
        self._store = store
        self._queue = queue
        self._seconds_left = seconds_left
        # /forget deletes a user's jobs but not the day's share that they have used. Memory alone holds it, so that
        # nothing about a forgotten user is on the disk.
        self._forgotten: dict[int, list[datetime]] = {}

    async def refusal(self, user_id: int) -> QueueError | None:
        """Why another job of this user cannot be accepted; None if it can."""
        order = self._queue.order()
        if len(order) >= self._limits.queue_size:
            seconds = self._seconds_left(order[0]) if order else None
            return QueueFullError(limit=self._limits.queue_size, seconds=seconds)
        if user_id in self._limits.admins:
            return None
        waiting = self._queue.of(user_id)
        if len(waiting) >= self._limits.waiting_per_person:
            seconds = self._seconds_left(waiting[0]) if waiting else None
            return WaitingLimitError(limit=self._limits.waiting_per_person, seconds=seconds)
        return await self._daily_refusal(user_id)

    async def remember(self, user_id: int) -> None:
        """In the transaction that forgets a user, before it does: remember the day's share that they have used."""
        asked = await self._asked(user_id)
        self._store.after_commit(lambda: self._remember(user_id, asked))

    def _remember(self, user_id: int, asked: list[datetime]) -> None:
        since = self._store.clock() - _DAY
        self._forgotten = {
            one: recent
            for one, times in {**self._forgotten, user_id: asked}.items()
            if (recent := [time for time in times if time > since])
        }

    async def _daily_refusal(self, user_id: int) -> QueueError | None:
        asked, limit = await self._asked(user_id), self._limits.per_day
        if len(asked) < limit:
            return None
        again = asked[-limit] + _DAY - self._store.clock() if limit else None
        return DailyLimitError(limit=limit, seconds=again.total_seconds() if again else None)

    async def _asked(self, user_id: int) -> list[datetime]:
        since = self._store.clock() - _DAY
        forgotten = [time for time in self._forgotten.get(user_id, ()) if time > since]
        return [*forgotten, *await self._store.jobs.asked_since(user_id, since)]
