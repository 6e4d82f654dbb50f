"""A copy of the database is whole, made beside a running bot, and takes its place again without harm."""

from __future__ import annotations

import asyncio
import os
import sqlite3
from contextlib import closing
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from bot.__main__ import main
from core.jobs.backup import back_up, restore
from core.jobs.data_folder import lock_data_folder
from core.jobs.job_errors import BackupError, FolderInUseError, StoreTooNewError
from core.jobs.models import EMPTY_SESSION
from core.jobs.schema import MIGRATIONS
from core.jobs.store import Store
from tests.auxil.files import content, damage, mode, names, shape, write
from tests.auxil.sessions import BERT, a_delivered_job, a_job, ready, submit
from tests.core.jobs.test_schema import DUMPS

if TYPE_CHECKING:
    from pathlib import Path

    from tests.core.jobs.conftest import Clock


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    return tmp_path / "copy.db"


async def test_a_copy_is_one_instant_of_a_bot_that_goes_on(
    store: Store, path: Path, copy: Path
) -> None:
    before = await a_job(store)
    session = await ready(store, BERT)
    async with store.transaction():
        await store.sessions.save(BERT, EMPTY_SESSION)
        copied = await asyncio.to_thread(back_up, path.parent, copy)
    after = await a_job(store)

    assert copied.schema == len(MIGRATIONS)
    assert names(copy.parent) == ["copy.db", "data"]
    assert mode(copy) == 0o600
    assert shape(copy) == shape(path)
    async with await Store.open(copy) as opened:
        assert await opened.jobs.in_states() == [before]
        assert await opened.sessions.get(BERT) == session
        assert await opened._database.pragma("PRAGMA auto_vacuum") == [(2,)]
    assert await store.jobs.in_states() == [before, after]


async def test_a_file_that_is_there_is_replaced_only_if_that_is_said(
    store: Store, path: Path, copy: Path
) -> None:
    job = await a_job(store)
    write(copy, b"a diary")
    with pytest.raises(BackupError, match="--overwrite"):
        back_up(path.parent, copy)
    assert content(copy) == b"a diary"
    back_up(path.parent, copy, overwrite=True)
    async with await Store.open(copy) as opened:
        assert await opened.jobs.in_states() == [job]
    with pytest.raises(BackupError, match="name another"):
        back_up(path.parent, path, overwrite=True)
    assert await store.jobs.in_states() == [job]


async def test_of_a_damaged_database_no_copy_is_left(path: Path, copy: Path) -> None:
    async with await Store.open(path) as store:
        await ready(store, content=b"x" * 400_000)
    damage(path, slice(4096, 20 * 4096))
    with pytest.raises(BackupError):
        back_up(path.parent, copy)
    assert names(copy.parent) == ["data"]


def test_where_no_bot_was_there_is_nothing_to_copy(tmp_path: Path) -> None:
    with pytest.raises(BackupError, match="check DATA_DIR"):
        back_up(tmp_path, tmp_path / "copy.db")
    assert names(tmp_path) == []


async def test_a_copy_takes_the_place_of_the_database_which_is_kept(
    path: Path, copy: Path, clock: Clock
) -> None:
    async with await Store.open(path, clock=clock) as store:
        old = await a_job(store)
        back_up(path.parent, copy)
        new = await a_job(store)

    restored = restore(path.parent, copy)

    assert restored.aside is not None
    assert {name for name in names(path.parent) if "partial" in name} == set()
    assert mode(path) == 0o600
    async with await Store.open(restored.aside) as aside:
        assert await aside.jobs.in_states() == [old, new]
    async with await Store.open(path, clock=clock) as store:
        assert await store.jobs.in_states() == [old]
        # A button of the message about the job that is gone must not reach this one.
        assert (await a_job(store)).id > new.id
        os.utime(restored.aside, (0, 0))
        await store.housekeeping.clean(results_older_than=timedelta(days=1))
    assert not restored.aside.exists()


async def test_what_its_time_was_over_does_not_come_back_with_a_copy(
    path: Path, copy: Path, clock: Clock
) -> None:
    async with await Store.open(path, clock=clock) as store:
        await a_delivered_job(store)
        back_up(path.parent, copy)
    restore(path.parent, copy)
    clock.pass_by(days=2)
    async with await Store.open(path, clock=clock) as store:
        await store.housekeeping.clean(results_older_than=timedelta(hours=24))
        rows = await store._database.rows("SELECT id FROM pictures WHERE data IS NOT NULL")
        results = await store._database.rows("SELECT job_id FROM outcomes")
        assert (rows, results) == ([], [])


async def test_while_a_bot_is_at_work_nothing_is_put_in_its_place(
    store: Store, path: Path, copy: Path
) -> None:
    job = await a_job(store)
    back_up(path.parent, copy)
    with lock_data_folder(path.parent), pytest.raises(FolderInUseError):
        restore(path.parent, copy)
    assert await store.jobs.in_states() == [job]


@pytest.mark.parametrize("dump", DUMPS, ids=lambda dump: dump.stem)
async def test_a_copy_of_every_version_is_brought_up_to_date(
    path: Path, copy: Path, dump: Path
) -> None:
    with closing(sqlite3.connect(copy)) as connection:
        connection.executescript(content(dump).decode())
    restore(path.parent, copy)
    async with await Store.open(path) as store:
        assert len(await store.jobs.in_states()) == 2
        await submit(store, await ready(store, BERT), BERT)


async def test_what_is_no_copy_is_refused_and_changes_nothing(path: Path, copy: Path) -> None:
    async with await Store.open(path) as store:
        await a_job(store)
    before = content(path)
    files = {
        "no database": b"a diary" * 999,
        "no database of Atelier's": b"",
        "damaged": before[: len(before) // 2],
    }
    with pytest.raises(BackupError, match="no file"):
        restore(path.parent, copy)
    for what, data in files.items():
        write(copy, data)
        with pytest.raises(BackupError, match=what):
            restore(path.parent, copy)
    with pytest.raises(BackupError, match="itself"):
        restore(path.parent, path)
    assert content(path) == before
    assert names(path.parent) == ["atelier.db", "atelier.lock"]


async def test_a_copy_of_a_newer_version_is_refused_with_words(path: Path, copy: Path) -> None:
    async with await Store.open(path) as store:
        await a_job(store)
    back_up(path.parent, copy)
    with closing(sqlite3.connect(copy)) as connection:
        connection.execute("PRAGMA user_version = 99")
    with pytest.raises(StoreTooNewError, match=r"copy\.db has schema 99.*Please update Atelier"):
        restore(path.parent, copy)


async def test_the_commands_say_what_they_did(
    path: Path, copy: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("DATA_DIR", str(path.parent))
    async with await Store.open(path) as store:
        await a_job(store)

    assert main(["backup", str(copy)]) == 0
    assert f"Copied: {copy} (schema {len(MIGRATIONS)}" in capsys.readouterr().out
    assert main(["backup", str(copy)]) == 1
    assert "is there already" in capsys.readouterr().err
    assert main(["restore", str(copy)]) == 0
    assert f"before is {path}.replaced-" in capsys.readouterr().out
    with pytest.raises(SystemExit):
        main(["backup"])
    assert "take a FILE" in capsys.readouterr().err
