"""The dispatcher: takes jobs in, has them painted in a fair order, and loses none."""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING, Final, NamedTuple, TypeVar

from core.jobs.admission import Limits, check
from core.jobs.estimates import Estimator
from core.jobs.job_errors import TooManyCrashesError
from core.jobs.models import JobState
from core.jobs.observer import Observer, Teller
from core.jobs.workshop import ATTEMPTS, Workshop

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Coroutine

    from core.engines.protocol import Delay, Engine
    from core.jobs.estimates import Cost
    from core.jobs.models import Job, Session
    from core.jobs.store import Store
    from core.style.options import Options

__all__ = ["Dispatcher", "Limits", "Observer"]

log = logging.getLogger(__name__)
T = TypeVar("T")

NO_LIMITS: Final = Limits()
LOOK_EVERY: Final = 5.0
"""Seconds after which times left are told anew, and slots counted, when nothing happened."""

TELL_EVERY: Final = 1.0
"""Seconds between two rounds of telling places, at least: a long queue moves often."""


class Dispatcher:
    """Everything about jobs that happens: asked for, waiting, running, cancelled, over.

    It drives the engine but does not own it: whoever made engine and store starts them before
    this and closes them after it.

    Args:
        store: Has the truth; what is told was committed first.
        engine: Does the works.
        observer: Is told.
        cost: GFLOP of a transfer: ``core.style.presets.cost``.
        limits: How much is taken in.
        checkpoint_every: Seconds between the pictures from which a restart goes on.
        full_pauses: Seconds to wait, each time, for room for a result on a full disk.
    """

    def __init__(
        self,
        store: Store,
        engine: Engine,
        observer: Observer,
        *,
        cost: Cost,
        limits: Limits = NO_LIMITS,
        checkpoint_every: float = 30.0,
        full_pauses: tuple[float, ...] = (10.0, 60.0, 300.0),
    ) -> None:
        self._store = store
        self._engine = engine
        self._limits = limits
        self._teller = Teller(store, observer)
        self._estimator = Estimator(store, engine, cost)
        self._workshop = Workshop(
            store,
            engine,
            self._teller,
            self._estimator,
            checkpoint_every=checkpoint_every,
            full_pauses=full_pauses,
        )
        self._door = asyncio.Lock()
        self._whole: set[asyncio.Task[object]] = set()
        self._crier: asyncio.Task[None] | None = None
        self._told: dict[int, _Told] = {}

    async def start(self) -> None:
        """Take up what an earlier process left, and begin.

        RUNNING jobs go on from their checkpoints, before all that wait; those that took the process
        down too often fail. Results that nobody got are delivered, ends that nobody was told are told.
        """
        await self._estimator.load()
        for job in await self._store.jobs_in(JobState.RUNNING):
            if job.attempts >= ATTEMPTS:
                crashed = TooManyCrashesError(attempts=job.attempts)
                await self._store.fail_job(job.id, crashed.spoken)
            else:
                self._workshop.add(await self._store.requeue_job(job.id))
        for job in await self._store.jobs_in(JobState.QUEUED):
            if job.id not in self._workshop.queue:
                self._workshop.add(job)
        for job in await self._store.untold():
            self._teller.ended(job)
        for job in await self._store.jobs_in(JobState.FINISHED):
            self._teller.finished(job)
        self._workshop.open()
        self._crier = asyncio.create_task(self._cry_places(), name="places")

    async def close(self, *, patience: float = 2.0) -> None:
        """Put running jobs back into the queue; at most a few times ``patience`` seconds."""
        if self._whole:
            await asyncio.wait(self._whole, timeout=patience)
        if self._crier is not None:
            self._crier.cancel()
            await asyncio.gather(self._crier, return_exceptions=True)
        await self._workshop.close(patience=patience)
        await self._teller.close(patience=patience)

    async def submit(self, session: Session, options: Options) -> Job:
        """Turn a conversation into a job and let it wait for its turn.

        Raises:
            QueueFullError: Too many wait.
            PersonLimitError: This person has as many as they may.
            SessionOverError: The conversation is not this one any more.
            StoreFullError: There is no room for another result.
        """
        user_id = session.person.user_id
        return await self._to_its_end(
            self._admit(user_id, lambda: self._store.create_job(session, options))
        )

    async def resubmit(self, job: Job, options: Options, *, from_result: bool = False) -> Job:
        """Ask for an old job's pictures again, in other ways; see ``Store.repeat_job``.

        Raises:
            QueueFullError: Too many wait.
            PersonLimitError: This person has as many as they may.
            PictureGoneError: The pictures are not kept any more.
            StoreFullError: There is no room for another result.
        """
        return await self._to_its_end(
            self._admit(
                job.person.user_id,
                lambda: self._store.repeat_job(job, options, from_result=from_result),
            )
        )

    async def cancel(self, job_id: int) -> bool:
        """Cancel a job that is not over; False where it was. A running one stops within an evaluation."""
        return await self._to_its_end(self._cancel(job_id))

    async def forget(self, user_id: int) -> None:
        """Stop everything of a person without a word, and delete it: see ``Store.forget``."""
        await self._to_its_end(self._forget(user_id))

    async def move(self, old: int, new: int) -> bool:
        """A chat got another number: see ``Store.move_chat``."""
        return await self._to_its_end(self._move(old, new))

    def place(self, job_id: int) -> int | None:
        """Its place in the queue, from 1; None where it does not wait."""
        return self._workshop.queue.place(job_id)

    def estimate(self, options: Options, size: tuple[int, int]) -> float | None:
        """Seconds that a transfer takes here from start to end; None before anything was measured.

        Args:
            options: Its choices.
            size: (width, height) of the content picture in pixels.
        """
        return self._estimator.seconds(options, size)

    def seconds_left(self, job_id: int) -> float | None:
        """Seconds until a waiting or running job's end; None where that cannot be told."""
        return self._workshop.seconds_left(job_id)

    async def _admit(self, user_id: int, make: Callable[[], Awaitable[Job]]) -> Job:
        async with self._door:
            await check(
                user_id,
                limits=self._limits,
                queue=self._workshop.queue,
                store=self._store,
                seconds_left=self.seconds_left,
            )
            job = await make()
            self._workshop.add(job)
        place = self.place(job.id)
        if place is not None:
            self._tell_place(job, place, self.seconds_left(job.id))
        return job

    async def _cancel(self, job_id: int) -> bool:
        job = await self._store.cancel_job(job_id)
        if job is None:
            return False
        self._workshop.remove(job_id)
        self._teller.ended(job)
        return True

    async def _forget(self, user_id: int) -> None:
        async with self._door:
            jobs = self._workshop.jobs_of(user_id)
            for job_id in jobs:
                self._workshop.remove(job_id)
            ended = [*await self._store.jobs_in(JobState.FINISHED), *await self._store.untold()]
            unsaid = [job.id for job in ended if job.person.user_id == user_id]
            for job_id in {*unsaid, *jobs}:
                self._teller.drop(job_id)
            await self._store.forget(user_id)

    async def _move(self, old: int, new: int) -> bool:
        async with self._door:
            moved = await self._store.move_chat(old, new)
            for job in await self._store.jobs_in(JobState.QUEUED) if moved else ():
                self._workshop.renew(job)
            return moved

    async def _to_its_end(self, work: Coroutine[object, object, T]) -> T:
        """Once the store has a change, the queue must have it too, even if the caller is cancelled."""
        task = asyncio.create_task(work)
        self._whole.add(task)
        task.add_done_callback(self._whole.discard)
        return await asyncio.shield(task)

    async def _cry_places(self) -> None:
        while True:
            self._workshop.changed.clear()
            try:
                self._workshop.fill()
                self._tell_places()
            except Exception:
                log.exception("Places could not be told.")
            self._workshop.changed.clear()
            await asyncio.sleep(TELL_EVERY)
            try:
                await asyncio.wait_for(self._workshop.changed.wait(), LOOK_EVERY - TELL_EVERY)
            except TimeoutError:
                continue

    def _tell_places(self) -> None:
        waiting = self._workshop.waiting()
        for place, (job, seconds) in enumerate(waiting, start=1):
            if _differs(self._told.get(job.id), self._news(place, seconds)):
                self._tell_place(job, place, seconds)
        self._told = {job.id: self._told[job.id] for job, _ in waiting}

    def _tell_place(self, job: Job, place: int, seconds: float | None) -> None:
        news = self._told[job.id] = self._news(place, seconds)
        if news.delay is not None:
            self._teller.delayed(job, place, news.delay)
        else:
            self._teller.waiting(job, place, seconds)

    def _news(self, place: int, seconds: float | None) -> _Told:
        return _Told(place, seconds, self._engine.delay)


class _Told(NamedTuple):
    """What a person knows of a job that waits."""

    place: int
    seconds: float | None
    delay: Delay | None


def _differs(old: _Told | None, new: _Told) -> bool:
    """Whether a person would care: another place, a delay, or a time that is 5 seconds and a tenth away."""
    if old is None or (old.place, old.delay) != (new.place, new.delay):
        return True
    if old.seconds is None or new.seconds is None:
        return old.seconds is not new.seconds
    return abs(old.seconds - new.seconds) >= max(5.0, 0.1 * new.seconds)
