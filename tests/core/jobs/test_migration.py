"""A real file of the version before, ended in the middle of everything, opens with nothing lost.

``tests/auxil/version_3.db`` was written by the bot whose database had schema 3: four chats, nine jobs in every state,
and a process that died while results were being sent, failures told, pictures fetched and a job was running.
"""

from __future__ import annotations

import json
import shutil
import sqlite3
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from core.jobs.job_errors import PictureGoneError
from core.jobs.models import EMPTY_SESSION, BotMessage, JobState, Person, Role, Step, Style
from core.jobs.preferences import DEFAULT_PREFERENCES, Form, Part, Preferences
from core.jobs.rows import to_ms
from core.jobs.store import Store
from core.pictures.decoder import OpenedPicture
from core.sentences import sentence
from core.style.options import Options, Preset
from core.style.progress import Losses, TracePoint
from tests.auxil.files import shape

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

OLD = Path(__file__).parents[2] / "auxil" / "version_3.db"
LAST_WRITTEN = datetime(2026, 11, 26, 7, 6, 31, tzinfo=UTC)

ADA, MEI, BEN = (Person(chat_id=number, user_id=number) for number in (11, 12, 13))
ADA_IN_THE_GROUP = Person(chat_id=-4001, user_id=11)
EVERYBODY = (ADA, MEI, BEN, ADA_IN_THE_GROUP)

QUICK = Options(preset=Preset.QUICK)
NO_MEMORY = sentence("There is not enough memory here for this size. Please try a lower quality.")


def old(sql: str, *values: int) -> list[tuple[Any, ...]]:
    """What the old file says."""
    with closing(sqlite3.connect(f"{OLD.as_uri()}?immutable=1", uri=True)) as connection:
        return connection.execute(sql, values).fetchall()


def ms(time: datetime | None) -> int | None:
    return None if time is None else to_ms(time)


@pytest.fixture
async def store(path: Path) -> AsyncIterator[Store]:
    path.parent.mkdir(parents=True)
    shutil.copy(OLD, path)
    async with await Store.open(path, clock=lambda: LAST_WRITTEN) as store:
        yield store


async def test_the_file_is_sound_and_shaped_like_a_fresh_one(store: Store, tmp_path: Path) -> None:
    assert store.set_aside is None
    assert await store._database.pragma("PRAGMA integrity_check") == [("ok",)]
    assert await store._database.pragma("PRAGMA foreign_key_check") == []
    async with await Store.open(tmp_path / "fresh.db"):
        assert shape(store._database.path) == shape(tmp_path / "fresh.db")


async def test_every_session_has_its_pictures_and_its_question(store: Store) -> None:
    found = {}
    for person in (ADA, ADA_IN_THE_GROUP, BEN):
        session = await store.sessions.get(person)
        assert session.question is not None
        question = await store.outbox.message(session.question)
        assert question is not None
        found[person] = (
            session.step,
            session.content and session.content.id,
            session.style and session.style.id,
            session.question_message_id,
            question.captioned,
        )
        number = session.question_message_id
        assert (question.role, question.message_id, question.pending) == (
            Role.QUESTION,
            number,
            False,
        )
    # Ada's question in private is the sheet of styles, which is a photo.
    assert found == {
        ADA: (Step.STYLE, 8, None, 19, True),
        ADA_IN_THE_GROUP: (Step.PRESET, 9, 10, 4, False),
        BEN: (Step.PRESET, 21, 22, 14, False),
    }
    assert await store.sessions.get(MEI) == EMPTY_SESSION


async def test_every_job_is_as_it_was(store: Store) -> None:
    jobs = await store.jobs.in_states()
    assert [(job.person, job.state, job.content.id, job.style.id) for job in jobs] == [
        (ADA, JobState.DELIVERED, 1, 2),
        (ADA, JobState.FAILED, 3, 4),
        (BEN, JobState.CANCELLED, 5, 6),
        (ADA, JobState.DELIVERED, 7, 2),
        (MEI, JobState.FINISHED, 11, 12),
        (MEI, JobState.FINISHED, 13, 14),
        (MEI, JobState.FAILED, 15, 16),
        (BEN, JobState.RUNNING, 17, 18),
        (BEN, JobState.QUEUED, 19, 20),
    ]
    softer = Options(preset=Preset.QUICK, strength=0.7)
    assert [job.options for job in jobs] == [QUICK, QUICK, QUICK, softer, *[QUICK] * 5]
    forms = [job.handover.form for job in jobs]
    assert forms == [*[Form.BOTH] * 3, Form.PHOTO, *[Form.BOTH] * 5]
    assert [job.attempts for job in jobs] == [*[1] * 8, 0]
    progress = [(job.evaluation, job.evaluations) for job in jobs]
    assert progress == [*[(1, 4)] * 4, (4, 4), *[(1, 4)] * 2, (2, 4), (0, 0)]
    assert {job.id: job.error for job in jobs if job.error is not None} == {
        2: NO_MEMORY,
        7: NO_MEMORY,
    }
    assert [(job.id, to_ms(job.created)) for job in jobs] == old(
        "SELECT id, created FROM jobs ORDER BY id"
    )
    ends = await store._database.rows("SELECT id, ended FROM jobs ORDER BY id")
    assert [(row["id"], row["ended"]) for row in ends] == old(
        "SELECT id, ended FROM jobs ORDER BY id"
    )


async def test_every_job_has_its_messages(store: Store) -> None:
    jobs = await store.jobs.in_states()
    assert {job.id: {one.role: one.message_id for one in job.messages} for job in jobs} == {
        1: {Role.PHOTO: 4, Role.DOCUMENT: 5},
        2: {Role.STATUS: 8},
        3: {Role.STATUS: 3},
        4: {Role.PHOTO: 17},
        5: {Role.STATUS: 3},
        6: {Role.STATUS: 6},
        7: {Role.STATUS: 9},
        8: {Role.STATUS: 8},
        9: {Role.STATUS: 11},
    }
    messages = [one for job in jobs for one in job.messages]
    assert not any(one.pending for one in messages)
    # Whether a status shows a preview was not known; a result is always a picture.
    assert all(one.captioned is (one.role is not Role.STATUS) for one in messages)
    assert {job.id: job.missing for job in jobs if job.state is JobState.FINISHED} == {
        5: (Part.PHOTO, Part.DOCUMENT),
        6: (Part.PHOTO, Part.DOCUMENT),
    }
    assert await store.outbox.status_of(9) == BotMessage(
        id=jobs[8].messages[0].id, role=Role.STATUS, message_id=11
    )


async def test_only_what_mei_was_not_told_is_resumed(store: Store) -> None:
    rows = await store._database.rows("SELECT * FROM outbox ORDER BY id")
    resumed = [(row["chat_id"], row["user_id"], row["job_id"], row["effect"]) for row in rows]
    assert [(*before, json.loads(effect)) for *before, effect in resumed] == [
        (MEI.chat_id, MEI.user_id, 5, {"kind": "resume", "what": "unanswered"}),
        (MEI.chat_id, MEI.user_id, 6, {"kind": "resume", "what": "end"}),
        (MEI.chat_id, MEI.user_id, 7, {"kind": "resume", "what": "end"}),
    ]
    # One does not wait for the other.
    assert len({row["turn"] for row in rows}) == len(rows)
    first = await store.outbox.next(MEI.chat_id)
    assert first is not None
    assert (first.person, first.job_id, first.begun, first.tries) == (MEI, 5, False, 0)


async def test_results_come_back_whole(store: Store) -> None:
    kept = dict(old("SELECT job_id, picture FROM outcomes"))
    assert kept.keys() == {1, 4, 5, 6}
    for job_id, picture in kept.items():
        result = await store.jobs.result(job_id)
        frames = old("SELECT data FROM frames WHERE job_id = ? ORDER BY number", job_id)
        assert result.picture == picture
        assert list(result.frames) == [data for (data,) in frames]
        assert len(result.frames) == 4
        assert (result.size, result.evaluations, result.seconds) == ((96, 64), 4, 0.2)
        assert (result.initial, result.final) == (Losses(100.0, 1.0), Losses(20.0, 1.04))
        assert (result.device, result.weights) == ("stub", "none")
        assert (result.complete, result.reduced) == (True, False)
        assert result.trace[1] == TracePoint(2, 1, 0.1, Losses(100 / 3, 1.02))
        assert [point.evaluation for point in result.trace] == [1, 2, 3, 4]
    for job_id in (2, 3, 7, 8, 9):
        with pytest.raises(PictureGoneError):
            await store.jobs.result(job_id)


async def test_the_running_job_has_its_checkpoint(store: Store) -> None:
    ((picture, evaluation),) = old("SELECT picture, evaluation FROM checkpoints WHERE job_id = 8")
    checkpoint = await store.jobs.last_checkpoint(8)
    assert checkpoint is not None
    assert (checkpoint.picture, checkpoint.evaluation) == (picture, evaluation)
    assert evaluation == 2


async def test_every_picture_is_still_there(store: Store) -> None:
    pictures = old("SELECT id, data FROM pictures")
    assert len(pictures) == 22
    opened = []

    async def open_picture(data: bytes) -> OpenedPicture:
        opened.append(data)
        return OpenedPicture(b"pixels of " + data, (48, 32))

    store.pictures.open_picture = open_picture
    for _ in range(2):  # They are opened when they are met, and once.
        for picture_id, data in pictures:
            assert await store.pictures.data(picture_id) == b"pixels of " + data
    assert opened == [data for _, data in pictures]
    session = await store.sessions.get(BEN)
    assert session.content is not None
    assert (session.content.width, session.content.height) == (48, 32)
    assert (session.content.message_id, session.content.album) == (12, "3599814892192863674")


async def test_every_style_is_still_there_with_the_open_question_for_a_name(store: Store) -> None:
    styles: dict[Person, tuple[Style, ...]] = {
        person: await store.styles.of(person) for person in EVERYBODY
    }
    assert {person: [style.id for style in of] for person, of in styles.items()} == {
        ADA: [1, 2],
        MEI: [6, 5, 4],
        BEN: [8, 7, 3],
        ADA_IN_THE_GROUP: [],
    }
    found = {style.id: style for of in styles.values() for style in of}
    pictures = [found[number].picture.id for number in range(1, 9)]
    assert pictures == [2, 4, 6, 12, 14, 16, 18, 20]
    assert (found[1].name, found[1].kept, found[1].prompt_id) == ("Old master", True, None)
    assert [style.id for style in found.values() if style.kept] == [1]
    assert (found[3].prompt_id, ms(found[3].prompted)) == (5, 1795676774569)
    assert [style.id for style in found.values() if style.prompt_id is not None] == [3]
    for style_id, thumbnail in old("SELECT id, thumbnail FROM styles"):
        assert await store.styles.thumbnail(style_id) == thumbnail


async def test_updates_that_were_handled_are_remembered_and_the_others_kept(store: Store) -> None:
    unhandled = await store.updates.unhandled()
    updates = {number: (json.loads(text), tries) for number, (text, tries) in unhandled.items()}
    assert {
        number: (update["message"]["chat"]["id"], update["message"]["message_id"], tries)
        for number, (update, tries) in updates.items()
    } == {100000046: (BEN.chat_id, 15, 0), 100000047: (MEI.chat_id, 10, 0)}
    assert updates[100000046][0]["message"]["text"] == "/help"
    assert len(updates[100000047][0]["message"]["photo"]) == 2

    assert not any(
        [await store.updates.add(number, "{}") for number in range(100000001, 100000048)]
    )
    assert await store.updates.add(100000048, "{}")
    assert await store.preferences.value("updates:recent") is None


async def test_settings_are_still_there(store: Store) -> None:
    chosen = Preferences(strength=0.7, form=Form.PHOTO, language="zh-hans")
    assert {person: await store.preferences.get(person.user_id) for person in (ADA, MEI, BEN)} == {
        ADA: (chosen, "en"),
        MEI: (DEFAULT_PREFERENCES, "zh-hans"),
        BEN: (DEFAULT_PREFERENCES, "en"),
    }
    assert json.loads(await store.preferences.value("estimates") or "") == {
        "speed": 100.0,
        "corrections": {"quick": 0.1},
    }


async def test_new_ids_do_not_repeat_old_ones(store: Store) -> None:
    message, job, row = await store.outbox.next_ids()
    # Three questions, seven statuses, two photos and one file.
    assert (message, job, row) == (14, 10, 4)


async def test_cleaning_deletes_nothing_that_is_young(store: Store) -> None:
    assert await store.housekeeping.clean(results_older_than=timedelta(hours=24)) == 0
    assert len(await store.jobs.in_states()) == 9
    assert len(await store.updates.unhandled()) == 2
