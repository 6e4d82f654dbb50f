"""The engine of a rehearsal: it takes its time, and paints nothing."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from core.engines.handle import LiveHandle
from core.engines.protocol import WorkCancelledError
from tests.auxil.engines import a_progress, a_result
from tests.auxil.pictures import jpeg_bytes, photo, png_bytes
from tests.auxil.visitor import owner_of

if TYPE_CHECKING:
    import random
    from collections.abc import Sequence

    from core.engines.protocol import Work
    from tests.auxil.rehearsal import Scene

TICK = 1.0
"""Seconds between the stub's updates, each with a preview."""

PREVIEW = jpeg_bytes(photo(32, 24))
RESULT = png_bytes(photo(32, 24))


@dataclass
class StubEngine:
    """An engine whose workers wait instead of painting.

    Attributes:
        begun: When whose painting began.
        ended: When it was done.
    """

    scene: Scene
    dice: random.Random
    begun: dict[int, float] = field(default_factory=dict)
    ended: dict[int, float] = field(default_factory=dict)
    speed: float | None = None
    delay: None = None
    batch: int = 1
    _tasks: set[asyncio.Task[None]] = field(default_factory=set)

    @property
    def slots(self) -> int:
        return self.scene.workers

    async def start(self) -> None:
        """Always ready."""

    def submit(self, work: Work) -> LiveHandle:
        handle = LiveHandle(lambda: handle.fail(WorkCancelledError()))
        task = asyncio.create_task(self._paint(work, handle))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return handle

    def submit_together(self, works: Sequence[Work]) -> Sequence[LiveHandle]:
        return [self.submit(work) for work in works]

    async def watch(self) -> None:
        await asyncio.Event().wait()

    async def close(self) -> None:
        for task in self._tasks:
            task.cancel()

    async def _paint(self, work: Work, handle: LiveHandle) -> None:
        clock = asyncio.get_running_loop().time
        begin = self.begun[owner_of(work.content)] = clock()
        seconds = self.scene.seconds * self.dice.uniform(0.75, 1.25)
        evaluations = max(1, round(seconds / TICK))
        for evaluation in range(1, evaluations + 1):
            await asyncio.sleep(seconds / evaluations)
            update = a_progress(
                evaluation,
                evaluations=evaluations,
                elapsed=clock() - begin,
                preview=PREVIEW,
            )
            handle.put(update)
        self.ended[owner_of(work.content)] = clock()
        handle.finish(a_result(RESULT, seconds=seconds))
