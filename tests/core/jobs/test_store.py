"""What several repositories do in one transaction happens entirely or not at all."""

from __future__ import annotations

import asyncio
import random
from contextlib import suppress
from functools import partial
from typing import TYPE_CHECKING

import pytest

from core.jobs.job_errors import PictureGoneError, StoreBusyError
from core.jobs.models import EMPTY_SESSION, Session, Step
from tests.auxil.sessions import (
    ANNA,
    BERT,
    CLEO,
    a_job,
    a_picture,
    ready,
    submit,
    undone_transaction,
)

if TYPE_CHECKING:
    from pathlib import Path

    from core.jobs.store import Store


async def jobs_of_all(store: Store) -> list[int]:
    return [job.id for job in await store.jobs.in_states()]


async def value(store: Store) -> str | None:
    return await store.preferences.value("key")


async def set_value(store: Store, text: str) -> None:
    await store.preferences.set_value("key", text)


async def test_what_a_task_begins_inside_its_transaction_joins_it(
    store: Store, another_store: Store
) -> None:
    async with store.transaction():
        await set_value(store, "outer")
        async with store.transaction():
            job = await a_job(store)
        assert await jobs_of_all(store) == [job.id]
        assert await value(store) == "outer"
        assert await jobs_of_all(another_store) == []
    assert await jobs_of_all(another_store) == [job.id]
    assert await value(another_store) == "outer"


async def test_an_inner_transaction_is_undone_with_the_outer_one(store: Store) -> None:
    async with undone_transaction(store):
        await a_job(store)
        await set_value(store, "undone")
    assert (await jobs_of_all(store), await value(store)) == ([], None)


async def test_an_error_of_a_repository_undoes_the_whole_transaction(store: Store) -> None:
    gone = await a_picture(store)
    await store.pictures.delete_unreferenced([gone.id])

    async def turn() -> None:
        async with store.transaction():
            await set_value(store, "undone")
            await store.sessions.save(ANNA, Session(content=gone))

    with pytest.raises(PictureGoneError):
        await turn()
    assert await value(store) is None


async def test_another_task_waits_with_what_it_reads_and_writes(store: Store) -> None:
    order = []

    async def write() -> None:
        await set_value(store, "another task")
        order.append("written")

    async def read() -> None:
        order.append(f"read: {await value(store)}")

    async with store.transaction():
        others = [asyncio.create_task(one()) for one in (read, write, read)]
        await set_value(store, "this task")
        await a_job(store)
        order.append("done")
    await asyncio.gather(*others)
    assert order == ["done", "read: this task", "written", "read: another task"]


async def test_a_task_that_is_begun_inside_has_no_part_in_it(store: Store) -> None:
    async with undone_transaction(store):
        other = asyncio.create_task(set_value(store, "another task"))
        await a_job(store)
    await other
    assert (await jobs_of_all(store), await value(store)) == ([], "another task")


async def test_callbacks_run_in_order_after_the_commit_and_before_the_next_transaction(
    store: Store,
) -> None:
    order = []

    def note(what: str) -> None:
        order.append((what, store._database._connection.in_transaction))

    async def next_transaction() -> None:
        async with store.transaction():
            note("next transaction")

    async with store.transaction():
        waiting = asyncio.create_task(next_transaction())
        store.after_commit(partial(note, "first callback"))
        async with store.transaction():
            store.after_commit(partial(note, "second callback"))
        await set_value(store, "written")
        note("transaction")
    note("after it")
    await waiting
    assert order == [
        ("transaction", True),
        ("first callback", False),
        ("second callback", False),
        ("after it", False),
        ("next transaction", True),
    ]


async def test_a_callback_sees_what_was_committed(store: Store, another_store: Store) -> None:
    seen = []

    def look() -> None:
        seen.append(asyncio.ensure_future(value(another_store)))

    async with store.transaction():
        store.after_commit(look)
        await set_value(store, "written")
    assert await seen[0] == "written"


async def test_callbacks_never_run_after_a_rollback(store: Store) -> None:
    called = []
    async with undone_transaction(store):
        store.after_commit(lambda: called.append("undone"))
    async with store.transaction():
        store.after_commit(lambda: called.append("done"))
    assert called == ["done"]


async def test_callbacks_never_run_if_the_commit_fails(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    called = []

    async def fail() -> None:
        raise StoreBusyError

    async def turn() -> None:
        async with store.transaction():
            store.after_commit(lambda: called.append("undone"))
            await set_value(store, "undone")

    with monkeypatch.context() as patch:
        patch.setattr(store._database._connection, "commit", fail)
        with pytest.raises(StoreBusyError):
            await turn()
    assert await value(store) is None
    await set_value(store, "done")
    assert called == []


async def test_a_store_is_closed_after_the_transaction_under_way(store: Store, path: Path) -> None:
    async with store.transaction():
        closing = asyncio.create_task(store.close())
        await set_value(store, "written")
    await closing
    async with await type(store).open(path) as later:
        assert await value(later) == "written"


async def test_a_task_cancelled_anywhere_leaves_all_or_nothing(store: Store) -> None:
    """Cancelled after each number of turns of the loop, until one came through uncancelled."""
    called: list[int] = []

    async def turn(session: Session) -> None:
        async with store.transaction():
            store.after_commit(lambda: called.append(1))
            await submit(store, session)

    turns, finished = 0, False
    while not finished:
        session = await ready(store)
        count = len(await store.jobs.of(ANNA))
        called.clear()
        task = asyncio.create_task(turn(session))
        for _ in range(turns):
            await asyncio.sleep(0)
        # Twice, as a shutdown after a time-out does: the second hits the rollback itself.
        task.cancel()
        await asyncio.sleep(0)
        task.cancel()
        (end,) = await asyncio.gather(task, return_exceptions=True)
        finished = not isinstance(end, asyncio.CancelledError)

        made = len(await store.jobs.of(ANNA)) - count
        left = await store.sessions.get(ANNA)
        assert (made, left.step) in {(0, Step.PRESET), (1, Step.CONTENT)}
        # Of a cancelled commit nobody can know, but what is called was committed.
        assert len(called) in {made, 0}
        assert not store._database._connection.in_transaction
        turns += max(1, turns // 8)
    assert turns > 5
    assert called == [1]


async def test_cancelled_tasks_among_others_do_not_mix(store: Store) -> None:
    rng = random.Random(4)
    tasks = [asyncio.create_task(a_job(store, rng.choice([ANNA, BERT]))) for _ in range(60)]
    doomed = rng.sample(tasks, 30)
    for task in doomed:
        for _ in range(rng.randrange(40)):
            await asyncio.sleep(0)
        task.cancel()
    ends = await asyncio.gather(*tasks, return_exceptions=True)

    survived = [end.id for end in ends if not isinstance(end, BaseException)]
    stored = await jobs_of_all(store)
    assert len(survived) >= 30
    assert set(survived) <= set(stored)
    assert await store.sessions.get(ANNA) == await store.sessions.get(BERT) == EMPTY_SESSION
    assert await store._database.pragma("PRAGMA integrity_check") == [("ok",)]
    assert await store._database.pragma("PRAGMA foreign_key_check") == []


async def test_a_transaction_that_was_cancelled_while_it_waited_holds_nobody(store: Store) -> None:
    async with store.transaction():
        waiting = asyncio.create_task(a_job(store, BERT))
        await set_value(store, "written")
        waiting.cancel()
    with suppress(asyncio.CancelledError):
        await waiting
    await a_job(store, CLEO)
    assert [job.person for job in await store.jobs.in_states()] == [CLEO]
