"""Pictures are kept as long as needed, and then they are gone from the files."""

from __future__ import annotations

import asyncio
import os
import sqlite3
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from core.jobs.job_errors import PictureGoneError, QuotaError
from core.jobs.models import EMPTY_SESSION, JobState, Person, Role, Session, UsedStyle
from core.style.progress import Checkpoint
from tests.auxil.engines import a_result
from tests.auxil.files import size
from tests.auxil.sessions import (
    ANNA,
    BERT,
    a_delivered_job,
    a_finished_job,
    a_job,
    a_message,
    a_picture,
    a_running_job,
    ready,
    repeated,
    submit,
)

if TYPE_CHECKING:
    from pathlib import Path

    from core.jobs.store import Store
    from tests.core.jobs.conftest import Clock

DAY = timedelta(days=1)


def everything(path: Path) -> bytes:
    return b"".join(file.read_bytes() for file in path.parent.iterdir())


async def live(store: Store, person: Person, mark: bytes) -> None:
    """Everything that a person can leave behind, with their mark in it."""
    words = mark.decode()
    session = await ready(store, person, content=mark * 9999, style=mark * 5000)
    job = await store.jobs.start((await submit(store, session, person)).id)
    await store.jobs.save_checkpoint(job.id, Checkpoint(mark * 3000, 1))
    await store.jobs.finish(job.id, a_result(mark * 8000))
    await store.jobs.deliver(job.id)
    await repeated(store, job, from_result=True)
    await store.styles.note_use(person, UsedStyle(picture=job.style, thumbnail=mark * 2500))
    await store.shares.add(person.user_id, words * 2500, job.style.id)
    await a_running_job(store, person)
    await ready(store, person, content=mark * 700)
    await store.preferences.set_value(f"person:{person.user_id}:note", words * 2000)
    status = await a_message(store, person, Role.STATUS, job_id=job.id)
    await store.outbox.add(person, words * 1000, turn=1, message=status, job_id=job.id)
    await a_message(store, person)
    await store.updates.add(
        abs(person.chat_id),
        f'{{"message": {{"from": {{"id": {person.user_id}, "first_name": "{words}"}}}}}}',
    )


async def test_forget_removes_every_byte_of_a_person_and_of_nobody_else(
    store: Store, path: Path
) -> None:
    elsewhere = Person(chat_id=-7, user_id=ANNA.user_id)
    for person, mark in ((ANNA, b"ANNA"), (elsewhere, b"ANNA"), (BERT, b"BERT")):
        await live(store, person, mark)
    assert b"ANNAANNA" in everything(path)

    await store.housekeeping.forget(ANNA.user_id)
    await store.housekeeping.shrink()

    assert b"ANNA" not in everything(path)
    assert await store.jobs.of(ANNA) == await store.jobs.of(elsewhere) == []
    assert await store.sessions.chats_of(ANNA.user_id) == []
    assert len(await store.jobs.of(BERT)) == 3
    assert len(await store.styles.of(BERT)) == 1
    assert list(await store.updates.unhandled()) == [BERT.chat_id]
    assert await store.outbox.chats() == [BERT.chat_id]
    assert (await store.sessions.get(BERT)).content is not None
    assert await store._database.pragma("PRAGMA integrity_check") == [("ok",)]
    assert await store._database.pragma("PRAGMA foreign_key_check") == []


async def test_what_a_reader_kept_in_the_log_goes_at_the_next_cleaning(
    store: Store, path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    await store._database.pragma("PRAGMA busy_timeout = 50")
    await ready(store, content=b"ANNA" * 999)
    reader = sqlite3.connect(path, isolation_level=None)
    reader.execute("BEGIN")
    reader.execute("SELECT count(*) FROM pictures").fetchall()

    await store.housekeeping.forget(ANNA.user_id)
    await store.housekeeping.shrink()
    assert await store.sessions.get(ANNA) == EMPTY_SESSION
    assert "will be emptied later" in caplog.text

    reader.close()
    await store.housekeeping.clean(results_older_than=DAY)
    assert b"ANNA" not in everything(path)


async def test_results_and_photos_go_after_their_time(store: Store, clock: Clock) -> None:
    job = await a_delivered_job(store)
    clock.pass_by(hours=23)
    assert await store.housekeeping.clean(results_older_than=DAY) == 0
    assert (await store.jobs.result(job.id)).picture == b"painted"

    clock.pass_by(hours=1)
    assert await store.housekeeping.clean(results_older_than=DAY) == 3
    with pytest.raises(PictureGoneError):
        await store.jobs.result(job.id)
    with pytest.raises(PictureGoneError):
        await store.pictures.data(job.content.id)
    assert await store.jobs.get(job.id) == job

    clock.pass_by(days=30)
    assert await store.housekeeping.clean(results_older_than=DAY) == 0
    assert await store.jobs.get(job.id) is None
    assert await store._database.rows("SELECT id FROM pictures") == []


async def test_what_is_not_over_is_never_cleaned_away(store: Store, clock: Clock) -> None:
    session = await ready(store, BERT)
    waiting, running = await a_job(store), await a_running_job(store)
    finished = await a_finished_job(store)
    again = await repeated(store, await a_delivered_job(store))
    await store.outbox.add(ANNA, "say it", turn=1)
    clock.pass_by(days=29)

    await store.housekeeping.clean(results_older_than=timedelta(0))

    for job in (waiting, running, finished, again):
        assert await store.pictures.data(job.content.id) == b"a photo"
    assert (await store.jobs.result(finished.id)).picture == b"painted"
    assert await store.sessions.get(BERT) == session
    assert session.style is not None
    assert await store.pictures.data(session.style.id) == b"a painting"
    assert await store.outbox.chats() == [ANNA.chat_id]


async def test_photos_can_go_before_the_result(store: Store) -> None:
    job = await a_delivered_job(store)
    await store.housekeeping.clean(results_older_than=DAY, inputs_older_than=timedelta(0))
    assert (await store.jobs.result(job.id)).picture == b"painted"
    with pytest.raises(PictureGoneError):
        await store.pictures.data(job.style.id)


async def test_an_abandoned_session_goes_with_its_pictures(store: Store, clock: Clock) -> None:
    await ready(store)
    clock.pass_by(days=29)
    assert await store.housekeeping.clean(results_older_than=DAY) == 0
    clock.pass_by(days=1)
    assert await store.housekeeping.clean(results_older_than=DAY) == 2
    assert await store.sessions.get(ANNA) == EMPTY_SESSION


async def test_a_picture_without_references_goes_at_once(store: Store) -> None:
    picture = await a_picture(store)
    assert await store.housekeeping.clean(results_older_than=DAY) == 1
    with pytest.raises(PictureGoneError):
        await store.pictures.data(picture.id)


async def test_messages_go_with_their_job_and_questions_when_they_are_old_and_closed(
    store: Store, clock: Clock
) -> None:
    done, waiting = await a_delivered_job(store), await a_job(store)
    gone = [await a_message(store, role=Role.PHOTO, job_id=done.id), await a_message(store)]
    open_question = await a_message(store)
    kept = [open_question, await a_message(store, role=Role.STATUS, job_id=waiting.id)]
    clock.pass_by(days=20)
    session = Session(content=waiting.content, question=open_question)
    await store.sessions.save(ANNA, session)
    young = await a_message(store)
    clock.pass_by(days=10)

    await store.housekeeping.clean(results_older_than=DAY)

    rows = await store._database.rows("SELECT id FROM messages ORDER BY id")
    assert [row["id"] for row in rows] == [*kept, young]
    assert not {row["id"] for row in rows} & {*gone}


async def test_the_file_shrinks_again(store: Store, path: Path) -> None:
    small = size(path)
    for number in range(8):
        await a_delivered_job(store, result=a_result(os.urandom(1_000_000 + number)))
    await store._database.pragma("PRAGMA wal_checkpoint(TRUNCATE)")
    assert size(path) > 8_000_000

    await store.housekeeping.clean(results_older_than=timedelta(0))

    assert size(path) < small + 200_000
    assert size(path.with_name("atelier.db-wal")) == 0


async def test_others_get_their_turn_while_it_shrinks(store: Store) -> None:
    for _ in range(3):
        await a_delivered_job(store, result=a_result(os.urandom(2_000_000)))
    order: list[str] = []

    async def clean() -> None:
        await store.housekeeping.clean(results_older_than=timedelta(0))
        order.append("cleaned")

    cleaning = asyncio.create_task(clean())
    for _ in range(3):
        await asyncio.sleep(0)
    await store.sessions.get(BERT)
    order.append("answered")
    await cleaning
    assert order == ["answered", "cleaned"]


async def test_a_damaged_file_does_not_stay_for_good(store: Store, path: Path) -> None:
    old, new = (path.with_name(f"{path.name}.damaged-{which}") for which in ("old", "new"))
    for file in (old, new):
        file.write_bytes(b"pictures, perhaps")
    os.utime(old, (0, 0))

    await store.housekeeping.clean(results_older_than=DAY)

    assert (old.exists(), new.exists()) == (False, True)
    assert (await a_job(store)).state is JobState.QUEUED


async def test_room_is_made_from_the_oldest_that_nothing_needs(store: Store, clock: Clock) -> None:
    old = await a_delivered_job(store, result=a_result(b"r" * 400))
    clock.pass_by(days=1)
    new = await a_delivered_job(store, result=a_result(b"r" * 400))
    await store.housekeeping.make_room(ANNA.user_id, 100, 10_000)
    assert (await store.jobs.result(old.id)).picture, "there is room enough"

    await store.housekeeping.make_room(ANNA.user_id, 500, 1000)

    for gone in (old.content.id, old.style.id):
        with pytest.raises(PictureGoneError):
            await store.pictures.data(gone)
    with pytest.raises(PictureGoneError):
        await store.jobs.result(old.id)
    assert (await store.jobs.require(old.id)).content == old.content, "what it was stays known"
    assert (await store.jobs.result(new.id)).picture == b"r" * 400


async def test_what_is_needed_stays_however_little_room_there_is(store: Store) -> None:
    over = await a_delivered_job(store)
    await store.styles.note_use(ANNA, UsedStyle(picture=over.style, thumbnail=b""))
    (style,) = await store.styles.of(ANNA)
    await store.styles.save(replace(style, kept=True))
    running = await a_running_job(store)
    undelivered = await a_finished_job(store)
    session = await ready(store, content=b"c" * 100, style=b"s" * 100)
    needed = [
        *(running.content.id, running.style.id, undelivered.content.id, over.style.id),
        *(one.id for one in (session.content, session.style) if one),
    ]

    with pytest.raises(QuotaError, match="at most 0 MB"):
        await store.housekeeping.make_room(ANNA.user_id, 1000, 1000)
    assert await store.pictures.data(over.content.id), "nothing is deleted in vain"
    await store.housekeeping.make_room(ANNA.user_id, 720, 1000)

    assert [await store.pictures.data(one) for one in needed]
    assert (await store.jobs.result(undelivered.id)).picture
    with pytest.raises(PictureGoneError):
        await store.jobs.result(over.id)


async def test_a_result_that_waits_for_its_person_makes_no_room(store: Store) -> None:
    job = await a_finished_job(store)
    await store.jobs.hold(job.id)

    with pytest.raises(QuotaError):
        await store.housekeeping.make_room(ANNA.user_id, 1000, 1000)

    assert (await store.jobs.result(job.id)).picture
    await store.jobs.release(job.id)
    await store.housekeeping.make_room(ANNA.user_id, 1000, 1000)


async def test_nobody_makes_room_for_another(store: Store) -> None:
    berts = await a_delivered_job(store, BERT)
    session = await ready(store, content=b"c" * 900)
    assert session.content is not None

    with pytest.raises(QuotaError):
        await store.housekeeping.make_room(ANNA.user_id, 900, 1000)

    assert (await store.jobs.result(berts.id)).picture


async def test_what_was_painted_of_a_cancelled_job_goes_in_time_or_for_room(
    store: Store, clock: Clock
) -> None:
    for make_room in (False, True):
        job = await a_running_job(store)
        await store.jobs.save_checkpoint(job.id, Checkpoint(b"half", 20))
        await store.jobs.cancel(job.id)
        await store.housekeeping.clean(results_older_than=DAY)
        assert await store.jobs.last_checkpoint(job.id) is not None
        if make_room:
            await store.housekeeping.make_room(ANNA.user_id, 0, 0, in_part=True)
        else:
            clock.pass_by(days=2)
            await store.housekeeping.clean(results_older_than=DAY)
        assert await store.jobs.last_checkpoint(job.id) is None


async def test_a_style_that_was_used_and_not_kept_goes_with_its_picture(store: Store) -> None:
    job = await a_delivered_job(store)
    await store.styles.note_use(ANNA, UsedStyle(picture=job.style, thumbnail=b""))

    await store.housekeeping.make_room(ANNA.user_id, 1000, 1000)

    assert await store.styles.of(ANNA) == ()
