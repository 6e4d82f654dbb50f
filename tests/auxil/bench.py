"""A scheduler with everything around it in the test's hands."""

from __future__ import annotations

from contextlib import asynccontextmanager
from functools import partial
from typing import TYPE_CHECKING, Any

from core.jobs.models import ACTIVE
from core.jobs.scheduler import Scheduler
from core.style.options import Options, Preset
from core.style.presets import Stage
from tests.auxil.engines import ScriptedEngine
from tests.auxil.listeners import Recorder
from tests.auxil.sessions import ANNA, a_job

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Hashable

    from core.jobs.models import Job, JobState, Person
    from core.jobs.store import Store


QUICK = Options(preset=Preset.QUICK)


def stages(options: Options, size: tuple[int, int]) -> tuple[Stage, ...]:
    """One scale with ten evaluations: 1000 GFLOP of a photo of 640 x 480 for QUICK, else four times as much."""
    each = size[0] * size[1] / 3072 * (1 if options.preset is Preset.QUICK else 4)
    return Stage(10, 0.0, each), Stage(0, 0.0, each)


def batch_key(options: Options, size: tuple[int, int]) -> Hashable | None:
    """Jobs of one preset and size are alike; CLASSIC is like nothing."""
    return None if options.preset is Preset.CLASSIC else (options.preset, size)


class Bench:
    """A scheduler, and the turns that would use it: each is one transaction."""

    def __init__(self, store: Store, engine: ScriptedEngine, **choices: Any) -> None:
        self.store = store
        self.engine = engine
        self.listener = Recorder(store)
        self.scheduler = Scheduler(
            store, engine, self.listener, stages=stages, batch_key=batch_key, **choices
        )

    async def ask(self, person: Person = ANNA, options: Options = QUICK) -> Job:
        """Submit a job.

        Raises:
            core.jobs.job_errors.QueueError: The scheduler refuses it.
        """
        async with self.store.transaction():
            refusal = await self.scheduler.refusal(person.user_id)
            if refusal is not None:
                raise refusal
            job = await a_job(self.store, person, options)
            self.store.after_commit(partial(self.scheduler.add, job))
        return job

    async def cancel(self, job: Job) -> bool:
        async with self.store.transaction():
            cancelled = await self.store.jobs.cancel(job.id)
            if cancelled:
                self.store.after_commit(partial(self.scheduler.stop, job.id))
        return cancelled

    async def change(self, job: Job, options: Options) -> bool:
        """Have a job go on with other options."""
        async with self.store.transaction():
            changed = await self.store.jobs.change_options(job.id, options)
            if changed:
                now = await self.store.jobs.require(job.id)
                self.store.after_commit(partial(self.scheduler.redirect, now))
        return changed

    async def forget(self, user_id: int) -> None:
        async with self.store.transaction():
            await self.scheduler.forget(user_id)
            for job in await self.store.jobs.of_user(user_id, *ACTIVE):
                self.store.after_commit(partial(self.scheduler.stop, job.id))
            await self.store.housekeeping.forget(user_id)

    async def state(self, job: Job) -> JobState:
        return (await self.store.jobs.require(job.id)).state


@asynccontextmanager
async def at_work(
    store: Store, engine: ScriptedEngine | None = None, **choices: Any
) -> AsyncIterator[Bench]:
    bench = Bench(store, engine or ScriptedEngine(speed=100.0), **choices)
    await bench.scheduler.start()
    try:
        yield bench
    finally:
        await bench.scheduler.close(timeout=0.2)
