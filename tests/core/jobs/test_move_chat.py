"""A group becomes a supergroup and gets another number: everything in it goes along."""

from __future__ import annotations

from typing import TYPE_CHECKING

from core.jobs.models import EMPTY_SESSION, Person, Role, Session, UsedStyle
from tests.auxil.sessions import ANNA, a_job, a_message, a_running_job, ready

if TYPE_CHECKING:
    from core.jobs.store import Store

GROUP, SUPERGROUP = -5, -1005
HERE = Person(chat_id=GROUP, user_id=ANNA.user_id)
THERE = Person(chat_id=SUPERGROUP, user_id=ANNA.user_id)


async def test_everything_in_a_group_goes_along_to_its_new_number(store: Store) -> None:
    job = await a_running_job(store, HERE)
    status = await a_message(store, HERE, Role.STATUS, job_id=job.id, message_id=71)
    photo = await a_message(store, HERE, Role.PHOTO, job_id=job.id)
    await store.outbox.add(HERE, "send", turn=1, message=photo)
    await store.styles.note_use(HERE, UsedStyle(picture=job.style, thumbnail=b"small"))
    question = await a_message(store, HERE, message_id=72)
    session = await ready(store, HERE)
    await store.sessions.save(
        HERE, Session(content=session.content, style=session.style, question=question)
    )

    assert await store.housekeeping.move_chat(GROUP, SUPERGROUP)

    moved = await store.sessions.get(THERE)
    assert (moved.step, moved.question) == (session.step, None)
    assert await store.sessions.get(HERE) == EMPTY_SESSION
    (now,) = await store.jobs.of(THERE)
    assert now.id == job.id
    # What was sent stays sent, under number 0, which no message has; what waits stays waiting.
    assert [(one.id, one.message_id, one.pending) for one in now.messages] == [
        (status, 0, False),
        (photo, None, True),
    ]
    assert now.content.message_id == 0
    assert await store.outbox.message(question) is None
    assert await store.outbox.chats() == [SUPERGROUP]
    (style,) = await store.styles.of(THERE)
    assert style.picture.id == job.style.id
    assert await store._database.rows("SELECT 1 FROM pictures WHERE chat_id = ?", (GROUP,)) == []


async def test_a_session_that_was_begun_in_the_new_group_goes_on(store: Store) -> None:
    await ready(store, HERE)
    new = await ready(store, THERE)
    assert await store.housekeeping.move_chat(GROUP, SUPERGROUP)
    assert await store.sessions.get(THERE) == new
    assert await store.sessions.get(HERE) == EMPTY_SESSION


async def test_an_open_question_for_a_name_is_not_taken_along(store: Store) -> None:
    job = await a_job(store, HERE)
    await store.styles.note_use(HERE, UsedStyle(picture=job.style, thumbnail=b"small"))
    await store._database.run("UPDATE styles SET prompt_id = 71, prompted = 5")
    await store.housekeeping.move_chat(GROUP, SUPERGROUP)
    (style,) = await store.styles.of(THERE)
    assert (style.prompt_id, style.prompted) == (None, None)


async def test_a_question_that_waited_to_be_sent_is_not_sent_to_the_new_group(
    store: Store,
) -> None:
    question = await a_message(store, HERE)
    session = await ready(store, HERE)
    await store.sessions.save(HERE, Session(content=session.content, question=question))
    await store.outbox.add(HERE, "ask", turn=1, message=question)
    await store.outbox.add(HERE, "say", turn=2)

    await store.housekeeping.move_chat(GROUP, SUPERGROUP)

    row = await store.outbox.next(SUPERGROUP)
    assert row is not None
    assert row.effect == "say"


async def test_a_group_in_which_nothing_happened_moves_nothing(store: Store) -> None:
    await ready(store, ANNA)
    assert not await store.housekeeping.move_chat(GROUP, SUPERGROUP)
