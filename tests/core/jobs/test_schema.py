"""Files of every schema that was ever released open with all that is in them."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import aiosqlite
import pytest

from core.jobs.job_errors import StoreTooNewError
from core.jobs.models import BotMessage, JobState, Role, Step
from core.jobs.preferences import Form, Preferences
from core.jobs.schema import MIGRATIONS, migrate, version_of
from core.jobs.store import Store
from core.style.options import Options, Preset
from core.style.progress import Checkpoint, Losses
from tests.auxil.files import names, shape
from tests.auxil.sessions import ANNA

DUMPS = sorted((Path(__file__).parents[2] / "auxil").glob("schema_*.sql"))
BEFORE_THE_OUTBOX = DUMPS[:3]


def write(path: Path, dump: Path) -> None:
    path.parent.mkdir(parents=True)
    with closing(sqlite3.connect(path)) as connection:
        connection.executescript(dump.read_text())


def of_schema(number: int) -> Path:
    return next(dump for dump in DUMPS if dump.stem == f"schema_{number}")


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


async def picture_data(store: Store, picture_id: int) -> bytes:
    """A picture, without opening one of version 3."""
    (row,) = await store._database.rows("SELECT data FROM pictures WHERE id = ?", (picture_id,))
    return bytes(row["data"])


async def holds_what_the_dump_says(store: Store) -> None:
    assert store.set_aside is None
    session = await store.sessions.get(ANNA)
    assert (session.step, session.question_message_id) == (Step.STYLE, 14)
    assert session.question is not None
    question = BotMessage(id=session.question, role=Role.QUESTION, message_id=14, captioned=True)
    assert await store.outbox.message(session.question) == question
    finished, running = await store.jobs.in_states()
    assert finished.state is JobState.FINISHED
    assert finished.status is not None
    assert (finished.status.message_id, finished.status.captioned) == (15, False)
    assert finished.created == datetime(2026, 5, 1, 1, 46, 40, 123000, tzinfo=UTC)
    assert finished.options == Options(preset=Preset.QUICK, seed=5)
    assert (finished.evaluation, finished.evaluations) == (9, 10)
    assert (running.state, running.attempts, running.status) == (JobState.RUNNING, 2, None)
    assert await picture_data(store, running.style.id) == b"b"
    assert await store.jobs.last_checkpoint(running.id) == Checkpoint(b"f", 7)
    result = await store.jobs.result(finished.id)
    assert (result.picture, result.frames, result.final) == (b"d", (b"e",), Losses(1, 2))
    assert await store.preferences.value("key") == "value"
    (text, _) = (await store.updates.unhandled())[5]
    assert text == '{"update_id": 5}'


@pytest.mark.parametrize("dump", DUMPS[1:], ids=lambda dump: dump.stem)
async def test_preferences_and_handovers_are_still_there(path: Path, dump: Path) -> None:
    write(path, dump)
    async with await Store.open(path) as store:
        preferences, _ = await store.preferences.get(ANNA.user_id)
        assert preferences == Preferences(strength=0.7, form=Form.BOTH)
        assert [job.handover.form for job in await store.jobs.in_states()] == ["file", "both"]


@pytest.mark.parametrize("kept", ["{}", '{"sound":"none"}', '{"form":"file"}', "[]", "damaged"])
async def test_who_chose_before_the_photo_became_the_default_keeps_photo_and_file(
    path: Path, kept: str
) -> None:
    write(path, of_schema(4))
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("UPDATE settings SET value = ? WHERE key GLOB '*preferences'", (kept,))
        connection.execute("UPDATE jobs SET handover = ?", (kept,))
        connection.commit()
    form = {"damaged": Form.PHOTO, "[]": Form.PHOTO, '{"form":"file"}': Form.FILE}
    async with await Store.open(path) as store:
        preferences, _ = await store.preferences.get(ANNA.user_id)
        assert preferences.form is form.get(kept, Form.BOTH)
        jobs = await store.jobs.in_states()
        assert {job.handover.form for job in jobs} == {form.get(kept, Form.BOTH)}
        assert (preferences.sound == "none") == ("none" in kept)


@pytest.mark.parametrize("dump", DUMPS[2:], ids=lambda dump: dump.stem)
async def test_styles_are_still_there(path: Path, dump: Path) -> None:
    write(path, dump)
    async with await Store.open(path) as store:
        (style,) = await store.styles.of(ANNA)
        assert (style.name, style.kept) == ("Old master", True)
        assert await store.styles.thumbnail(style.id) == b"g"
        assert await picture_data(store, style.picture.id) == b"b"


@pytest.mark.parametrize("dump", BEFORE_THE_OUTBOX, ids=lambda dump: dump.stem)
async def test_what_was_left_unsaid_is_resumed(path: Path, dump: Path) -> None:
    write(path, dump)
    async with await Store.open(path) as store:
        rows = await store._database.rows("SELECT job_id, effect FROM outbox ORDER BY id")
        assert [(row["job_id"], json.loads(row["effect"])) for row in rows] == [
            (1, {"kind": "resume", "what": "end"}),
            (2, {"kind": "resume", "what": "status"}),
        ]


@pytest.mark.parametrize("dump", DUMPS[4:], ids=lambda dump: dump.stem)
async def test_links_to_styles_are_still_there(path: Path, dump: Path) -> None:
    write(path, dump)
    async with await Store.open(path) as store:
        assert await store.shares.open("c0de") == (2, (500, 400))


async def test_what_waits_to_be_sent_is_still_there(path: Path) -> None:
    write(path, of_schema(4))
    async with await Store.open(path) as store:
        row = await store.outbox.next(ANNA.chat_id)
        assert row is not None
        assert (row.id, row.turn, row.message, row.tries, row.begun) == (7, 7, 3, 1, True)
        assert (await store.jobs.require(1)).missing == ()
        assert await store.outbox.next_ids() == (4, 3, 9)
        assert not await store.updates.add(4, "again")
        assert await store.updates.unhandled() == {5: ('{"update_id": 5}', 2)}


async def unsaid(path: Path, job: str) -> list[str]:
    """What is resumed of a job of schema 3 with these columns."""
    write(path, of_schema(3))
    with closing(sqlite3.connect(path)) as connection:
        connection.execute(f"UPDATE jobs SET {job} WHERE id = 1")  # noqa: S608
        connection.commit()
    async with await Store.open(path) as store:
        rows = await store._database.rows("SELECT effect FROM outbox WHERE job_id = 1")
        return [json.loads(row["effect"])["what"] for row in rows]


@pytest.mark.parametrize(
    ("job", "what"),
    [
        ("state = 'finished'", ["end"]),
        ("state = 'finished', photo_id = 16", ["end"]),
        ("state = 'finished', sending = 'photo'", ["unanswered"]),
        ("state = 'failed', told = 0", ["end"]),
        ("state = 'cancelled', told = 0", ["end"]),
        ("state = 'failed', told = 1", []),
        ("state = 'cancelled', told = 1", []),
        ("state = 'delivered', sending = 'photo'", []),
        ("state = 'queued', status_id = 15", []),
        ("state = 'queued', status_id = NULL", ["status"]),
        ("state = 'running', status_id = NULL", ["status"]),
    ],
)
async def test_of_each_old_job_what_was_left_unsaid_is_resumed(
    path: Path, job: str, what: list[str]
) -> None:
    assert await unsaid(path, job) == what


async def test_parts_of_a_result_that_were_sent_are_not_sent_again(path: Path) -> None:
    await unsaid(path, "photo_id = 16, document_id = 17, state = 'delivered'")
    async with await Store.open(path) as store:
        job = await store.jobs.require(1)
        assert job.missing == ()
        assert [(one.role, one.message_id) for one in job.messages] == [
            (Role.STATUS, 15),
            (Role.PHOTO, 16),
            (Role.DOCUMENT, 17),
        ]


async def test_a_session_whose_question_was_not_asked_yet_is_asked(path: Path) -> None:
    write(path, of_schema(3))
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("UPDATE sessions SET question_id = NULL")
        connection.commit()
    async with await Store.open(path) as store:
        assert (await store.sessions.get(ANNA)).question is None
        row = await store.outbox.next(ANNA.chat_id)
        assert row is not None
        assert (row.person, row.job_id) == (ANNA, None)
        assert json.loads(row.effect) == {"kind": "resume", "what": "question"}


async def test_an_old_update_that_is_no_json_is_kept_as_it_is(path: Path) -> None:
    write(path, of_schema(3))
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("""INSERT INTO updates VALUES (6, 'damaged'), (7, '{"tries": 2}')""")
        connection.commit()
    async with await Store.open(path) as store:
        unhandled = await store.updates.unhandled()
        assert (unhandled[6], unhandled[7]) == (("damaged", 0), ('{"tries": 2}', 2))


async def test_a_file_of_a_newer_version_is_refused_and_left_alone(path: Path) -> None:
    await (await Store.open(path)).close()
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA user_version = 99")

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
