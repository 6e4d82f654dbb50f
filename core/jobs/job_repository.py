"""Jobs, the states they go through, and what they give."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from core.jobs.continuing import begin_anew, go_on, start_from_checkpoint
from core.jobs.job_errors import (
    JobGoneError,
    JobStateError,
    OptionsChangedError,
    PictureGoneError,
)
from core.jobs.models import (
    ACTIVE,
    TRANSITIONS,
    UNFINISHED,
    Job,
    JobFacts,
    JobState,
    Person,
    SentPicture,
)
from core.jobs.repeat_options import is_of_use
from core.jobs.result_rows import insert_result, read_facts, read_result
from core.jobs.rows import (
    SELECT_JOBS,
    Repository,
    from_ms,
    options_text,
    placeholders,
    read_job,
    to_ms,
)
from core.style.options import Options, Preset
from core.style.progress import Checkpoint, Result

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import datetime

    from core.jobs.preferences import Handover
    from core.sentences import Sentence


class JobRepository(Repository):
    """Every change of state is one transaction, and joins the caller's if there is one.

    Attributes:
        moved: Called with a job in its new state once that is committed, and with its result if it finished. It must
            not raise. A new job has not moved yet.
    """

    moved: Callable[[Job, Result | None], None] | None = None

    async def add(
        self,
        person: Person,
        *,
        content: SentPicture,
        style: SentPicture,
        options: Options,
        handover: Handover,
        start_from: int | None = None,
        continues: int | None = None,
        topic: int | None = None,
        further: Sequence[SentPicture] = (),
    ) -> Job:
        """A new job, QUEUED.

        Args:
            person: Who asks for it, and where.
            content: The content photo.
            style: The style picture.
            options: The choices of the transfer.
            handover: How the result is to be delivered.
            start_from: A job whose result is the initial image; the content photo if None.
            continues: A cancelled job that this one goes on with, as far as what it painted is kept.
            topic: The topic to which its messages go.
            further: The styles that are blended with the first one.

        Raises:
            PictureGoneError: A picture, or that result, is not kept any more.
            StoreFullError: There is no room for another result.
        """
        self._require_space()
        async with self._database.transaction():
            for picture in (content, style, *further):
                if not await self._database.row(
                    "SELECT 1 FROM pictures WHERE id = ? AND data IS NOT NULL", (picture.id,)
                ):
                    raise PictureGoneError
            start_id = None if start_from is None else await self._copy_result(person, start_from)
            (row,) = await self._database.run(
                "INSERT INTO jobs (chat_id, user_id, state, content_id, style_id, start_id, options, created,"
                " handover, topic) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?) RETURNING id",
                (
                    person.chat_id,
                    person.user_id,
                    JobState.QUEUED,
                    content.id,
                    style.id,
                    start_id,
                    options_text(options),
                    self._now(),
                    handover.to_json(),
                    topic,
                ),
            )
            for number, picture in enumerate(further, 1):
                await self._database.run(
                    "INSERT INTO further_styles VALUES (?, ?, ?)", (row["id"], number, picture.id)
                )
            if continues is not None:
                await go_on(self._database, row["id"], continues, self._now())
            return await self.require(row["id"])

    async def get(self, job_id: int) -> Job | None:
        """One job; None if there is no such job (any more)."""
        row = await self._database.row(f"{SELECT_JOBS} WHERE jobs.id = ?", (job_id,))
        return None if row is None else read_job(row)

    async def require(self, job_id: int) -> Job:
        """One job.

        Raises:
            JobGoneError: There is no such job (any more).
        """
        job = await self.get(job_id)
        if job is None:
            raise JobGoneError(job_id)
        return job

    async def by_message(self, chat_id: int, message_id: int) -> Job | None:
        """The job to which a message belongs, as its status, its result or one of its pictures.

        Returns the newest active job, or the newest job if none is active.
        """
        row = await self._database.row(
            f"{SELECT_JOBS} WHERE jobs.chat_id = ? AND (? IN (content_message_id, style_message_id)"  # noqa: S608
            " OR jobs.id IN (SELECT job_id FROM messages WHERE chat_id = ? AND message_id = ?))"
            f" ORDER BY state IN ({placeholders(ACTIVE)}) DESC, jobs.id DESC LIMIT 1",
            (chat_id, message_id, chat_id, message_id, *ACTIVE),
        )
        return None if row is None else read_job(row)

    async def of(self, person: Person, *states: JobState) -> list[Job]:
        """A person's jobs in this chat, the newest last; in all states if none is given."""
        wanted = states or tuple(JobState)
        rows = await self._database.rows(
            f"{SELECT_JOBS} WHERE jobs.user_id = ? AND jobs.chat_id = ?"
            f" AND state IN ({placeholders(wanted)}) ORDER BY jobs.id",
            (person.user_id, person.chat_id, *wanted),
        )
        return [read_job(row) for row in rows]

    async def newest_result(self, person: Person) -> Job | None:
        """The newest of a person's jobs in this chat that have a result."""
        row = await self._database.row(
            f"{SELECT_JOBS} WHERE jobs.user_id = ? AND jobs.chat_id = ? AND state IN (?, ?)"
            " ORDER BY jobs.id DESC LIMIT 1",
            (person.user_id, person.chat_id, JobState.FINISHED, JobState.DELIVERED),
        )
        return None if row is None else read_job(row)

    async def of_user(self, user_id: int, *states: JobState) -> list[Job]:
        """A user's jobs in these states, in every chat."""
        rows = await self._database.rows(
            f"{SELECT_JOBS} WHERE jobs.user_id = ? AND state IN ({placeholders(states)}) ORDER BY jobs.id",
            (user_id, *states),
        )
        return [read_job(row) for row in rows]

    async def people_in(self, chat_id: int) -> list[Person]:
        """Everybody who has a job in a chat that is not over, or whose result waits."""
        rows = await self._database.rows(
            "SELECT DISTINCT user_id FROM jobs WHERE chat_id = ?"  # noqa: S608 - no request's value
            f" AND (held OR state IN ({placeholders(UNFINISHED)}))",
            (chat_id, *UNFINISHED),
        )
        return [Person(chat_id, row["user_id"]) for row in rows]

    async def held(self, user_id: int) -> list[Job]:
        """A user's jobs in every chat whose results wait for them."""
        rows = await self._database.rows(
            f"{SELECT_JOBS} WHERE jobs.user_id = ? AND held ORDER BY jobs.id", (user_id,)
        )
        return [read_job(row) for row in rows]

    async def hold(self, job_id: int) -> None:
        """The result waits for the person; the job is over."""
        async with self._database.transaction():
            await self._database.run("UPDATE jobs SET held = 1 WHERE id = ?", (job_id,))
            await self.deliver(job_id)

    async def release(self, job_id: int) -> None:
        """The result waits no longer: it is sent again."""
        await self._database.run("UPDATE jobs SET held = 0 WHERE id = ?", (job_id,))

    async def move(self, job_id: int, person: Person, topic: int | None) -> None:
        """Have the job's messages go to another place from now on, where none of them is yet."""
        await self._database.run("DELETE FROM messages WHERE job_id = ?", (job_id,))
        await self._database.run(
            "UPDATE jobs SET chat_id = ?, topic = ?, held = 0 WHERE id = ? AND user_id = ?",
            (person.chat_id, topic, job_id, person.user_id),
        )

    async def set_handover(self, job_id: int, handover: Handover) -> None:
        """Deliver the result in another way than the person wanted, since the chat takes no other."""
        await self._database.run(
            "UPDATE jobs SET handover = ? WHERE id = ?", (handover.to_json(), job_id)
        )

    async def in_states(self, *states: JobState) -> list[Job]:
        """Everybody's jobs in these states, the newest last; in all states if none is given."""
        wanted = states or tuple(JobState)
        rows = await self._database.rows(
            f"{SELECT_JOBS} WHERE state IN ({placeholders(wanted)}) ORDER BY jobs.id", wanted
        )
        return [read_job(row) for row in rows]

    async def unfinished(self) -> dict[tuple[JobState, Preset], tuple[int, datetime]]:
        """How many jobs of each preset did not reach their person yet, and when the oldest of them was wished for."""
        rows = await self._database.rows(
            "SELECT state, json_extract(options, '$.preset') AS preset, count(*) AS number, min(created) AS oldest"  # noqa: S608
            f" FROM jobs WHERE state IN ({placeholders(UNFINISHED)}) GROUP BY 1, 2",
            UNFINISHED,
        )
        usual = Options().preset
        return {
            (JobState(row["state"]), Preset(row["preset"] or usual)): (
                row["number"],
                from_ms(row["oldest"]),
            )
            for row in rows
        }

    async def asked_since(self, user_id: int, since: datetime) -> list[datetime]:
        """When a user asked for jobs, in all chats, earliest first; failed jobs do not count."""
        rows = await self._database.rows(
            "SELECT created FROM jobs WHERE user_id = ? AND created > ? AND state <> ? ORDER BY created",
            (user_id, to_ms(since), JobState.FAILED),
        )
        return [from_ms(row["created"]) for row in rows]

    async def set_progress(self, job_id: int, evaluation: int, evaluations: int) -> None:
        """Remember how far the job is."""
        await self._database.run(
            "UPDATE jobs SET evaluation = ?, evaluations = ? WHERE id = ?",
            (evaluation, evaluations, job_id),
        )

    async def start(self, job_id: int) -> Job:
        """QUEUED to RUNNING, one attempt more.

        Raises:
            JobGoneError: There is no such job; as below.
            JobStateError: It is in another state; as below.
        """
        return await self._move(job_id, JobState.RUNNING, ", attempts = attempts + 1")

    async def change_options(self, job_id: int, options: Options) -> bool:
        """Give an active job other options. False if it is over, or gone.

        It goes on from what is painted, or begins anew if its colours are others.

        A running job has to be stopped and put back into the queue by ``requeue_changed``, since its latest picture is
        stored when it stops.
        """
        async with self._database.transaction():
            job = await self.get(job_id)
            if job is None or job.state not in ACTIVE:
                return False
            await self._database.run(
                "UPDATE jobs SET options = ? WHERE id = ?", (options_text(options), job_id)
            )
            await self._take_up(job_id, job.options, options)
            return True

    async def requeue_changed(self, job_id: int, painted: Options | None = None) -> Job:
        """RUNNING to QUEUED, to go on with other options; the attempt does not count.

        Args:
            job_id: The job.
            painted: The options with which its last checkpoint was painted, if they are known.
        """
        async with self._database.transaction():
            job = await self.requeue(job_id, forgive=True)
            await self._take_up(job_id, painted or job.options, job.options)
            return await self.require(job_id)

    async def _take_up(self, job_id: int, painted: Options, wanted: Options) -> None:
        if is_of_use(painted, wanted):
            await start_from_checkpoint(self._database, job_id, job_id, self._now())
        else:
            await begin_anew(self._database, job_id)

    async def requeue(self, job_id: int, *, forgive: bool = False) -> Job:
        """RUNNING to QUEUED; with ``forgive`` the attempt does not count, as the job was not at fault."""
        change = ", attempts = attempts - 1" if forgive else ""
        return await self._move(job_id, JobState.QUEUED, change)

    async def finish(self, job_id: int, result: Result, options: Options | None = None) -> Job:
        """RUNNING to FINISHED, with everything the transfer gave.

        Args:
            job_id: The job.
            result: What the transfer gave.
            options: Those that it was made with, if they may have changed meanwhile.

        Raises:
            OptionsChangedError: The job has other options by now, and goes on.
            StoreFullError: There is no room for the result; the job still runs.
        """
        async with self._database.transaction():
            job = await self._move(job_id, JobState.FINISHED, result=result)
            if options is not None and job.options != options:
                raise OptionsChangedError(job_id)
            await insert_result(self._database, job_id, result)
            return job

    async def deliver(self, job_id: int) -> None:
        """FINISHED to DELIVERED: the person has the result. Does nothing in another state."""
        async with self._database.transaction():
            rows = await self._database.run(
                "UPDATE jobs SET state = ?, ended = ? WHERE id = ? AND state = ? RETURNING id",
                (JobState.DELIVERED, self._now(), job_id, JobState.FINISHED),
            )
            if rows:
                self._tell(await self.require(job_id))

    async def cancel(self, job_id: int) -> bool:
        """QUEUED or RUNNING to CANCELLED; False if it was over already or is gone."""
        try:
            await self._move(job_id, JobState.CANCELLED)
        except (JobGoneError, JobStateError):
            return False
        return True

    async def fail(self, job_id: int, sentence: Sentence) -> Job:
        """From any state that is not final to FAILED, with the sentence for the person."""
        return await self._move(job_id, JobState.FAILED, ", error = ?", sentence.to_json())

    async def facts(self, job: Job) -> JobFacts:
        """A job with what is still kept of it."""
        pictures = [one.id for one in (job.content, *job.styles)]
        kept = await self._database.row(
            "SELECT count(*) = 0 AS all_kept FROM pictures"  # noqa: S608 - question marks alone
            f" WHERE id IN ({placeholders(pictures)}) AND data IS NULL",
            pictures,
        )
        row = await self._database.row(
            "SELECT width, height, facts FROM outcomes WHERE job_id = ?", (job.id,)
        )
        result = None if row is None else read_facts(row)
        return JobFacts(job, result, pictures_kept=bool(kept and kept["all_kept"]))

    async def result(self, job_id: int) -> Result:
        """What a finished job gave.

        Raises:
            PictureGoneError: It was cleaned away, forgotten or never there.
        """
        async with self._database.transaction():
            row = await self._database.row("SELECT * FROM outcomes WHERE job_id = ?", (job_id,))
            frames = await self._database.rows(
                "SELECT data FROM frames WHERE job_id = ? ORDER BY number", (job_id,)
            )
        if row is None:
            raise PictureGoneError
        return read_result(row, frames)

    async def save_checkpoint(self, job_id: int, checkpoint: Checkpoint) -> None:
        """Keep the picture of a job that runs, or was cancelled and is being stopped, in place of the last one."""
        await self._database.run(
            "INSERT OR REPLACE INTO checkpoints (job_id, evaluation, picture)"
            " SELECT id, ?, ? FROM jobs WHERE id = ? AND state IN (?, ?)",
            (
                checkpoint.evaluation,
                checkpoint.picture,
                job_id,
                JobState.RUNNING,
                JobState.CANCELLED,
            ),
        )

    async def last_checkpoint(self, job_id: int) -> Checkpoint | None:
        """From where the job can continue, if it came that far."""
        row = await self._database.row("SELECT * FROM checkpoints WHERE job_id = ?", (job_id,))
        return None if row is None else Checkpoint(row["picture"], row["evaluation"])

    async def _copy_result(self, person: Person, job_id: int) -> int:
        rows = await self._database.run(
            "INSERT INTO pictures (chat_id, user_id, message_id, width, height, created, data)"
            " SELECT ?, ?, 0, width, height, ?, picture FROM outcomes WHERE job_id = ? RETURNING id",
            (person.chat_id, person.user_id, self._now(), job_id),
        )
        if not rows:
            raise PictureGoneError
        return int(rows[0]["id"])

    async def _move(
        self,
        job_id: int,
        to: JobState,
        change: str = "",
        *values: str,
        result: Result | None = None,
    ) -> Job:
        """Change the state; ``change`` is written in this class, never in a request."""
        async with self._database.transaction():
            before = await self.require(job_id)
            if to not in TRANSITIONS[before.state]:
                raise JobStateError(job_id, state=before.state, wanted=to)
            await self._database.run(
                f"UPDATE jobs SET state = ?, ended = ? {change} WHERE id = ?",  # noqa: S608
                (to, self._now() if to.final else None, *values, job_id),
            )
            if to not in {*ACTIVE, JobState.CANCELLED}:
                await self._database.run("DELETE FROM checkpoints WHERE job_id = ?", (job_id,))
            job = await self.require(job_id)
            self._tell(job, result)
            return job

    def _tell(self, job: Job, result: Result | None = None) -> None:
        if self.moved is not None:
            self._database.after_commit(partial(self.moved, job, result))
