"""A process to be killed: asks for jobs, paints and delivers them, and never stops by itself.

``python -m tests.auxil.crasher DATABASE CHAT [drain]``: CHAT is an append-only file that stands for
Telegram's servers. A line in it is a message that arrived, whatever this process remembers of it.
With ``drain`` nothing new is asked for, and the process ends when every job is over and told.
"""

from __future__ import annotations

import asyncio
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from core.jobs.dispatcher import Dispatcher, Limits
from core.jobs.models import JobState, Person, Step
from core.jobs.preferences import Part
from core.jobs.store import Store
from core.style.options import Options
from tests.auxil.engines import QuickEngine
from tests.auxil.sessions import ready

if TYPE_CHECKING:
    from core.engines.protocol import Delay
    from core.jobs.models import Job
    from core.style.events import Progress

PEOPLE = [Person(number, number) for number in (1, 2, 3)]


class Chat:
    """The observer: marks before and after each send, as the bot does."""

    def __init__(self, store: Store, path: Path) -> None:
        self.changed = asyncio.Event()
        self._store = store
        self._file = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT)

    def say(self, what: str, job_id: int) -> None:
        os.write(self._file, f"{what} {job_id}\n".encode())

    async def waiting(self, job: Job, place: int, seconds: float | None) -> None:
        """Nothing to be seen."""

    async def delayed(self, job: Job, place: int, delay: Delay) -> None:
        """Nothing to be seen."""

    async def started(self, job: Job) -> None:
        await self._store.set_status(job.id, job.id)

    async def progressed(self, job: Job, update: Progress, seconds: float | None) -> None:
        """Nothing to be seen."""

    async def finished(self, job: Job) -> None:
        if job.sending is not None:
            self.say("asked", job.id)
        elif job.photo_id is None:
            await self._store.outcome(job.id)
            await self._store.set_sending(job.id, Part.PHOTO)
            self.say("photo", job.id)
            await self._store.mark_photo(job.id, job.id)
        await self._store.deliver_job(job.id)
        self.changed.set()

    async def ended(self, job: Job) -> None:
        self.say(job.state.value, job.id)
        self.changed.set()


async def converse(store: Store, dispatcher: Dispatcher, chat: Chat) -> None:
    """Everybody asks again and again; every third job is cancelled."""
    while True:
        for person in PEOPLE:
            session = await store.session(person)
            if session.step is not Step.PRESET:
                session = await ready(store, person)
            job = await dispatcher.submit(session, Options())
            chat.say("accepted", job.id)
            if job.id % 3 == 0:
                await dispatcher.cancel(job.id)
        chat.changed.clear()
        await chat.changed.wait()


async def drain(store: Store, chat: Chat) -> None:
    while await store.untold() or await store.jobs_in(
        JobState.QUEUED, JobState.RUNNING, JobState.FINISHED
    ):
        # Telling is noted after the observer's call, so this looks again without being called.
        try:
            await asyncio.wait_for(chat.changed.wait(), 0.05)
        except TimeoutError:
            continue
        chat.changed.clear()


async def main(database: Path, chat_file: Path, *, draining: bool) -> None:
    print("ready", flush=True)  # noqa: T201
    async with await Store.open(database) as store:
        chat = Chat(store, chat_file)
        limits = Limits(queue_size=10_000, waiting_per_person=10_000, per_day=100_000)
        engine = QuickEngine(0.001)
        dispatcher = Dispatcher(store, engine, chat, cost=lambda _, __: 1.0, limits=limits)
        await dispatcher.start()
        if draining:
            await drain(store, chat)
        else:
            await converse(store, dispatcher, chat)
        await dispatcher.close()


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1]), Path(sys.argv[2]), draining="drain" in sys.argv))
