"""A link leads to a style for as long as it is wanted and used, and no longer."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from core.jobs.job_errors import PictureGoneError
from core.jobs.models import LINK_DAYS, MAX_SHARED
from tests.auxil.sessions import ANNA, BERT, a_delivered_job, a_picture

if TYPE_CHECKING:
    from core.jobs.store import Store
    from tests.core.jobs.conftest import Clock

DAY = timedelta(days=1)


async def shared(store: Store, code: str) -> int:
    """A picture of Anna's that is a style of hers no longer, and shared."""
    picture = await a_picture(store)
    await store.shares.add(ANNA.user_id, code, picture.id)
    await store.pictures.delete_unreferenced([picture.id])
    return picture.id


async def test_a_link_leads_to_the_picture_and_its_size(store: Store) -> None:
    picture = await a_picture(store)
    await store.shares.add(ANNA.user_id, "code", picture.id)

    assert await store.shares.open("code") == (picture.id, (picture.width, picture.height))
    assert await store.shares.open("cod") is None
    assert await store.shares.code_of(ANNA.user_id, picture.id) == "code"
    assert await store.shares.code_of(BERT.user_id, picture.id) is None


async def test_nobody_shares_another_persons_picture(store: Store) -> None:
    picture = await a_picture(store)
    await store.shares.add(BERT.user_id, "code", picture.id)
    assert await store.shares.open("code") is None


async def test_a_link_outlives_the_job_and_ends_unused(store: Store, clock: Clock) -> None:
    job = await a_delivered_job(store)
    await store.shares.add(ANNA.user_id, "code", job.style.id)
    for _ in range(2):
        clock.pass_by(days=LINK_DAYS - 1)
        await store.housekeeping.clean(results_older_than=DAY)
        assert await store.shares.open("code") is not None
    assert await store.pictures.data(job.style.id)

    clock.pass_by(days=LINK_DAYS + 1)
    await store.housekeeping.clean(results_older_than=DAY)

    assert await store.shares.open("code") is None
    with pytest.raises(PictureGoneError):
        await store.pictures.data(job.style.id)


async def test_of_too_many_the_one_unused_for_longest_goes(store: Store, clock: Clock) -> None:
    pictures = []
    for number in range(MAX_SHARED):
        clock.pass_by(minutes=1)
        pictures.append(await shared(store, f"{number}"))
    clock.pass_by(minutes=1)
    await store.shares.open("0")
    newest = await a_picture(store)

    assert await store.shares.add(ANNA.user_id, "newest", newest.id) == [pictures[1]]

    assert await store.shares.count(ANNA.user_id) == MAX_SHARED
    assert await store.shares.open("1") is None
    assert await store.shares.open("0") is not None


async def test_links_are_taken_back_one_or_all_and_by_their_owner_only(store: Store) -> None:
    first, second, third = [await shared(store, code) for code in ("a", "b", "c")]

    assert await store.shares.remove(BERT.user_id, "a") == []
    assert await store.shares.remove(BERT.user_id) == []
    assert await store.shares.remove(ANNA.user_id, "a") == [first]
    assert await store.shares.open("a") is None
    assert sorted(await store.shares.remove(ANNA.user_id)) == [second, third]
    assert await store.shares.count(ANNA.user_id) == 0


async def test_room_is_made_from_shared_styles_too(store: Store) -> None:
    picture = await shared(store, "code")

    await store.housekeeping.make_room(ANNA.user_id, 1000, 1000)

    assert await store.shares.open("code") is None
    with pytest.raises(PictureGoneError):
        await store.pictures.data(picture)
