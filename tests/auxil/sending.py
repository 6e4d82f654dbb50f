"""The half of the bot that sends: effects go in as a turn decides them, and a chat shows what came of them."""

from __future__ import annotations

from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from bot.conversation.committer import Committer
from bot.conversation.effect_writer import EffectWriter
from bot.conversation.effects import Send
from bot.conversation.job_events import LOOKS_ON
from bot.conversation.state import Policy
from bot.messages.languages import Languages
from bot.messages.status_view import RunningStatus
from bot.telegram.attachments import Attachments
from bot.telegram.calls import Calls
from bot.telegram.outbox import Outbox
from core.jobs.models import Person, Role
from core.jobs.preferences import DEFAULT_HANDOVER
from core.jobs.rows import to_ms
from core.jobs.scheduler import Scheduler
from tests.auxil.bench import batch_key, stages
from tests.auxil.engines import ScriptedEngine, a_progress, a_result
from tests.auxil.pictures import opened
from tests.auxil.sessions import ready, submit
from tests.auxil.waiting import until

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from telegram.ext import ExtBot

    from bot.conversation.effects import Effect
    from bot.conversation.events import Event
    from bot.telegram.limiter import Limiter
    from core.jobs.models import Job
    from core.jobs.preferences import Handover
    from core.jobs.store import Store

ADA, MEI, BEN = Person(11, 11), Person(12, 12), Person(13, 13)


@dataclass(frozen=True)
class Sending:
    """Outbox, limiter and committer, without anything that receives."""

    store: Store
    limiter: Limiter
    committer: Committer
    writer: EffectWriter
    outbox: Outbox

    async def commit(self, *effects: Effect, person: Person = ADA) -> None:
        """Have a turn that decides this."""
        async with self.store.transaction():
            for other, event in await self.writer.write(person, effects):
                await self.committer.apply(other, event)

    async def happen(self, event: Event, person: Person = ADA) -> None:
        """Have a turn about something."""
        await self.committer.handle(person, event)

    async def new_message(self) -> int:
        """The row of a message that the next turn sends."""
        async with self.store.transaction():
            message, _, _ = await self.store.outbox.next_ids()
        return message

    async def message_id(self, message: int) -> int | None:
        """The number of a message in its chat, once Telegram has told it."""
        found = await self.store.outbox.message(message)
        return None if found is None else found.message_id

    async def is_idle(self) -> bool:
        """Whether nothing waits in any chat."""
        return not await self.store.outbox.chats()

    async def all_sent(self) -> None:
        """Wait until nothing waits in any chat."""
        await until(self.is_idle)

    async def running_job(
        self, person: Person = ADA, handover: Handover = DEFAULT_HANDOVER, *, late: bool = False
    ) -> Job:
        """A job that runs, with its status message in the chat; ``late`` if it took too long for its person to look on."""
        async with self.store.transaction():
            session = await ready(self.store, person)
            job = await submit(self.store, session, person, handover=handover)
            message, _, _ = await self.store.outbox.next_ids()
            status = Send(
                text="Preparing.", message=message, role=Role.STATUS, job_id=job.id, silent=True
            )
            await self.writer.write(person, [status])
            job = await self.store.jobs.start(job.id)
            if late:
                created = to_ms(job.created) - 1000 * round(LOOKS_ON + 1)
                await self.store._database.run(
                    "UPDATE jobs SET created = ? WHERE id = ?", (created, job.id)
                )
                await self.store._database.run(
                    "UPDATE messages SET created = ? WHERE job_id = ?", (created, job.id)
                )
        await self.all_sent()
        return await self.store.jobs.require(job.id)

    async def finish(self, job: Job, picture: bytes) -> None:
        """Have a running job end with this picture, as the scheduler does."""
        result = replace(a_result(picture), size=opened(picture).size)
        async with self.store.transaction():
            finished = await self.store.jobs.finish(job.id, result)
            await self.committer.ended(finished, result)

    def show(self, job: Job, evaluation: int, preview: bytes | None = None) -> None:
        """Have a job make progress."""
        progress = a_progress(evaluation, evaluations=1000, preview=preview)
        self.outbox.show(RunningStatus(job, progress, None, preview))


@asynccontextmanager
async def sending_with(
    bot: ExtBot[str], store: Store, limiter: Limiter, **choices: Any
) -> AsyncIterator[Sending]:
    """The outbox at work; ``choices`` are its pace and its pauses."""
    committer = Committer(store, Languages(), Policy())
    calls = Calls(bot, Attachments(store))
    outbox = Outbox(store, bot, committer, calls, limiter, **choices)
    scheduler = Scheduler(store, ScriptedEngine(), committer, stages=stages, batch_key=batch_key)
    committer.connect(scheduler, outbox)
    writer = EffectWriter(store, scheduler, outbox, committer.desk)
    await outbox.start()
    try:
        yield Sending(store, limiter, committer, writer, outbox)
    finally:
        limiter.close()
        await outbox.close()
