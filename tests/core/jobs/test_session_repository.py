"""What a person sent stands, also after a restart."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from core.jobs.job_errors import PictureGoneError
from core.jobs.models import EMPTY_SESSION, Person, Session, Step
from core.jobs.preferences import Wishes
from core.jobs.store import Store
from core.style.options import Colours, Preset
from tests.auxil.sessions import ANNA, BERT, a_message, a_picture, ready

if TYPE_CHECKING:
    from pathlib import Path

    from tests.core.jobs.conftest import Clock


async def asked(store: Store, session: Session, person: Person = ANNA) -> Session:
    """The session with an open question that was not sent yet."""
    session = replace(session, question=await a_message(store, person))
    await store.sessions.save(person, session)
    return session


async def test_somebody_new_begins_with_the_content_photo(store: Store) -> None:
    session = await store.sessions.get(ANNA)
    assert (session, session.step) == (EMPTY_SESSION, Step.CONTENT)


async def test_a_session_survives_a_restart_at_each_step(path: Path) -> None:
    steps = []
    session = EMPTY_SESSION
    for name in ("content", "style"):
        async with await Store.open(path) as store:
            picture = await a_picture(store, data=name.encode(), album="album")
            brought = Session(content=session.content or picture, style=session.content and picture)
            session = await asked(store, brought)

        async with await Store.open(path) as store:
            assert await store.sessions.get(ANNA) == session
            assert await store.pictures.data(picture.id) == name.encode()
            steps.append((await store.sessions.get(ANNA)).step)
    assert steps == [Step.STYLE, Step.PRESET]


async def test_the_styles_of_an_album_stay_with_the_session_and_go_with_it(
    store: Store, clock: Clock
) -> None:
    further = tuple([await a_picture(store, album="album") for _ in range(2)])
    session = await asked(store, replace(await ready(store), further=further))
    assert await store.housekeeping.clean(results_older_than=timedelta()) == 0
    assert await store.sessions.get(ANNA) == session
    await store.sessions.save(ANNA, replace(session, further=further[1:]))
    assert await store.housekeeping.clean(results_older_than=timedelta()) == 1
    assert (await store.sessions.get(ANNA)).further == further[1:]
    clock.pass_by(days=30)
    assert await store.housekeeping.clean(results_older_than=timedelta()) == 3


async def test_what_is_wanted_of_the_next_painting_survives_a_restart(path: Path) -> None:
    wishes = Wishes(
        preset=Preset.FINE,
        strength=0.9,
        colours=Colours.LUMINANCE,
        swapped=True,
        style_message=4,
        content_message=5,
    )
    async with await Store.open(path) as store:
        await asked(store, replace(await ready(store), wishes=wishes))
    async with await Store.open(path) as store:
        assert (await store.sessions.get(ANNA)).wishes == wishes


async def test_who_is_forgotten_leaves_no_styles_of_an_album_and_no_wishes(store: Store) -> None:
    further = (await a_picture(store, album="album"),)
    wishes = Wishes(strength=0.9, swapped=True)
    for person in (ANNA, BERT):
        session = await ready(store, person)
        mine = further if person == ANNA else ()
        await asked(store, replace(session, further=mine, wishes=wishes), person)
    await store.housekeeping.forget(ANNA.user_id)
    assert await store._database.rows("SELECT * FROM session_styles") == []
    assert [row["wishes"] for row in await store._database.rows("SELECT wishes FROM sessions")] == [
        wishes.to_json()
    ]


async def test_a_questions_number_is_known_once_telegram_told_it(store: Store) -> None:
    session = await asked(store, await ready(store))
    assert session.question is not None
    assert (await store.sessions.get(ANNA)).question_message_id is None

    await store.outbox.set_message(session.question, message_id=71, captioned=False)

    assert await store.sessions.get(ANNA) == replace(session, question_message_id=71)


async def test_each_person_in_a_group_has_their_own(store: Store, clock: Clock) -> None:
    here, there = Person(chat_id=-5, user_id=1), Person(chat_id=-5, user_id=2)
    session = await ready(store, there)

    assert await store.sessions.get(there) == session
    assert await store.sessions.get(here) == EMPTY_SESSION
    assert await store.sessions.people_in(-5) == [there]
    clock.pass_by(minutes=1)
    await ready(store, here)
    assert await store.sessions.people_in(-5) == [there, here]


async def test_a_user_is_found_in_every_chat(store: Store, clock: Clock) -> None:
    group = Person(chat_id=-5, user_id=ANNA.user_id)
    for person in (group, BERT, ANNA):
        await ready(store, person)
        clock.pass_by(minutes=1)
    assert await store.sessions.chats_of(ANNA.user_id) == [group, ANNA]


async def test_a_session_is_replaced_whole(store: Store) -> None:
    session = await asked(store, await ready(store))
    swapped = Session(content=session.style, style=session.content)

    await store.sessions.save(ANNA, swapped)

    assert await store.sessions.get(ANNA) == swapped


async def test_an_empty_session_leaves_nothing(store: Store) -> None:
    await ready(store)

    await store.sessions.save(ANNA, EMPTY_SESSION)
    await store.sessions.save(BERT, EMPTY_SESSION)

    assert await store.sessions.get(ANNA) == EMPTY_SESSION
    assert await store._database.rows("SELECT * FROM sessions") == []


async def test_nobody_can_use_another_ones_picture(store: Store) -> None:
    mine = await a_picture(store, ANNA)
    with pytest.raises(PictureGoneError):
        await store.sessions.save(BERT, Session(content=mine))
    assert await store.sessions.get(BERT) == EMPTY_SESSION


async def test_a_picture_that_is_gone_cannot_be_used(store: Store) -> None:
    session = await ready(store)
    gone = await a_picture(store)
    await store.pictures.delete_unreferenced([gone.id])
    with pytest.raises(PictureGoneError):
        await store.sessions.save(ANNA, replace(session, style=gone))
    assert await store.sessions.get(ANNA) == session
