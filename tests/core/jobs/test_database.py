"""Damage, a full disk and a second process: typed errors and an unharmed file."""

from __future__ import annotations

import asyncio
import shutil
import sqlite3
import stat
from contextlib import closing
from typing import TYPE_CHECKING

import pytest

from core.jobs import database
from core.jobs.job_errors import (
    StoreBusyError,
    StoreDamagedError,
    StoreFullError,
    StoreUnusableError,
)
from core.jobs.models import EMPTY_SESSION, JobState, Person, Step
from core.jobs.store import Store
from tests.auxil.engines import a_result
from tests.auxil.files import damage, names, size
from tests.auxil.sessions import ANNA, BERT, a_job, a_picture, a_running_job, ready, submit

if TYPE_CHECKING:
    from pathlib import Path

MIDDLE = slice(4096, 20 * 4096)


async def fill(path: Path) -> None:
    async with await Store.open(path) as store:
        for _ in range(20):
            await ready(store, content=b"x" * 20_000)


async def test_only_the_owner_may_read_the_file(store: Store, path: Path) -> None:
    await a_job(store)
    modes = {stat.S_IMODE(file.stat().st_mode) for file in path.parent.iterdir()}
    assert modes == {0o600}
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700


async def test_a_power_cut_after_a_commit_loses_nothing(store: Store) -> None:
    assert await store._database.pragma("PRAGMA synchronous") == [(2,)]  # 2 is FULL
    assert await store._database.pragma("PRAGMA journal_mode") == [("wal",)]
    assert await store._database.pragma("PRAGMA auto_vacuum") == [(2,)]  # 2 is INCREMENTAL


@pytest.mark.parametrize("where", [slice(0, 100), MIDDLE], ids=["header", "middle"])
async def test_a_damaged_file_is_set_aside_and_said(
    path: Path, where: slice, caplog: pytest.LogCaptureFixture
) -> None:
    await fill(path)
    content = damage(path, where)

    async with await Store.open(path) as store:
        assert store.set_aside is not None
        assert store.set_aside.name.startswith("atelier.db.damaged-")
        assert store.set_aside.read_bytes() == content
        assert str(store.set_aside) in caplog.text
        assert (await a_job(store)).state is JobState.QUEUED


async def test_a_large_file_is_checked_only_after_it_was_seen_damaged(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    await fill(path)
    end = size(path)
    monkeypatch.setattr(database, "_CHECKED_BYTES", end - 1)
    damage(path, slice(end - 40 * 4096, end))

    async with await Store.open(path) as store:
        assert store.set_aside is None
        with pytest.raises(StoreDamagedError):
            await store._database.rows("SELECT data FROM pictures")
        modes = {stat.S_IMODE(file.stat().st_mode) for file in path.parent.iterdir()}
        assert modes == {0o600}
    async with await Store.open(path) as store:
        assert store.set_aside is not None
    async with await Store.open(path) as store:
        assert store.set_aside is None
    assert not [name for name in names(path.parent) if "suspect" in name]


async def test_a_suspicion_that_was_wrong_is_forgotten(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    await fill(path)
    monkeypatch.setattr(database, "_CHECKED_BYTES", 0)
    suspicion = path.with_name(f"{path.name}.suspect")
    suspicion.touch()
    async with await Store.open(path) as store:
        assert store.set_aside is None
        assert len(await store._database.rows("SELECT data FROM pictures")) == 40
    assert not suspicion.exists()


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
        await a_picture(store, data=b"x" * 99_999)
    with pytest.raises(StoreFullError):
        await store.jobs.finish(job.id, a_result(b"x" * 99_999))

    assert await store.jobs.get(job.id) == job
    assert await store.sessions.get(BERT) == session
    await store._database.pragma("PRAGMA max_page_count = 1000000")
    finished = await store.jobs.finish(job.id, a_result(b"x" * 99_999))
    assert finished.state is JobState.FINISHED
    assert await store._database.pragma("PRAGMA integrity_check") == [("ok",)]


async def test_the_last_room_is_kept_for_results(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    job, session = await a_running_job(store), await ready(store)
    usage = shutil.disk_usage(store._database.path.parent)
    monkeypatch.setattr(shutil, "disk_usage", lambda _: usage._replace(free=1 << 20))

    with pytest.raises(StoreFullError):
        await submit(store, session)
    with pytest.raises(StoreFullError):
        await a_picture(store)

    assert (await store.sessions.get(ANNA)).step is Step.PRESET
    assert (await store.jobs.finish(job.id, a_result())).state is JobState.FINISHED


async def test_a_reader_sees_nothing_of_a_transaction_under_way(
    store: Store, another_store: Store
) -> None:
    session = await ready(store)
    async with store.transaction():
        await store.sessions.save(ANNA, EMPTY_SESSION)
        assert await another_store.sessions.get(ANNA) == session
    assert await another_store.sessions.get(ANNA) == EMPTY_SESSION


async def test_two_processes_writing_wait_for_each_other(
    store: Store, another_store: Store
) -> None:
    # Each with people of their own: two processes that speak with one person are another matter.
    people = {Person(number, number): (store, another_store)[number % 2] for number in range(8)}
    jobs = await asyncio.gather(*(a_job(one, who) for who, one in people.items()))
    assert {job.person for job in jobs} == people.keys()
    assert len(await store.jobs.in_states()) == len(people)


async def test_a_process_that_never_lets_go_is_a_typed_error(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(database, "_BUSY_SECONDS", 0.05)
    async with await Store.open(path) as store:
        session = await ready(store)
        with closing(sqlite3.connect(path, isolation_level=None)) as other:
            other.execute("BEGIN IMMEDIATE")
            with pytest.raises(StoreBusyError):
                await submit(store, session)
            assert await store.sessions.get(ANNA) == session
        assert (await submit(store, session)).state is JobState.QUEUED


async def test_pictures_never_reach_the_log(path: Path, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("DEBUG")
    async with await Store.open(path) as store:
        await ready(store, content=b"SECRET PICTURE")
    assert "SECRET" not in caplog.text
