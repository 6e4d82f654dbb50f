"""Who may ask for another job, and when to come back where not."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from core.jobs.job_errors import DailyLimitError, QueueFullError, WaitingLimitError

if TYPE_CHECKING:
    from collections.abc import Callable

    from core.jobs.queue import FairQueue
    from core.jobs.store import Store

_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """How much is taken in.

    Attributes:
        queue_size: How many jobs may wait in all.
        waiting_per_person: How many of one person's.
        per_day: How many one person may ask for within 24 hours; failed ones do not count.
        admins: Users to whom the limits a person do not apply.
    """

    queue_size: int = 100
    waiting_per_person: int = 5
    per_day: int = 50
    admins: frozenset[int] = frozenset()


async def check(
    user_id: int,
    *,
    limits: Limits,
    queue: FairQueue,
    store: Store,
    seconds_left: Callable[[int], float | None],
) -> None:
    """Refuse a job that would be one too many.

    Raises:
        QueueFullError: Too many wait.
        WaitingLimitError: Too many of this person's wait.
        DailyLimitError: This person asked for too many within a day.
    """
    order = queue.order()
    if len(order) >= limits.queue_size:
        raise QueueFullError(
            limit=limits.queue_size, seconds=seconds_left(order[0]) if order else None
        )
    if user_id in limits.admins:
        return
    waiting = queue.of(user_id)
    if len(waiting) >= limits.waiting_per_person:
        seconds = seconds_left(waiting[0]) if waiting else None
        raise WaitingLimitError(limit=limits.waiting_per_person, seconds=seconds)
    now = store.now()
    asked = await store.asked_since(user_id, now - _DAY)
    if len(asked) >= limits.per_day:
        again = asked[-limits.per_day] + _DAY - now if limits.per_day else None
        raise DailyLimitError(
            limit=limits.per_day, seconds=again.total_seconds() if again else None
        )
