"""An observer that remembers, and lets the test wait for what it was told."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable

    from core.engines.protocol import Delay
    from core.jobs.models import Job
    from core.jobs.store import Store
    from core.style.events import Progress


class Told(NamedTuple):
    what: str
    job: Job
    place: int | None = None
    seconds: float | None = None
    update: Progress | None = None


class Recorder:
    """Delivers at once, unless ``delivers`` is off; ``hooks`` may raise or hang before a call is taken."""

    def __init__(self, store: Store, *, delivers: bool = True) -> None:
        self.told: list[Told] = []
        self.delivers = delivers
        self.hooks: dict[str, Callable[[Job], object]] = {}
        self._store = store
        self._changed = asyncio.Condition()

    def of(self, what: str, job: Job | None = None) -> list[Told]:
        return [
            one for one in self.told if one.what == what and (job is None or one.job.id == job.id)
        ]

    async def wait(self, what: str, job: Job | None = None, count: int = 1) -> Told:
        """The count-th of these calls, once it came."""
        return await self.wait_until(
            lambda: self.of(what, job)[count - 1] if len(self.of(what, job)) >= count else None
        )

    async def wait_until(self, look: Callable[[], Told | None]) -> Told:
        async with asyncio.timeout(5), self._changed:
            while (found := look()) is None:
                await self._changed.wait()
        return found

    async def waiting(self, job: Job, place: int, seconds: float | None) -> None:
        await self._take(Told("waiting", job, place=place, seconds=seconds))

    async def delayed(self, job: Job, place: int, _delay: Delay) -> None:
        await self._take(Told("delayed", job, place=place))

    async def started(self, job: Job) -> None:
        await self._take(Told("started", job))

    async def progressed(self, job: Job, update: Progress, seconds: float | None) -> None:
        await self._take(Told("progressed", job, update=update, seconds=seconds))

    async def finished(self, job: Job) -> None:
        await self._hook("finished", job)
        if self.delivers:
            job = await self._store.deliver_job(job.id)
        await self._take(Told("finished", job), hook=False)

    async def ended(self, job: Job) -> None:
        await self._take(Told("ended", job))

    async def _take(self, told: Told, *, hook: bool = True) -> None:
        if hook:
            await self._hook(told.what, told.job)
        async with self._changed:
            self.told.append(told)
            self._changed.notify_all()

    async def _hook(self, what: str, job: Job) -> None:
        hook = self.hooks.get(what)
        result = hook(job) if hook else None
        if asyncio.iscoroutine(result):
            await result
