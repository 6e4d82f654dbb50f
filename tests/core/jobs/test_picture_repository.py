"""A picture stays as long as something refers to it."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from core.jobs.job_errors import PictureGoneError
from core.jobs.models import EMPTY_SESSION, SentPicture, Session, UsedStyle
from core.jobs.preferences import DEFAULT_HANDOVER
from core.style.options import Options
from tests.auxil.sessions import (
    ANNA,
    BERT,
    a_delivered_job,
    a_job,
    a_picture,
    ready,
    repeated,
    submit,
)

if TYPE_CHECKING:
    from core.jobs.store import Store


async def is_kept(store: Store, picture_id: int) -> bool:
    await store.pictures.delete_unreferenced([picture_id, picture_id, 999])
    try:
        await store.pictures.data(picture_id)
    except PictureGoneError:
        return False
    return True


async def test_a_picture_comes_back(store: Store) -> None:
    picture = await store.pictures.add(ANNA, b"bytes", message_id=7, size=(640, 480), album="album")
    assert picture == SentPicture(id=picture.id, message_id=7, width=640, height=480, album="album")
    assert await store.pictures.data(picture.id) == b"bytes"


async def test_a_blend_keeps_all_its_styles_in_order(store: Store) -> None:
    content, one, two, three = [await a_picture(store) for _ in range(4)]
    job = await store.jobs.add(
        ANNA,
        content=content,
        style=one,
        further=(three, two),
        options=Options(),
        handover=DEFAULT_HANDOVER,
    )
    assert job.styles == (one, three, two)
    assert await is_kept(store, two.id)
    await store.housekeeping.clean(results_older_than=timedelta(0))
    assert (await store.jobs.facts(job)).pictures_kept
    await store.jobs.cancel(job.id)
    await store.housekeeping.clean(results_older_than=timedelta(seconds=-1))
    assert not (await store.jobs.facts(job)).pictures_kept
    with pytest.raises(PictureGoneError):
        await store.jobs.add(
            ANNA,
            content=await a_picture(store),
            style=await a_picture(store),
            further=(two,),
            options=Options(),
            handover=DEFAULT_HANDOVER,
        )
    await store.housekeeping.forget(ANNA.user_id)
    assert await store.jobs.get(job.id) is None


async def test_a_session_remembers_what_it_blends(store: Store) -> None:
    content, style = await a_picture(store), await a_picture(store)
    for session in (
        Session(content=content, style=style, blend_of=3),
        Session(style=style, further_of=4),
    ):
        await store.sessions.save(ANNA, session)
        assert await store.sessions.get(ANNA) == session


async def test_a_built_in_style_is_known_by_its_name_wherever_it_is_used(store: Store) -> None:
    content = await a_picture(store)
    glass = await store.pictures.add(ANNA, b"g", message_id=8, size=(60, 48), builtin="glass")
    session = Session(content=content, style=glass)
    await store.sessions.save(ANNA, session)
    assert (await store.sessions.get(ANNA)).style == glass
    job = await submit(store, session)
    assert (job.content.builtin, job.style.builtin) == (None, "glass")


async def test_a_picture_that_never_was_is_a_typed_error(store: Store) -> None:
    with pytest.raises(PictureGoneError):
        await store.pictures.data(1)


async def test_a_picture_without_references_goes(store: Store) -> None:
    picture, other = await a_picture(store), await a_picture(store)
    assert not await is_kept(store, picture.id)
    assert await store.pictures.data(other.id) == b"a photo"


async def test_a_session_keeps_its_pictures_until_it_lets_them_go(store: Store) -> None:
    session = await ready(store)
    assert session.content is not None
    assert session.style is not None
    assert await is_kept(store, session.content.id)
    assert await is_kept(store, session.style.id)

    await store.sessions.save(ANNA, Session(content=session.content))
    assert not await is_kept(store, session.style.id)
    await store.sessions.save(ANNA, EMPTY_SESSION)
    assert not await is_kept(store, session.content.id)


async def test_a_job_keeps_its_pictures(store: Store) -> None:
    job = await a_job(store)
    assert await is_kept(store, job.content.id)
    assert await is_kept(store, job.style.id)


async def test_a_job_keeps_the_result_it_starts_from(store: Store) -> None:
    again = await repeated(store, await a_delivered_job(store), from_result=True)
    assert again.start_id is not None
    assert await is_kept(store, again.start_id)


async def test_a_style_keeps_its_picture_until_it_is_removed(store: Store) -> None:
    picture = await a_picture(store)
    await store.styles.note_use(ANNA, UsedStyle(picture=picture, thumbnail=b"small"))
    assert await is_kept(store, picture.id)

    (style,) = await store.styles.of(ANNA)
    await store.styles.remove(style.id)
    assert not await is_kept(store, picture.id)


async def test_an_old_id_never_leads_to_a_newer_picture(store: Store) -> None:
    old = await a_picture(store)
    await store.pictures.delete_unreferenced([old.id])
    assert (await a_picture(store, BERT)).id > old.id
