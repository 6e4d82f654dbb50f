"""Jobs and the states they go through."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from core.jobs.conversations import clear_session
from core.jobs.job_errors import JobGoneError, JobStateError, PictureGoneError, SessionOverError
from core.jobs.models import ACTIVE, FLOW, Job, JobProgress, JobState, Person, Session
from core.jobs.people import preferences_of
from core.jobs.tables import (
    SELECT_JOBS,
    Tables,
    fetch_one,
    from_ms,
    marks,
    options_text,
    read_job,
    to_ms,
)

if TYPE_CHECKING:
    from datetime import datetime

    import aiosqlite

    from core.jobs.preferences import Part
    from core.sentences import Sentence
    from core.style.options import Options


class Ledger(Tables):
    """The part of the store that knows which jobs there are and how far they have come."""

    async def create_job(self, session: Session, options: Options) -> Job:
        """Turn a conversation into a job and clear it, in one transaction.

        The question that was answered becomes the job's status message.

        Raises:
            SessionOverError: The stored conversation is another by now: a second press of the button.
            StoreFullError: There is no room for another result.
        """
        self._need_room()
        async with self._database.transaction() as connection:
            content, style = await _agreed_pictures(connection, session)
            await clear_session(connection, session.person)
            job = await self._insert(connection, session.person, options, (content, style, None))
            await connection.execute_fetchall(
                "UPDATE jobs SET status_id = ? WHERE id = ?", (session.question_id, job.id)
            )
            return replace(job, status_id=session.question_id)

    async def repeat_job(self, job: Job, options: Options, *, from_result: bool = False) -> Job:
        """A new job from the pictures of an old one.

        Args:
            job: The old one.
            options: The new choices.
            from_result: Start from the old one's result instead of the content photo.

        Raises:
            PictureGoneError: Its pictures, or the result, are not kept any more.
            StoreFullError: There is no room for another result.
        """
        self._need_room()
        async with self._database.transaction() as connection:
            for picture_id in (job.content.id, job.style.id):
                if not await fetch_one(
                    connection,
                    "SELECT 1 FROM pictures WHERE id = ? AND data IS NOT NULL",
                    (picture_id,),
                ):
                    raise PictureGoneError
            start = await self._copy_result(connection, job) if from_result else None
            pictures = (job.content.id, job.style.id, start)
            return await self._insert(connection, job.person, options, pictures)

    async def job(self, job_id: int) -> Job | None:
        """One job; None where it was never there, forgotten or cleaned away."""
        row = await self._database.row(f"{SELECT_JOBS} WHERE jobs.id = ?", (job_id,))
        return None if row is None else read_job(row)

    async def job_with(self, chat_id: int, message_id: int) -> Job | None:
        """The job to which a message belongs, as its status, its result or one of its pictures.

        Of several one that is going on, and the newest.
        """
        row = await self._database.row(
            f"{SELECT_JOBS} WHERE jobs.chat_id = ? AND ? IN (jobs.status_id, jobs.photo_id,"
            " jobs.document_id, content.message_id, style.message_id)"
            " ORDER BY state IN (?, ?) DESC, jobs.id DESC LIMIT 1",
            (chat_id, message_id, *ACTIVE),
        )
        return None if row is None else read_job(row)

    async def jobs_of(self, person: Person, *states: JobState) -> list[Job]:
        """A person's jobs in this chat, newest last; in all states when none is given."""
        wanted = states or tuple(JobState)
        rows = await self._database.rows(
            f"{SELECT_JOBS} WHERE jobs.user_id = ? AND jobs.chat_id = ?"
            f" AND state IN ({marks(wanted)}) ORDER BY jobs.id",
            (person.user_id, person.chat_id, *wanted),
        )
        return [read_job(row) for row in rows]

    async def jobs_in(self, *states: JobState) -> list[Job]:
        """Everybody's jobs in these states, newest last; in all states when none is given."""
        wanted = states or tuple(JobState)
        rows = await self._database.rows(
            f"{SELECT_JOBS} WHERE state IN ({marks(wanted)}) ORDER BY jobs.id", wanted
        )
        return [read_job(row) for row in rows]

    async def asked_since(self, user_id: int, since: datetime) -> list[datetime]:
        """When a person asked for jobs, in all chats, earliest first; failed ones do not count."""
        rows = await self._database.rows(
            "SELECT created FROM jobs WHERE user_id = ? AND created > ? AND state <> ? ORDER BY created",
            (user_id, to_ms(since), JobState.FAILED),
        )
        return [from_ms(row["created"]) for row in rows]

    async def set_status(self, job_id: int, message_id: int | None) -> None:
        """Remember the job's status message."""
        await self._set(job_id, status_id=message_id)

    async def set_progress(self, job_id: int, progress: JobProgress) -> None:
        """Remember how far the job is."""
        await self._set(
            job_id,
            evaluation=progress.evaluation,
            evaluations=progress.evaluations,
            style_loss=progress.losses.style,
            content_loss=progress.losses.content,
        )

    async def set_sending(self, job_id: int, part: Part | None) -> None:
        """Remember which part of the result is about to be sent; None where none is."""
        await self._set(job_id, sending=part)

    async def mark_photo(self, job_id: int, message_id: int) -> None:
        """Remember that the result went out as a photo; nothing is being sent then."""
        await self._set(job_id, photo_id=message_id, sending=None)

    async def mark_document(self, job_id: int, message_id: int) -> None:
        """Remember that the result went out as a file; nothing is being sent then."""
        await self._set(job_id, document_id=message_id, sending=None)

    async def mark_told(self, job_id: int) -> None:
        """Remember that the person knows how a cancelled or failed job ended."""
        await self._set(job_id, told=True)

    async def untold(self) -> list[Job]:
        """Cancelled and failed jobs whose end nobody was told, newest last."""
        rows = await self._database.rows(
            f"{SELECT_JOBS} WHERE state IN (?, ?) AND NOT told ORDER BY jobs.id",
            (JobState.CANCELLED, JobState.FAILED),
        )
        return [read_job(row) for row in rows]

    async def start_job(self, job_id: int) -> Job:
        """QUEUED to RUNNING, one attempt more.

        Raises:
            JobGoneError: There is no such job; as below.
            JobStateError: It is in another state; as below.
        """
        async with self._database.transaction() as connection:
            await connection.execute_fetchall(
                "UPDATE jobs SET attempts = attempts + 1 WHERE id = ?", (job_id,)
            )
            return await self._move(connection, job_id, JobState.RUNNING)

    async def requeue_job(self, job_id: int, *, forgive: bool = False) -> Job:
        """RUNNING to QUEUED; with ``forgive`` the attempt does not count, as it was not at fault."""
        async with self._database.transaction() as connection:
            if forgive:
                await connection.execute_fetchall(
                    "UPDATE jobs SET attempts = attempts - 1 WHERE id = ?", (job_id,)
                )
            return await self._move(connection, job_id, JobState.QUEUED)

    async def deliver_job(self, job_id: int) -> Job:
        """FINISHED to DELIVERED: the person has the result."""
        async with self._database.transaction() as connection:
            return await self._move(connection, job_id, JobState.DELIVERED)

    async def cancel_job(self, job_id: int) -> Job | None:
        """QUEUED or RUNNING to CANCELLED; None when it was over already or is gone."""
        try:
            async with self._database.transaction() as connection:
                return await self._move(connection, job_id, JobState.CANCELLED)
        except (JobGoneError, JobStateError):
            return None

    async def fail_job(self, job_id: int, sentence: Sentence) -> Job:
        """Whatever is not over to FAILED, with the sentence for the person."""
        async with self._database.transaction() as connection:
            await connection.execute_fetchall(
                "UPDATE jobs SET error = ? WHERE id = ?", (sentence.to_json(), job_id)
            )
            return await self._move(connection, job_id, JobState.FAILED)

    async def _insert(
        self,
        connection: aiosqlite.Connection,
        person: Person,
        options: Options,
        pictures: tuple[int, int, int | None],
    ) -> Job:
        # Read here, so that no choice made between can be missed, whoever asks for a job.
        handover = (await preferences_of(connection, person.user_id)).handover
        ((job_id,),) = await connection.execute_fetchall(
            "INSERT INTO jobs (chat_id, user_id, state, content_id, style_id, start_id, options, created,"
            " handover) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?) RETURNING id",
            (
                person.chat_id,
                person.user_id,
                JobState.QUEUED,
                *pictures,
                options_text(options),
                self._now(),
                handover.to_json(),
            ),
        )
        return await _read(connection, job_id)

    async def _copy_result(self, connection: aiosqlite.Connection, job: Job) -> int:
        row = await fetch_one(
            connection,
            "INSERT INTO pictures (chat_id, user_id, message_id, width, height, created, data)"
            " SELECT ?, ?, ?, width, height, ?, picture FROM outcomes WHERE job_id = ? RETURNING id",
            (
                job.person.chat_id,
                job.person.user_id,
                job.result_id or job.content.message_id,
                self._now(),
                job.id,
            ),
        )
        if row is None:
            raise PictureGoneError
        return int(row["id"])

    async def _move(self, connection: aiosqlite.Connection, job_id: int, to: JobState) -> Job:
        before = await _read(connection, job_id)
        if to not in FLOW[before.state]:
            raise JobStateError(job_id, state=before.state, wanted=to)
        await connection.execute_fetchall(
            "UPDATE jobs SET state = ?, ended = ? WHERE id = ?",
            (to, self._now() if to.final else None, job_id),
        )
        if to is not JobState.RUNNING and to is not JobState.QUEUED:
            await connection.execute_fetchall("DELETE FROM checkpoints WHERE job_id = ?", (job_id,))
        return await _read(connection, job_id)

    async def _set(self, job_id: int, **columns: float | str | None) -> None:
        """Columns whose names are written in this class, never in a request."""
        await self._database.run(
            f"UPDATE jobs SET {', '.join(f'{name} = ?' for name in columns)} WHERE id = ?",  # noqa: S608
            (*columns.values(), job_id),
        )


async def _read(connection: aiosqlite.Connection, job_id: int) -> Job:
    row = await fetch_one(connection, f"{SELECT_JOBS} WHERE jobs.id = ?", (job_id,))
    if row is None:
        raise JobGoneError(job_id)
    return read_job(row)


async def _agreed_pictures(connection: aiosqlite.Connection, session: Session) -> tuple[int, int]:
    row = await fetch_one(
        connection,
        "SELECT content_id, style_id FROM sessions WHERE chat_id = ? AND user_id = ?",
        (session.person.chat_id, session.person.user_id),
    )
    if session.content is None or session.style is None or row is None:
        raise SessionOverError
    agreed = (session.content.id, session.style.id)
    if agreed != (row["content_id"], row["style_id"]):
        raise SessionOverError
    return agreed
