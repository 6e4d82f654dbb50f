"""Files of every schema that was ever released open with all that is in them."""

from __future__ import annotations

import sqlite3
from datetime import UTC, datetime
from pathlib import Path

import aiosqlite
import pytest

from core.jobs.job_errors import StoreTooNewError
from core.jobs.models import Checkpoint, JobState, Step
from core.jobs.schema import MIGRATIONS, migrate, version_of
from core.jobs.store import Store
from core.style.events import Losses
from core.style.options import Options, Preset
from tests.auxil.files import names
from tests.auxil.sessions import ANNA

DUMPS = sorted((Path(__file__).parents[2] / "auxil").glob("schema_*.sql"))


def write(path: Path, dump: Path) -> None:
    path.parent.mkdir(parents=True)
    connection = sqlite3.connect(path)
    connection.executescript(dump.read_text())
    connection.close()


def shape(path: Path) -> set[tuple[str, str]]:
    connection = sqlite3.connect(path)
    rows = connection.execute(
        "SELECT name, sql FROM sqlite_master WHERE sql IS NOT NULL"
    ).fetchall()
    connection.close()
    return {(name, " ".join(sql.split())) for name, sql in rows}


def test_there_is_a_dump_of_every_schema() -> None:
    assert [dump.stem for dump in DUMPS] == [f"schema_{n + 1}" for n in range(len(MIGRATIONS))]


@pytest.mark.parametrize("dump", DUMPS, ids=lambda dump: dump.stem)
async def test_an_old_file_opens_with_everything_in_it(
    path: Path, tmp_path: Path, dump: Path
) -> None:
    write(path, dump)

    async with await Store.open(path) as store:
        await holds_what_the_dump_says(store)
    async with await Store.open(tmp_path / "fresh.db"):
        assert shape(path) == shape(tmp_path / "fresh.db")


async def holds_what_the_dump_says(store: Store) -> None:
    assert store.set_aside is None
    session = await store.session(ANNA)
    assert (session.step, session.question_id) == (Step.STYLE, 14)
    finished, running = await store.jobs_in()
    assert (finished.state, finished.status_id) == (JobState.FINISHED, 15)
    assert finished.created == datetime(2026, 5, 1, 1, 46, 40, 123000, tzinfo=UTC)
    assert finished.options == Options(preset=Preset.QUICK, seed=5)
    assert finished.progress is not None
    assert finished.progress.losses == Losses(1.5, 2.5)
    assert (running.state, running.attempts) == (JobState.RUNNING, 2)
    assert await store.picture(running.style.id) == b"b"
    assert await store.last_checkpoint(running.id) == Checkpoint(b"f", 7)
    outcome = await store.outcome(finished.id)
    assert (outcome.picture, outcome.frames, outcome.final) == (b"d", (b"e",), Losses(1, 2))
    assert await store.value("key") == "value"


async def test_styles_are_still_there(path: Path) -> None:
    write(path, next(dump for dump in DUMPS if dump.stem == "schema_3"))

    async with await Store.open(path) as store:
        (style,) = await store.styles(ANNA)
        assert (style.name, style.kept, style.thumbnail) == ("Old master", True, b"g")
        assert await store.picture(style.picture.id) == b"b"


async def test_a_file_of_a_newer_version_is_refused_and_left_alone(path: Path) -> None:
    await (await Store.open(path)).close()
    connection = sqlite3.connect(path)
    connection.execute("PRAGMA user_version = 99")
    connection.close()

    with pytest.raises(StoreTooNewError, match="has schema 99") as caught:
        await Store.open(path)

    assert str(caught.value).count(". ") == 1
    assert [name for name in names(path.parent) if "damaged" in name] == []


async def test_migrations_run_in_order_once(path: Path) -> None:
    await (await Store.open(path)).close()
    later = (*MIGRATIONS, "CREATE TABLE later (a);\nINSERT INTO later VALUES (1);\n")
    async with aiosqlite.connect(path, isolation_level=None) as connection:
        for _ in range(2):
            await migrate(connection, later)
        rows = await connection.execute_fetchall("SELECT a FROM later")
        assert [row[0] for row in rows] == [1]
        assert await version_of(connection) == len(later)


async def test_a_migration_that_breaks_off_leaves_the_file_as_it_was(path: Path) -> None:
    await (await Store.open(path)).close()
    before = shape(path)
    broken = (*MIGRATIONS, "CREATE TABLE later (a);\nINSERT INTO nowhere VALUES (1);\n")
    async with aiosqlite.connect(path, isolation_level=None) as connection:
        with pytest.raises(sqlite3.OperationalError):
            await migrate(connection, broken)
        assert await version_of(connection) == len(MIGRATIONS)
    assert shape(path) == before
