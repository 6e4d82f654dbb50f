"""Styles that were used are remembered for as long as photos are, those that are kept for good."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from core.jobs.job_errors import PictureGoneError, StyleGoneError
from core.jobs.models import MAX_STYLES, Person, Style, UsedStyle
from tests.auxil.sessions import ANNA, BERT, a_delivered_job, a_picture

if TYPE_CHECKING:
    from core.jobs.store import Store
    from tests.core.jobs.conftest import Clock

DAY = timedelta(days=1)


async def a_used_style(store: Store, person: Person = ANNA, name: bytes = b"a painting") -> Style:
    """A style that was just used for the first time."""
    async with store.transaction():
        picture = await a_picture(store, person, name)
        used = UsedStyle(picture=picture, thumbnail=b"small " + name)
        gone = await store.styles.note_use(person, used)
        await store.pictures.delete_unreferenced(gone)
    return next(one for one in await store.styles.of(person) if one.picture == picture)


async def keep(store: Store, style: Style, name: str | None = None) -> Style:
    kept = replace(style, kept=True, name=name)
    await store.styles.save(kept)
    return kept


async def pictures(store: Store, person: Person = ANNA) -> list[bytes]:
    return [await store.pictures.data(style.picture.id) for style in await store.styles.of(person)]


async def test_the_latest_come_first_and_the_oldest_goes(store: Store, clock: Clock) -> None:
    for number in range(MAX_STYLES + 2):
        clock.pass_by(minutes=1)
        await a_used_style(store, name=b"%d" % number)

    assert await pictures(store) == [b"%d" % number for number in range(MAX_STYLES + 1, 1, -1)]


async def test_the_pictures_of_forgotten_styles_are_told(store: Store, clock: Clock) -> None:
    first = await a_used_style(store)
    for _ in range(MAX_STYLES - 1):
        clock.pass_by(minutes=1)
        await a_used_style(store)
    clock.pass_by(minutes=1)
    used = UsedStyle(picture=await a_picture(store), thumbnail=b"small")
    assert await store.styles.note_use(ANNA, used) == [first.picture.id]


async def test_a_style_that_is_used_again_is_the_latest_and_no_second_one(
    store: Store, clock: Clock
) -> None:
    first = await a_used_style(store, name=b"1")
    clock.pass_by(minutes=1)
    second = await a_used_style(store, name=b"2")
    clock.pass_by(minutes=1)

    looks_alike = UsedStyle(picture=await a_picture(store), thumbnail=b"small", same_as=first.id)
    await store.styles.note_use(ANNA, looks_alike)
    assert [style.id for style in await store.styles.of(ANNA)] == [first.id, second.id]
    clock.pass_by(minutes=1)
    await store.styles.note_use(ANNA, UsedStyle(picture=second.picture, thumbnail=b"small"))
    assert [style.id for style in await store.styles.of(ANNA)] == [second.id, first.id]


async def test_kept_styles_outlive_their_job_and_the_rest_goes_with_the_photos(
    store: Store, clock: Clock
) -> None:
    job = await a_delivered_job(store)
    await store.styles.note_use(ANNA, UsedStyle(picture=job.style, thumbnail=b"small"))
    (used,) = await store.styles.of(ANNA)
    kept = await keep(store, used)
    let_go = await a_used_style(store, name=b"let go")
    clock.pass_by(days=1)

    await store.housekeeping.clean(results_older_than=DAY)
    clock.pass_by(days=40)
    await store.housekeeping.clean(results_older_than=DAY)

    assert await store.styles.of(ANNA) == (kept,)
    assert await pictures(store) == [b"a painting"]
    with pytest.raises(PictureGoneError):
        await store.pictures.data(let_go.picture.id)


async def test_a_style_that_is_let_go_stays_as_long_as_one_that_was_just_used(
    store: Store, clock: Clock
) -> None:
    kept = await keep(store, await a_used_style(store))
    clock.pass_by(days=40)

    await store.styles.save(replace(kept, kept=False))
    clock.pass_by(hours=23)
    await store.housekeeping.clean(results_older_than=DAY)
    assert len(await store.styles.of(ANNA)) == 1
    clock.pass_by(hours=1)
    await store.housekeeping.clean(results_older_than=DAY)
    assert await store.styles.of(ANNA) == ()
    assert await store._database.rows("SELECT id FROM pictures") == []


async def test_another_name_makes_no_style_younger(store: Store, clock: Clock) -> None:
    older, younger = await a_used_style(store), await a_used_style(store)
    clock.pass_by(hours=1)
    await store.styles.save(replace(older, name="Waves"))
    assert [style.id for style in await store.styles.of(ANNA)] == [younger.id, older.id]


async def test_kept_styles_come_first_and_leave_one_place_for_the_latest(
    store: Store, clock: Clock
) -> None:
    for number in range(MAX_STYLES):
        clock.pass_by(minutes=1)
        await keep(store, await a_used_style(store, name=b"%d" % number))
    for name in (b"late", b"latest"):
        clock.pass_by(minutes=1)
        await a_used_style(store, name=name)

    assert await pictures(store) == [*(b"%d" % number for number in range(MAX_STYLES)), b"latest"]


async def test_a_style_that_is_let_go_takes_the_place_of_an_older_one(
    store: Store, clock: Clock
) -> None:
    kept = [await keep(store, await a_used_style(store)) for _ in range(MAX_STYLES)]
    older = await a_used_style(store)
    clock.pass_by(minutes=1)
    await store.styles.save(replace(kept[0], kept=False))

    assert await store.styles.forget_oldest(ANNA) == [older.picture.id]
    assert [style.id for style in await store.styles.of(ANNA)] == [
        *(style.id for style in kept[1:]),
        kept[0].id,
    ]


async def test_a_name_and_an_open_question_come_back(store: Store, clock: Clock) -> None:
    style = await a_used_style(store)
    asked = replace(style, name="Old & master", kept=True, prompt_id=71, prompted=clock())

    await store.styles.save(asked)
    assert await store.styles.of(ANNA) == (asked,)

    answered = replace(asked, prompt_id=None, prompted=None)
    await store.styles.save(answered)
    assert await store.styles.of(ANNA) == (answered,)


async def test_a_thumbnail_goes_with_its_style(store: Store) -> None:
    style = await a_used_style(store)
    assert await store.styles.thumbnail(style.id) == b"small a painting"

    await store.styles.remove(style.id)

    assert await store.styles.of(ANNA) == ()
    with pytest.raises(StyleGoneError):
        await store.styles.thumbnail(style.id)


async def test_a_removed_styles_picture_stays_for_its_job(store: Store) -> None:
    job = await a_delivered_job(store)
    await store.styles.note_use(ANNA, UsedStyle(picture=job.style, thumbnail=b"small"))
    (style,) = await store.styles.of(ANNA)

    await store.styles.remove(style.id)
    await store.pictures.delete_unreferenced([job.style.id])

    assert await store.pictures.data(job.style.id) == b"a painting"


async def test_styles_belong_to_a_person_in_a_chat(store: Store) -> None:
    style = await a_used_style(store)
    for other in (BERT, Person(chat_id=-7, user_id=ANNA.user_id)):
        assert await store.styles.of(other) == ()
        same = UsedStyle(
            picture=await a_picture(store, other), thumbnail=b"small", same_as=style.id
        )
        await store.styles.note_use(other, same)
        assert [one.picture for one in await store.styles.of(other)] == [same.picture]


@pytest.mark.parametrize("how", ["forgotten", "another person's"])
async def test_a_picture_that_is_not_theirs_or_gone_is_not_remembered(
    store: Store, how: str
) -> None:
    picture = await a_picture(store, BERT if how == "another person's" else ANNA)
    if how == "forgotten":
        await store.housekeeping.forget(ANNA.user_id)
    await store.styles.note_use(ANNA, UsedStyle(picture=picture, thumbnail=b"small"))
    assert await store.styles.of(ANNA) == ()


@pytest.mark.parametrize("name", ["'); DROP TABLE styles; --", "x' OR '1'='1", "%s ? :name \0"])
async def test_a_name_that_is_sql_is_a_name(store: Store, name: str) -> None:
    kept = await keep(store, await a_used_style(store), name)
    other = await a_used_style(store, BERT, b"another")

    assert await store.styles.of(ANNA) == (kept,)
    assert await store.styles.of(BERT) == (other,)
