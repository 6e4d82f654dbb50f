"""No update is lost before it is handled, and none is handled twice."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from core.jobs.store import Store
from tests.auxil.sessions import ANNA, BERT

if TYPE_CHECKING:
    from pathlib import Path

    from core.jobs.models import Person
    from tests.core.jobs.conftest import Clock

DAY = timedelta(days=1)


def update_of(person: Person) -> str:
    return (
        f'{{"message": {{"from": {{"id": {person.user_id}}}, "chat": {{"id": {person.chat_id}}}}}}}'
    )


async def clean(store: Store) -> None:
    await store.housekeeping.clean(results_older_than=DAY)


async def test_updates_are_kept_until_they_are_handled_oldest_first(path: Path) -> None:
    async with await Store.open(path) as store:
        for number in (12, 10, 11):
            assert await store.updates.add(number, f"update {number}")
        assert await store.updates.finish(10)
    async with await Store.open(path) as store:
        assert list((await store.updates.unhandled()).items()) == [
            (11, ("update 11", 0)),
            (12, ("update 12", 0)),
        ]


async def test_an_update_is_added_once_also_after_it_was_handled(store: Store) -> None:
    assert await store.updates.add(7, "first")
    assert not await store.updates.add(7, "again")
    assert await store.updates.unhandled() == {7: ("first", 0)}
    await store.updates.finish(7)
    assert not await store.updates.add(7, "again")
    assert await store.updates.unhandled() == {}


async def test_an_update_is_handled_once(store: Store) -> None:
    await store.updates.add(7, "update")
    assert await store.updates.finish(7)
    assert not await store.updates.finish(7)
    assert not await store.updates.finish(8)


async def test_nothing_of_a_handled_update_is_kept_but_its_number(store: Store) -> None:
    await store.updates.add(7, "private words")
    await store.updates.finish(7)
    (row,) = await store._database.rows("SELECT id, text FROM updates")
    assert row == {"id": 7, "text": ""}


async def test_tries_are_counted(store: Store) -> None:
    await store.updates.add(7, "update")
    for _ in range(2):
        await store.updates.begin(7)
    assert await store.updates.unhandled() == {7: ("update", 2)}


async def test_the_update_of_somebody_forgotten_is_not_handled(store: Store) -> None:
    await store.updates.add(7, update_of(ANNA))
    await store.updates.add(8, update_of(BERT))
    await store.housekeeping.forget(ANNA.user_id)
    assert not await store.updates.finish(7)
    assert await store.updates.finish(8)


async def test_the_number_of_a_handled_update_is_remembered_when_its_person_is_forgotten(
    store: Store,
) -> None:
    await store.updates.add(7, update_of(ANNA))
    await store.updates.finish(7)
    await store.housekeeping.forget(ANNA.user_id)
    assert not await store.updates.add(7, update_of(ANNA))


async def test_a_handled_updates_number_is_remembered_for_two_days(
    store: Store, clock: Clock
) -> None:
    await store.updates.add(7, "update")
    await store.updates.finish(7)
    clock.pass_by(hours=47)
    await clean(store)
    assert not await store.updates.add(7, "again")
    clock.pass_by(hours=1)
    await clean(store)
    assert await store.updates.add(7, "a year's numbers later")


async def test_an_update_that_was_not_handled_stays_however_old(store: Store, clock: Clock) -> None:
    await store.updates.add(7, "update")
    clock.pass_by(days=60)
    await clean(store)
    assert await store.updates.unhandled() == {7: ("update", 0)}
