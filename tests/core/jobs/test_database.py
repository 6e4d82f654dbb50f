"""Damage, a full disk, a second process and cancelled tasks: typed errors and an unharmed file."""

from __future__ import annotations

import asyncio
import random
import shutil
import sqlite3
import stat
from contextlib import closing
from typing import TYPE_CHECKING

import pytest

from core.jobs import database
from core.jobs.job_errors import StoreBusyError, StoreFullError, StoreUnusableError
from core.jobs.models import JobState, Person, Step
from core.jobs.store import Store
from core.sentences import sentence
from core.style.options import Options
from tests.auxil.engines import an_outcome
from tests.auxil.files import damage
from tests.auxil.sessions import ANNA, BERT, CLEO, a_job, a_running_job, ready

if TYPE_CHECKING:
    from pathlib import Path


async def test_only_the_owner_may_read_the_file(store: Store, path: Path) -> None:
    await a_job(store)
    modes = {stat.S_IMODE(file.stat().st_mode) for file in path.parent.iterdir()}
    assert modes == {0o600}
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700


async def test_a_power_cut_after_a_commit_loses_nothing(store: Store) -> None:
    assert await store._database.pragma("PRAGMA synchronous") == [(2,)]  # 2 is FULL
    assert await store._database.pragma("PRAGMA journal_mode") == [("wal",)]
    assert await store._database.pragma("PRAGMA auto_vacuum") == [(2,)]  # 2 is INCREMENTAL


@pytest.mark.parametrize("where", [slice(0, 100), slice(4096, 20 * 4096)], ids=["header", "middle"])
async def test_a_damaged_file_is_set_aside_and_said(
    path: Path, where: slice, caplog: pytest.LogCaptureFixture
) -> None:
    async with await Store.open(path) as store:
        for _ in range(20):
            await ready(store, content=b"x" * 20_000)
    content = damage(path, where)

    async with await Store.open(path) as store:
        assert store.set_aside is not None
        assert store.set_aside.name.startswith("atelier.db.damaged-")
        assert store.set_aside.read_bytes() == content
        assert str(store.set_aside) in caplog.text
        assert (await a_job(store)).state is JobState.QUEUED


async def test_of_a_damaged_file_it_is_known_who_waited(path: Path) -> None:
    async with await Store.open(path) as store:
        await a_job(store, ANNA)
        await a_running_job(store, BERT)
        done = await a_running_job(store, CLEO)
        await store.fail_job(done.id, sentence("No."))
        await ready(store, content=b"x" * 400_000)
    content = damage(path, slice(40 * 4096, 60 * 4096))

    async with await Store.open(path) as store:
        assert store.set_aside is not None
        assert await store.bereft() == [ANNA, BERT]
        assert store.set_aside.read_bytes() == content


async def test_a_place_that_cannot_be_written_is_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("not a folder")
    with pytest.raises(StoreUnusableError, match="Please check DATA_DIR"):
        await Store.open(tmp_path / "file" / "atelier.db")
    (tmp_path / "folder").mkdir()
    with pytest.raises(StoreUnusableError, match="Please check DATA_DIR"):
        await Store.open(tmp_path / "folder")


async def test_a_full_disk_refuses_what_is_new_and_harms_nothing(store: Store) -> None:
    job, session = await a_running_job(store), await ready(store, BERT)
    ((pages,),) = await store._database.pragma("PRAGMA page_count")
    await store._database.pragma(f"PRAGMA max_page_count = {pages + 8}")

    with pytest.raises(StoreFullError, match="no room"):
        await store.add_picture(ANNA, b"x" * 99_999, message_id=1, width=9, height=9)
    with pytest.raises(StoreFullError):
        await store.finish_job(job.id, an_outcome(b"x" * 99_999))

    assert await store.job(job.id) == job
    assert await store.session(BERT) == session
    await store._database.pragma("PRAGMA max_page_count = 1000000")
    assert (await store.finish_job(job.id, an_outcome(b"x" * 99_999))).state is JobState.FINISHED
    assert await store._database.pragma("PRAGMA integrity_check") == [("ok",)]


async def test_the_last_room_is_kept_for_results(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    job, session = await a_running_job(store), await ready(store)
    usage = shutil.disk_usage(store._database.path.parent)
    monkeypatch.setattr(shutil, "disk_usage", lambda _: usage._replace(free=1 << 20))

    with pytest.raises(StoreFullError):
        await store.create_job(session, Options())
    with pytest.raises(StoreFullError):
        await store.add_picture(ANNA, b"x", message_id=1, width=9, height=9)

    assert (await store.session(ANNA)).step is Step.PRESET
    assert (await store.finish_job(job.id, an_outcome())).state is JobState.FINISHED


async def test_a_reader_sees_nothing_of_a_transaction_under_way(
    store: Store, another_store: Store
) -> None:
    session = await ready(store)
    async with store._database.transaction() as connection:
        await connection.execute("DELETE FROM sessions")
        assert await another_store.session(ANNA) == session
        inside = asyncio.create_task(store.sessions())
        await asyncio.sleep(0)
    assert await inside == []
    assert (await another_store.session(ANNA)).step is Step.CONTENT


async def test_two_processes_writing_wait_for_each_other(
    store: Store, another_store: Store
) -> None:
    # Each with people of their own: two processes that speak with one person are another matter.
    people = {Person(number, number): (store, another_store)[number % 2] for number in range(8)}
    jobs = await asyncio.gather(*(a_job(one, who) for who, one in people.items()))
    assert {job.person for job in jobs} == people.keys()
    assert len(await store.jobs_in()) == len(people)


async def test_a_process_that_never_lets_go_is_a_typed_error(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(database, "_BUSY_SECONDS", 0.05)
    async with await Store.open(path) as store:
        session = await ready(store)
        with closing(sqlite3.connect(path, isolation_level=None)) as other:
            other.execute("BEGIN IMMEDIATE")
            with pytest.raises(StoreBusyError):
                await store.create_job(session, Options())
            assert await store.session(ANNA) == session
        assert (await store.create_job(session, Options())).state is JobState.QUEUED


async def test_a_task_cancelled_anywhere_leaves_all_or_nothing(store: Store) -> None:
    """Cancelled after each number of turns of the loop, until one came through uncancelled."""
    turns, finished = 0, False
    while not finished:
        session = await ready(store)
        count = len(await store.jobs_of(ANNA))
        task = asyncio.create_task(store.create_job(session, Options()))
        for _ in range(turns):
            await asyncio.sleep(0)
        # Twice, as a shutdown after a time-out does: the second hits the rollback itself.
        task.cancel()
        await asyncio.sleep(0)
        task.cancel()
        (end,) = await asyncio.gather(task, return_exceptions=True)
        finished = not isinstance(end, asyncio.CancelledError)

        made = len(await store.jobs_of(ANNA)) - count
        left = await store.session(ANNA)
        assert (made, left.step) in {(0, Step.PRESET), (1, Step.CONTENT)}
        assert not store._database._connection.in_transaction
        turns += max(1, turns // 8)
    assert turns > 5


async def test_cancelled_tasks_among_others_do_not_mix(store: Store) -> None:
    rng = random.Random(4)
    tasks = [asyncio.create_task(a_job(store, rng.choice([ANNA, BERT]))) for _ in range(60)]
    doomed = rng.sample(tasks, 30)
    for task in doomed:
        for _ in range(rng.randrange(40)):
            await asyncio.sleep(0)
        task.cancel()
    ends = await asyncio.gather(*tasks, return_exceptions=True)

    survived = [end for end in ends if not isinstance(end, BaseException)]
    stored = {job.id for job in await store.jobs_in()}
    assert {job.id for job in survived} <= stored
    assert await store._database.pragma("PRAGMA integrity_check") == [("ok",)]
    assert await store._database.pragma("PRAGMA foreign_key_check") == []


async def test_pictures_never_reach_the_log(path: Path, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("DEBUG")
    async with await Store.open(path) as store:
        await ready(store, content=b"SECRET PICTURE")
    assert "SECRET" not in caplog.text
