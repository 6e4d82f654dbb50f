"""Styles that were used are remembered for as long as photos are, those that are kept for good."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from core.jobs.job_errors import PictureGoneError, StyleGoneError, TooManyStylesError
from core.jobs.models import Person, Style
from core.jobs.styles import MOST
from core.style.options import Options
from tests.auxil.engines import an_outcome
from tests.auxil.sessions import ANNA, BERT, ready

if TYPE_CHECKING:
    from core.jobs.store import Store
    from tests.core.jobs.conftest import Clock

DAY = timedelta(days=1)
HOUR = timedelta(hours=1)


async def a_used_style(
    store: Store, person: Person = ANNA, picture: bytes = b"a painting"
) -> Style:
    """A painting that is over, whose style was remembered."""
    session = await ready(store, person, style=picture)
    assert session.style is not None
    job = await store.start_job((await store.create_job(session, Options())).id)
    await store.finish_job(job.id, an_outcome())
    await store.deliver_job(job.id)
    await store.note_style(person, session.style, b"small " + picture)
    return next(one for one in await store.styles(person) if one.picture.id == session.style.id)


async def pictures(store: Store, person: Person = ANNA) -> list[bytes]:
    return [await store.picture(style.picture.id) for style in await store.styles(person)]


async def test_the_latest_come_first_and_the_oldest_goes(store: Store, clock: Clock) -> None:
    for number in range(MOST + 2):
        clock.pass_by(minutes=1)
        await a_used_style(store, picture=b"%d" % number)

    assert await pictures(store) == [b"%d" % number for number in range(MOST + 1, 1, -1)]


async def test_a_style_that_is_used_again_is_the_latest_and_no_second_one(
    store: Store, clock: Clock
) -> None:
    first = await a_used_style(store, picture=b"1")
    clock.pass_by(minutes=1)
    second = await a_used_style(store, picture=b"2")
    clock.pass_by(minutes=1)

    await store.note_style(ANNA, second.picture, b"small", same_as=first.id)
    assert [style.id for style in await store.styles(ANNA)] == [second.id, first.id]
    clock.pass_by(minutes=1)
    await store.note_style(ANNA, first.picture, b"small")

    assert [style.id for style in await store.styles(ANNA)] == [first.id, second.id]


async def test_what_is_kept_outlives_its_painting_and_the_rest_goes_with_the_photos(
    store: Store, clock: Clock
) -> None:
    kept = await a_used_style(store, picture=b"kept")
    let_go = await a_used_style(store, picture=b"let go")
    await store.keep_style(ANNA, kept.id, keep=True)
    clock.pass_by(days=1)

    await store.clean(results_older_than=DAY)
    clock.pass_by(days=40)
    await store.clean(results_older_than=DAY)

    assert await pictures(store) == [b"kept"]
    with pytest.raises(StyleGoneError):
        await store.style(ANNA, let_go.id)
    with pytest.raises(PictureGoneError):
        await store.picture(let_go.picture.id)

    await store.keep_style(ANNA, kept.id, keep=False)
    clock.pass_by(days=1)
    await store.clean(results_older_than=DAY)
    assert await store.styles(ANNA) == []
    clock.pass_by(hours=1)
    await store.clean(results_older_than=DAY)
    assert await store._database.rows("SELECT id FROM pictures") == []


async def test_those_that_are_kept_come_first_and_have_a_limit(store: Store, clock: Clock) -> None:
    for number in range(MOST):
        style = await a_used_style(store, picture=b"%d" % number)
        await store.keep_style(ANNA, style.id, keep=True)
    clock.pass_by(minutes=1)
    late = await a_used_style(store, picture=b"late")

    with pytest.raises(TooManyStylesError, match=f"keep {MOST} styles"):
        await store.name_style(ANNA, late.id, "Late")

    assert await pictures(store) == [*(b"%d" % number for number in range(MOST)), b"late"]
    assert (await store.style(ANNA, late.id)).name is None


async def test_a_name_keeps(store: Store, clock: Clock) -> None:
    style = await a_used_style(store)
    named = await store.name_style(ANNA, style.id, "Old & master")
    assert (named.name, named.kept) == ("Old & master", True)
    clock.pass_by(days=9)
    await store.clean(results_older_than=DAY)
    assert await store.styles(ANNA) == [named]


async def test_a_removed_style_goes_when_nothing_needs_its_picture(store: Store) -> None:
    style = await a_used_style(store)
    await store.remove_style(ANNA, style.id)
    assert await store.styles(ANNA) == []
    assert await store.picture(style.picture.id) == b"a painting"  # its painting's buttons need it
    with pytest.raises(StyleGoneError):
        await store.remove_style(ANNA, style.id)

    unused = await store.add_picture(ANNA, b"unused", message_id=1, width=64, height=64)
    await store.note_style(ANNA, unused, b"small")
    (found,) = await store.styles(ANNA)
    await store.remove_style(ANNA, found.id)
    with pytest.raises(PictureGoneError):
        await store.picture(unused.id)


async def test_styles_belong_to_a_person_in_a_chat(store: Store) -> None:
    style = await a_used_style(store)
    for other in (BERT, Person(chat_id=-7, user_id=ANNA.user_id)):
        assert await store.styles(other) == []
        with pytest.raises(StyleGoneError):
            await store.style(other, style.id)
        with pytest.raises(StyleGoneError):
            await store.name_style(other, style.id, "mine")
        with pytest.raises(StyleGoneError):
            await store.remove_style(other, style.id)


async def test_words_name_what_they_answer(store: Store, clock: Clock) -> None:
    first, second = await a_used_style(store, picture=b"1"), await a_used_style(store, picture=b"2")
    assert await store.style_to_name(ANNA, reply_to=None, within=HOUR) is None
    await store.prompt_for_name(first.id, 71)
    clock.pass_by(minutes=1)
    await store.prompt_for_name(second.id, 72)

    assert await store.style_to_name(ANNA, reply_to=None, within=HOUR) == (second.id, 72)
    assert await store.style_to_name(ANNA, reply_to=71, within=HOUR) == (first.id, 71)
    assert await store.style_to_name(ANNA, reply_to=70, within=HOUR) is None
    assert await store.style_to_name(BERT, reply_to=None, within=HOUR) is None

    clock.pass_by(hours=2)
    assert await store.style_to_name(ANNA, reply_to=None, within=HOUR) is None
    assert await store.style_to_name(ANNA, reply_to=72, within=HOUR) == (second.id, 72)
    await store.prompt_for_name(second.id, None)
    assert await store.style_to_name(ANNA, reply_to=72, within=HOUR) is None


async def test_a_picture_that_is_gone_is_not_remembered(store: Store) -> None:
    picture = await store.add_picture(ANNA, b"gone", message_id=1, width=64, height=64)
    await store.forget(ANNA.user_id)
    await store.note_style(ANNA, picture, b"small")
    assert await store.styles(ANNA) == []
