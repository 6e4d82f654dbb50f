"""A process to be killed: takes updates in, runs jobs and sends what came of them, and never stops by itself.

``python -m tests.auxil.crasher DATABASE CHAT [drain]``: CHAT is an append-only file that stands for Telegram's servers.
A line in it is a message that arrived, whatever this process remembers of it. With ``drain`` no new update comes in, and
the process ends when every job is over and everything is sent.
"""

from __future__ import annotations

import asyncio
import os
import sys
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from core.jobs.admission import Limits
from core.jobs.models import JobState, Person
from core.jobs.scheduler import Scheduler
from core.jobs.store import Store
from core.style.options import Options
from tests.auxil.bench import batch_key, stages
from tests.auxil.engines import QuickEngine
from tests.auxil.sessions import a_job

if TYPE_CHECKING:
    from core.engines.protocol import Delay
    from core.jobs.models import Job
    from core.jobs.outbox_repository import OutboxRow
    from core.style.progress import Progress, Result

PEOPLE = [Person(number, number) for number in (1, 2, 3)]
IN_FLIGHT = 6
"""Updates that wait for their jobs at the same time."""


class Bot:
    """The smallest bot that keeps its promises: turns are transactions, and what they say waits in the outbox."""

    def __init__(self, store: Store, chat: Path) -> None:
        self._store = store
        self._chat = os.open(chat, os.O_WRONLY | os.O_APPEND | os.O_CREAT)
        self._changed = asyncio.Event()
        limits = Limits(queue_size=10_000, waiting_per_person=10_000, per_day=100_000)
        self.scheduler = Scheduler(
            store, QuickEngine(0.001), self, stages=stages, batch_key=batch_key, limits=limits
        )

    def waiting(self, job: Job, place: int, seconds: float | None, delay: Delay | None) -> None:
        """Nothing to be seen."""

    def running(self, job: Job, progress: Progress | None, seconds: float | None) -> None:
        """Nothing to be seen."""

    async def ended(self, job: Job, result: Result | None) -> None:
        """The scheduler's listener: the end of a job, with what is to be said of it."""
        await self._say("failed" if result is None else "photo", job)

    async def receive_updates(self) -> None:
        """Updates come in without end; the chat knows which of them the bot has confirmed."""
        numbers = await self._store._database.rows("SELECT max(id) AS last FROM updates")
        number = numbers[0]["last"] or 0
        while True:
            number += 1
            await self._store.updates.add(number, str(number))
            self._arrive("update", number)
            await self.handle(number)
            while len(await self._unfinished()) >= IN_FLIGHT:
                await self._pause()

    async def handle_left_updates(self) -> None:
        for number in await self._store.updates.unhandled():
            await self.handle(number)

    async def handle(self, number: int) -> None:
        """A turn: the update is done and its job is there. Every third one is cancelled by a turn of its own."""
        async with self._store.transaction():
            if not await self._store.updates.finish(number):
                return
            person = PEOPLE[number % len(PEOPLE)]
            job = await a_job(self._store, person, Options(seed=number))
            await self._say("accepted", job)
            self._store.after_commit(partial(self.scheduler.add, job))
        if number % 3 == 0:
            async with self._store.transaction():
                if await self._store.jobs.cancel(job.id):
                    await self._say("cancelled", job)
                    self._store.after_commit(partial(self.scheduler.stop, job.id))

    async def send(self, person: Person) -> None:
        """Send what waits for one chat, without end."""
        while True:
            row = await self._store.outbox.next(person.chat_id)
            if row is None:
                await self._pause()
            elif row.effect == "photo":
                await self._send_once(row)
            else:
                self._arrive(row.effect, row.job_id)
                await self._store.outbox.remove(row.id)
                self._changed.set()

    async def drain(self) -> None:
        """Until every job is over and everything is sent."""
        while await self._unfinished() or await self._store.outbox.chats():
            await self._pause()

    async def _send_once(self, row: OutboxRow) -> None:
        assert row.job_id is not None
        if row.begun:
            # An earlier process began to send it and died: it may have arrived.
            async with self._store.transaction():
                await self._store.outbox.remove(row.id)
                job = await self._store.jobs.require(row.job_id)
                await self._say("asked", job)
                await self._store.jobs.deliver(row.job_id)
            return
        await self._store.outbox.begin(row.id)
        self._arrive("photo", row.job_id)
        async with self._store.transaction():
            await self._store.outbox.remove(row.id)
            await self._store.jobs.deliver(row.job_id)
        self._changed.set()

    async def _say(self, what: str, job: Job) -> None:
        _, _, turn = await self._store.outbox.next_ids()
        await self._store.outbox.add(job.person, what, turn=turn, job_id=job.id)
        self._store.after_commit(self._changed.set)

    async def _unfinished(self) -> list[Job]:
        return await self._store.jobs.in_states(
            JobState.QUEUED, JobState.RUNNING, JobState.FINISHED
        )

    async def _pause(self) -> None:
        self._changed.clear()
        with suppress(TimeoutError):
            async with asyncio.timeout(0.02):
                await self._changed.wait()

    def _arrive(self, what: str, number: int | None) -> None:
        os.write(self._chat, f"{what} {number}\n".encode())


async def main(database: Path, chat: Path, *, draining: bool) -> None:
    print("ready", flush=True)  # noqa: T201
    async with await Store.open(database) as store:
        bot = Bot(store, chat)
        await bot.scheduler.start()
        sending = [asyncio.create_task(bot.send(person)) for person in PEOPLE]
        await bot.handle_left_updates()
        if draining:
            await bot.drain()
        else:
            await bot.receive_updates()
        for task in sending:
            task.cancel()
        await asyncio.gather(*sending, return_exceptions=True)
        await bot.scheduler.close()


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1]), Path(sys.argv[2]), draining="drain" in sys.argv))
