"""What a person sent stands, also after a restart; what they replaced is gone."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from core.jobs.job_errors import PictureGoneError
from core.jobs.models import Person, Session, Step
from core.jobs.store import Store
from tests.auxil.sessions import ANNA, BERT, ready

if TYPE_CHECKING:
    from pathlib import Path


async def test_somebody_new_begins_with_the_content_photo(store: Store) -> None:
    assert (await store.session(ANNA)).step is Step.CONTENT


async def test_a_conversation_survives_a_restart_at_each_step(path: Path) -> None:
    steps = []
    session = Session(person=ANNA)
    for name in ("content", "style"):
        async with await Store.open(path) as store:
            picture = await store.add_picture(
                ANNA, name.encode(), message_id=7, width=64, height=65
            )
            if name == "content":
                session = replace(session, content=picture)
            else:
                session = replace(session, style=picture, question_id=12)
            await store.save_session(session)

        async with await Store.open(path) as store:
            assert await store.session(ANNA) == session
            assert await store.picture(picture.id) == name.encode()
            steps.append((await store.session(ANNA)).step)
    assert steps == [Step.STYLE, Step.PRESET]


async def test_each_person_in_a_group_has_their_own(store: Store) -> None:
    here, there = Person(chat_id=-5, user_id=1), Person(chat_id=-5, user_id=2)
    session = await ready(store, here)

    assert await store.session(there) == Session(person=there)
    assert await store.sessions() == [session]


async def test_a_replaced_picture_is_deleted(store: Store) -> None:
    session = await ready(store)
    assert session.style is not None
    better = await store.add_picture(ANNA, b"better", message_id=9, width=99, height=98)

    await store.save_session(replace(session, style=better))

    assert await store.picture(better.id) == b"better"
    with pytest.raises(PictureGoneError):
        await store.picture(session.style.id)


async def test_swapping_keeps_both_pictures(store: Store) -> None:
    session = await ready(store)
    swapped = replace(session, content=session.style, style=session.content)

    await store.save_session(swapped)

    assert await store.session(ANNA) == swapped
    assert session.content is not None
    assert await store.picture(session.content.id) == b"a photo"


async def test_an_ended_conversation_leaves_nothing(store: Store) -> None:
    session = await ready(store)
    assert session.content is not None

    await store.end_session(ANNA)
    await store.end_session(BERT)

    assert await store.session(ANNA) == Session(person=ANNA)
    with pytest.raises(PictureGoneError):
        await store.picture(session.content.id)


async def test_nobody_can_use_another_ones_picture(store: Store) -> None:
    mine = await store.add_picture(ANNA, b"mine", message_id=1, width=64, height=64)
    with pytest.raises(PictureGoneError):
        await store.save_session(Session(person=BERT, content=mine))


async def test_updates_are_kept_until_they_were_handled(store: Store) -> None:
    for number in (12, 11):
        await store.keep_update(number, f'{{"update_id": {number}}}')
    await store.drop_update(12)
    assert await store.kept_updates() == {11: '{"update_id": 11}'}


async def test_a_small_thing_is_kept_and_replaced(store: Store) -> None:
    assert await store.value("page") is None
    await store.set_value("page", "1")
    await store.set_value("page", "2")
    assert await store.value("page") == "2"
