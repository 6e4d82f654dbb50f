"""A dispatcher with everything around it in the test's hands."""

from __future__ import annotations

from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

from core.jobs.dispatcher import Dispatcher
from core.style.options import Options, Preset
from tests.auxil.engines import ScriptedEngine
from tests.auxil.observers import Recorder
from tests.auxil.sessions import ANNA, ready

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from core.jobs.models import Job, JobState, Person
    from core.jobs.store import Store


QUICK = Options(preset=Preset.QUICK)


def cost(options: Options, size: tuple[int, int]) -> float:
    return size[0] * size[1] / 307.2 * (1 if options.preset is Preset.QUICK else 4)


class Bench:
    """A dispatcher with everything around it in the test's hands."""

    def __init__(self, store: Store, engine: ScriptedEngine, **choices: Any) -> None:
        self.store = store
        self.engine = engine
        self.observer = Recorder(store)
        self.dispatcher = Dispatcher(store, engine, self.observer, cost=cost, **choices)

    async def ask(self, person: Person = ANNA, options: Options = QUICK) -> Job:
        return await self.dispatcher.submit(await ready(self.store, person), options)

    async def state(self, job: Job) -> JobState:
        found = await self.store.job(job.id)
        assert found is not None
        return found.state


@asynccontextmanager
async def at_work(
    store: Store, engine: ScriptedEngine | None = None, **choices: Any
) -> AsyncIterator[Bench]:
    bench = Bench(store, engine or ScriptedEngine(speed=100.0), **choices)
    await bench.dispatcher.start()
    try:
        yield bench
    finally:
        await bench.dispatcher.close(patience=0.2)
