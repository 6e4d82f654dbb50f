"""People, and what they have in the store: sessions that are ready for a job, and jobs in each state."""

from __future__ import annotations

import itertools
from contextlib import asynccontextmanager, suppress
from typing import TYPE_CHECKING

from core.jobs.models import EMPTY_SESSION, Job, Person, Role, Session
from core.jobs.preferences import DEFAULT_HANDOVER
from core.style.options import Options
from tests.auxil.engines import a_result

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from core.jobs.models import SentPicture
    from core.jobs.preferences import Handover
    from core.jobs.store import Store
    from core.style.progress import Result

ANNA = Person(chat_id=100, user_id=1)
BERT = Person(chat_id=200, user_id=2)
CLEO = Person(chat_id=300, user_id=3)

_messages = itertools.count(1)


@asynccontextmanager
async def undone_transaction(store: Store) -> AsyncIterator[None]:
    """A transaction in which something fails at its end."""
    with suppress(ZeroDivisionError):
        async with store.transaction():
            yield
            raise ZeroDivisionError


async def a_picture(
    store: Store,
    person: Person = ANNA,
    data: bytes = b"a photo",
    *,
    size: tuple[int, int] = (640, 480),
    album: str | None = None,
) -> SentPicture:
    """A stored picture that nothing refers to yet."""
    return await store.pictures.add(
        person, data, message_id=next(_messages), size=size, album=album
    )


async def a_message(
    store: Store,
    person: Person = ANNA,
    role: Role = Role.QUESTION,
    *,
    job_id: int | None = None,
    message_id: int | None = None,
    captioned: bool = False,
) -> int:
    """The row of a message of the bot, which was sent if it has a number."""
    async with store.transaction():
        row, _, _ = await store.outbox.next_ids()
        await store.outbox.add_message(person, row, role, job_id=job_id, captioned=captioned)
        if message_id is not None:
            await store.outbox.set_message(row, message_id=message_id, captioned=captioned)
    return row


async def ready(
    store: Store,
    person: Person = ANNA,
    *,
    content: bytes = b"a photo",
    style: bytes = b"a painting",
) -> Session:
    """A stored session with both pictures."""
    async with store.transaction():
        session = Session(
            content=await a_picture(store, person, content),
            style=await a_picture(store, person, style, size=(500, 400), album="album"),
        )
        await store.sessions.save(person, session)
    return session


async def submit(
    store: Store,
    session: Session,
    person: Person = ANNA,
    options: Options | None = None,
    handover: Handover = DEFAULT_HANDOVER,
) -> Job:
    """Turn a session into a job, in one transaction as a turn does."""
    assert session.content is not None
    assert session.style is not None
    async with store.transaction():
        await store.sessions.save(person, EMPTY_SESSION)
        return await store.jobs.add(
            person,
            content=session.content,
            style=session.style,
            options=options or Options(),
            handover=handover,
            further=session.further,
        )


async def a_job(store: Store, person: Person = ANNA, options: Options | None = None) -> Job:
    """A queued job."""
    async with store.transaction():
        return await submit(store, await ready(store, person), person, options)


async def repeated(
    store: Store,
    job: Job,
    options: Options | None = None,
    *,
    from_result: bool = False,
    continues: bool = False,
) -> Job:
    """Another queued job with the same pictures."""
    return await store.jobs.add(
        job.person,
        content=job.content,
        style=job.style,
        options=options or Options(),
        handover=DEFAULT_HANDOVER,
        start_from=job.id if from_result else None,
        continues=job.id if continues else None,
    )


async def a_running_job(store: Store, person: Person = ANNA) -> Job:
    return await store.jobs.start((await a_job(store, person)).id)


async def a_finished_job(store: Store, person: Person = ANNA, result: Result | None = None) -> Job:
    """A job whose result is stored and not delivered."""
    job = await a_running_job(store, person)
    return await store.jobs.finish(job.id, result or a_result())


async def a_delivered_job(store: Store, person: Person = ANNA, result: Result | None = None) -> Job:
    job = await a_finished_job(store, person, result)
    await store.jobs.deliver(job.id)
    return await store.jobs.require(job.id)
