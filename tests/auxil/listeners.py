"""A listener that remembers, and lets the test wait for what it was told."""

from __future__ import annotations

import asyncio
from functools import partial
from typing import TYPE_CHECKING, NamedTuple

from tests.auxil.waiting import PATIENCE

if TYPE_CHECKING:
    from collections.abc import Callable

    from core.engines.protocol import Delay
    from core.jobs.models import Job
    from core.jobs.store import Store
    from core.style.progress import Progress, Result


class Told(NamedTuple):
    """One call of the listener; ``what`` is its name."""

    what: str
    job: Job
    place: int | None = None
    seconds: float | None = None
    delay: Delay | None = None
    progress: Progress | None = None
    result: Result | None = None


class Recorder:
    """A ``JobListener``. An end counts as told once its transaction is committed.

    Attributes:
        told: The calls so far, in order.
        hooks: By the name of a call: what is done first, which may raise; for ``ended`` it may be a coroutine function.
    """

    def __init__(self, store: Store) -> None:
        self.told: list[Told] = []
        self.hooks: dict[str, Callable[[Job], object]] = {}
        self._store = store
        self._changed = asyncio.Event()

    def of(self, what: str, job: Job | None = None) -> list[Told]:
        return [
            one for one in self.told if one.what == what and (job is None or one.job.id == job.id)
        ]

    async def wait(self, what: str, job: Job | None = None, count: int = 1) -> Told:
        """The count-th of these calls, once it came. The first ``running`` of an attempt has no progress."""
        return await self.wait_until(lambda: next(iter(self.of(what, job)[count - 1 :]), None))

    async def wait_until(self, look: Callable[[], Told | None]) -> Told:
        async with asyncio.timeout(PATIENCE):
            while (found := look()) is None:
                await self._changed.wait()
        return found

    def waiting(self, job: Job, place: int, seconds: float | None, delay: Delay | None) -> None:
        self._hook("waiting", job)
        self._note(Told("waiting", job, place=place, seconds=seconds, delay=delay))

    def running(self, job: Job, progress: Progress | None, seconds: float | None) -> None:
        self._hook("running", job)
        self._note(Told("running", job, progress=progress, seconds=seconds))

    async def ended(self, job: Job, result: Result | None) -> None:
        done = self._hook("ended", job)
        if asyncio.iscoroutine(done):
            await done
        self._store.after_commit(partial(self._note, Told("ended", job, result=result)))

    def _hook(self, what: str, job: Job) -> object:
        hook = self.hooks.get(what)
        return hook(job) if hook else None

    def _note(self, told: Told) -> None:
        self.told.append(told)
        self._changed.set()
        self._changed = asyncio.Event()
