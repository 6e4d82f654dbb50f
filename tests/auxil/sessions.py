"""Conversations that are ready for a job."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING

from core.jobs.models import Job, Person, Session
from core.style.options import Options

if TYPE_CHECKING:
    from core.jobs.store import Store

ANNA = Person(chat_id=100, user_id=1)
BERT = Person(chat_id=200, user_id=2)
CLEO = Person(chat_id=300, user_id=3)

_messages = itertools.count(1)


async def ready(
    store: Store,
    person: Person = ANNA,
    *,
    content: bytes = b"a photo",
    style: bytes = b"a painting",
) -> Session:
    """A stored conversation with both pictures."""
    first = await store.add_picture(
        person, content, message_id=next(_messages), width=640, height=480
    )
    second = await store.add_picture(
        person, style, message_id=next(_messages), width=500, height=400, album="album"
    )
    session = Session(person=person, content=first, style=second)
    await store.save_session(session)
    return session


async def a_job(store: Store, person: Person = ANNA, options: Options | None = None) -> Job:
    """A queued job."""
    return await store.create_job(await ready(store, person), options or Options())


async def a_running_job(store: Store, person: Person = ANNA) -> Job:
    return await store.start_job((await a_job(store, person)).id)
