"""Pictures are kept as long as needed, and then they are gone from the files."""

from __future__ import annotations

import asyncio
import os
import sqlite3
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from core.jobs.job_errors import PictureGoneError
from core.jobs.models import Job, JobState, Person
from core.style.options import Options
from tests.auxil.engines import an_outcome
from tests.auxil.files import size
from tests.auxil.sessions import ANNA, BERT, a_job, a_running_job, ready

if TYPE_CHECKING:
    from pathlib import Path

    from core.jobs.store import Store
    from tests.core.jobs.conftest import Clock

DAY = timedelta(days=1)


async def a_delivered_job(store: Store, person: Person = ANNA, picture: bytes = b"painted") -> Job:
    job = await a_running_job(store, person)
    await store.finish_job(job.id, an_outcome(picture))
    return await store.deliver_job(job.id)


def everything(path: Path) -> bytes:
    return b"".join(file.read_bytes() for file in path.parent.iterdir())


async def test_forget_removes_every_byte_of_a_person_and_of_nobody_else(
    store: Store, path: Path
) -> None:
    elsewhere = Person(chat_id=-7, user_id=ANNA.user_id)
    for person, mark in ((ANNA, b"ANNA"), (elsewhere, b"ANNA"), (BERT, b"BERT")):
        session = await ready(store, person, content=mark * 9999, style=mark * 5000)
        job = await store.start_job((await store.create_job(session, Options())).id)
        await store.checkpoint(job.id, mark * 3000)
        await store.finish_job(job.id, an_outcome(mark * 8000))
        await store.deliver_job(job.id)
        await store.repeat_job(job, Options(), from_result=True)
        await store.note_style(person, job.style, mark * 2500)
        (style,) = await store.styles(person)
        await store.name_style(person, style.id, mark.decode() * 4)
        await store.start_job((await a_job(store, person)).id)
        await ready(store, person, content=mark * 700)
        await store.set_value(f"person:{person.user_id}:note", mark.decode() * 2000)
        await store.keep_update(
            abs(person.chat_id),
            f'{{"message": {{"from": {{"id": {person.user_id}, "first_name": "{mark.decode()}"}}}}}}',
        )
    assert b"ANNAANNA" in everything(path)

    await store.forget(ANNA.user_id)

    assert b"ANNA" not in everything(path)
    assert await store.jobs_of(ANNA) == await store.jobs_of(elsewhere) == []
    assert len(await store.jobs_of(BERT)) == 3
    assert len(await store.kept_updates()) == 1
    assert [session.person for session in await store.sessions()] == [BERT]
    assert await store._database.pragma("PRAGMA integrity_check") == [("ok",)]


async def test_what_a_reader_kept_in_the_log_goes_at_the_next_cleaning(
    store: Store, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("core.jobs.database._BUSY_SECONDS", 0)
    await store._database.pragma("PRAGMA busy_timeout = 50")
    await ready(store, content=b"ANNA" * 999)
    reader = sqlite3.connect(path, isolation_level=None)
    reader.execute("BEGIN")
    reader.execute("SELECT count(*) FROM pictures").fetchall()

    await store.forget(ANNA.user_id)
    assert (await store.session(ANNA)).content is None

    reader.close()
    await store.clean(results_older_than=DAY)
    assert b"ANNA" not in everything(path)


async def test_results_and_photos_go_after_their_time(store: Store, clock: Clock) -> None:
    job = await a_delivered_job(store)
    clock.pass_by(hours=23)
    assert await store.clean(results_older_than=DAY) == 0
    assert (await store.outcome(job.id)).picture == b"painted"

    clock.pass_by(hours=1)
    assert await store.clean(results_older_than=DAY) == 3
    with pytest.raises(PictureGoneError):
        await store.outcome(job.id)
    with pytest.raises(PictureGoneError):
        await store.picture(job.content.id)
    assert await store.job(job.id) == job

    clock.pass_by(days=30)
    assert await store.clean(results_older_than=DAY) == 0
    assert await store.job(job.id) is None
    assert await store._database.rows("SELECT id FROM pictures") == []


async def test_what_is_not_over_is_never_cleaned_away(store: Store, clock: Clock) -> None:
    session = await ready(store, BERT)
    waiting, running = await a_job(store), await a_running_job(store)
    finished = await a_running_job(store)
    await store.finish_job(finished.id, an_outcome())
    done = await a_delivered_job(store)
    again = await store.repeat_job(done, Options())
    clock.pass_by(days=29)

    await store.clean(results_older_than=timedelta(0))

    for job in (waiting, running, finished, again):
        assert await store.picture(job.content.id) == b"a photo"
    assert (await store.outcome(finished.id)).picture == b"painted"
    assert await store.session(BERT) == session
    assert session.style is not None
    assert await store.picture(session.style.id) == b"a painting"


async def test_photos_can_go_before_the_result(store: Store) -> None:
    job = await a_delivered_job(store)
    await store.clean(results_older_than=DAY, inputs_older_than=timedelta(0))
    assert (await store.outcome(job.id)).picture == b"painted"
    with pytest.raises(PictureGoneError):
        await store.picture(job.style.id)


async def test_an_abandoned_conversation_and_a_stray_picture_go(store: Store, clock: Clock) -> None:
    await ready(store)
    stray = await store.add_picture(BERT, b"stray", message_id=1, width=64, height=64)
    await store.clean(results_older_than=DAY)
    assert await store.picture(stray.id) == b"stray"

    clock.pass_by(days=30)
    assert await store.clean(results_older_than=DAY) == 3
    assert await store.sessions() == []


async def test_an_old_id_never_leads_to_a_newer_picture(store: Store) -> None:
    session = await ready(store)
    assert session.style is not None
    await store.end_session(ANNA)
    new = await store.add_picture(BERT, b"new", message_id=1, width=64, height=64)
    assert new.id > session.style.id


async def test_the_file_shrinks_again(store: Store, path: Path) -> None:
    small = size(path)
    for number in range(8):
        await a_delivered_job(store, picture=os.urandom(1_000_000 + number))
    await store._database.pragma("PRAGMA wal_checkpoint(TRUNCATE)")
    assert size(path) > 8_000_000

    await store.clean(results_older_than=timedelta(0))

    assert size(path) < small + 200_000
    assert size(path.with_name("atelier.db-wal")) == 0


async def test_others_get_their_turn_while_it_shrinks(store: Store) -> None:
    for _ in range(3):
        await a_delivered_job(store, picture=os.urandom(2_000_000))
    order: list[str] = []

    async def clean() -> None:
        await store.clean(results_older_than=timedelta(0))
        order.append("cleaned")

    cleaning = asyncio.create_task(clean())
    for _ in range(3):
        await asyncio.sleep(0)
    await store.session(BERT)
    order.append("answered")
    await cleaning
    assert order == ["answered", "cleaned"]


async def test_a_damaged_file_does_not_stay_for_good(store: Store, path: Path) -> None:
    old, new = (path.with_name(f"{path.name}.damaged-{which}") for which in ("old", "new"))
    for file in (old, new):
        file.write_bytes(b"pictures, perhaps")
    os.utime(old, (0, 0))

    await store.clean(results_older_than=DAY)

    assert (old.exists(), new.exists()) == (False, True)
    assert (await a_job(store)).state is JobState.QUEUED
