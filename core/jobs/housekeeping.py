"""What is deleted, when, and so that it is really gone."""

from __future__ import annotations

import logging
import time
from datetime import timedelta
from typing import Final

from core.jobs.data_folder import REPLACED
from core.jobs.job_errors import QuotaError
from core.jobs.models import LINK_DAYS, JobState, Role
from core.jobs.rows import UNREFERENCED, Repository, placeholders, to_ms

log = logging.getLogger(__name__)

_FINAL: Final = tuple(state for state in JobState if state.final)
_PERSONAL: Final = (
    *("outbox", "messages", "styles", "shared_styles"),
    *("jobs", "sessions", "pictures"),
)
"""The tables whose rows belong to a user, those that refer to others first."""
_UPDATES: Final = timedelta(days=2)
"""Telegram repeats an update for a day at most."""

_STORED: Final = """
SELECT coalesce(sum(bytes), 0) AS bytes FROM (
    SELECT length(data) AS bytes FROM pictures WHERE user_id = :user
    UNION ALL SELECT length(picture) FROM outcomes
        WHERE job_id IN (SELECT id FROM jobs WHERE user_id = :user)
    UNION ALL SELECT length(data) FROM frames
        WHERE job_id IN (SELECT id FROM jobs WHERE user_id = :user)
    UNION ALL SELECT length(picture) FROM checkpoints
        WHERE job_id IN (SELECT id FROM jobs WHERE user_id = :user AND state = 'cancelled')
)
"""
_UNNEEDED: Final = f"""
WITH mine AS MATERIALIZED (SELECT * FROM jobs WHERE user_id = :user),
going_on AS (SELECT * FROM mine WHERE held OR state NOT IN ({",".join(f"'{state}'" for state in _FINAL)})),
needed (id) AS MATERIALIZED (
    SELECT content_id FROM going_on UNION SELECT style_id FROM going_on UNION SELECT start_id FROM going_on
    UNION SELECT picture_id FROM further_styles WHERE job_id IN (SELECT id FROM going_on)
    UNION SELECT content_id FROM sessions WHERE user_id = :user
    UNION SELECT style_id FROM sessions WHERE user_id = :user
    UNION SELECT picture_id FROM session_styles WHERE user_id = :user
    UNION SELECT picture_id FROM styles WHERE user_id = :user AND kept
)
SELECT id, 0 AS is_result, created AS since, length(data) AS bytes FROM pictures
    WHERE user_id = :user AND data IS NOT NULL
    AND NOT EXISTS (SELECT 1 FROM needed WHERE needed.id = pictures.id)
UNION ALL SELECT job_id, 1, ended, length(picture)
    + (SELECT coalesce(sum(length(data)), 0) FROM frames WHERE frames.job_id = outcomes.job_id)
    FROM outcomes JOIN mine ON mine.id = job_id WHERE ended IS NOT NULL
    AND job_id NOT IN (SELECT id FROM going_on)
UNION ALL SELECT job_id, 1, ended, length(picture) FROM checkpoints JOIN mine ON mine.id = job_id
    WHERE state = 'cancelled'
ORDER BY since
"""  # noqa: S608 - the states are ours
"""What a user would not miss at once, oldest first: pictures and results of jobs that are over and do not wait for them,
what was painted of cancelled ones, styles not kept, links to styles."""

_VACUUM_PAGES: Final = 1000
"""How much of the file is given back at a time (4 MB), so that others get their turn between."""


class Housekeeping(Repository):
    """Deletes, and moves what belongs to a chat that got another number."""

    async def forget(self, user_id: int) -> None:
        """Delete everything of a user, in every chat.

        Deleted pages are zeroed (``secure_delete``); ``shrink`` empties the log that may hold older copies of them.
        """
        async with self._database.transaction():
            for table in _PERSONAL:
                await self._database.run(f"DELETE FROM {table} WHERE user_id = ?", (user_id,))  # noqa: S608
            await self._database.run(
                "DELETE FROM updates WHERE NOT done AND EXISTS"
                " (SELECT 1 FROM json_tree(text) WHERE key = 'id' AND value = ?)",
                (user_id,),
            )
            await self._database.run(
                "DELETE FROM settings WHERE key GLOB ?", (f"person:{user_id}:*",)
            )

    async def make_room(
        self, user_id: int, size: int, limit: int, *, in_part: bool = False
    ) -> None:
        """Delete a user's oldest pictures and results that nothing needs until there is room for ``size`` more bytes.

        Args:
            user_id: Whose they are, in every chat.
            size: Bytes of the picture that is to be stored.
            limit: Bytes that a user's pictures and results may have together.
            in_part: Whether to delete what can be deleted although that is not enough.

        Raises:
            QuotaError: What the user needs leaves no room; nothing is deleted.
        """
        async with self._database.transaction():
            user = {"user": user_id}
            ((stored,),) = [row.values() for row in await self._database.rows(_STORED, user)]
            excess = stored + size - limit
            if excess <= 0:
                return
            unneeded = await self._database.rows(_UNNEEDED, user)
            if not in_part and sum(row["bytes"] for row in unneeded) < excess:
                raise QuotaError(limit=limit)
            for row in unneeded:
                if excess > 0:
                    await self._delete_one(row["id"], is_result=bool(row["is_result"]))
                    excess -= row["bytes"]

    async def move_chat(self, old: int, new: int) -> bool:
        """A group got another number, under which its messages count anew: take everything there along.

        Message numbers of the old group would mean others in the new one. What was sent stays sent, under number 0,
        which no message has. Returns whether there was anything.
        """
        async with self._database.transaction():
            moved = await self._database.run(
                "UPDATE pictures SET chat_id = ?, message_id = 0 WHERE chat_id = ? RETURNING id",
                (new, old),
            )
            # A person who has begun a session in the new group goes on with that one.
            await self._database.run(
                "UPDATE OR IGNORE sessions SET chat_id = ?, question = NULL WHERE chat_id = ?",
                (new, old),
            )
            # Questions are asked again, so those that wait to be sent are not sent.
            questions = f"FROM messages WHERE chat_id = ? AND role = '{Role.QUESTION}'"
            for sql in (
                "DELETE FROM sessions WHERE chat_id = ?",
                f"DELETE FROM outbox WHERE message IN (SELECT id {questions})",  # noqa: S608 - no request's value
                f"DELETE {questions}",
            ):
                await self._database.run(sql, (old,))
            for sql in (
                "UPDATE jobs SET chat_id = ? WHERE chat_id = ?",
                "UPDATE outbox SET chat_id = ? WHERE chat_id = ?",
                "UPDATE messages SET chat_id = ?, message_id = message_id * 0 WHERE chat_id = ?",
                "UPDATE styles SET chat_id = ?, prompt_id = NULL, prompted = NULL WHERE chat_id = ?",
            ):
                await self._database.run(sql, (new, old))
        return bool(moved)

    async def clean(
        self,
        *,
        results_older_than: timedelta,
        inputs_older_than: timedelta | None = None,
        jobs_older_than: timedelta = timedelta(days=30),
        sessions_older_than: timedelta = timedelta(days=30),
        links_older_than: timedelta = timedelta(days=LINK_DAYS),
        damaged_older_than: timedelta = timedelta(days=7),
    ) -> int:
        """Delete what nothing needs any more, then give the room back to the disk.

        Jobs that are not over are never touched, however old, nor are the styles that people keep.

        Args:
            results_older_than: Age, since its end, at which a job loses its result.
            inputs_older_than: The same for its photos, which a repetition needs, and for styles that were used and
                not kept; None for the same age.
            jobs_older_than: The same for its row, which by then holds no picture.
            sessions_older_than: Age at which an abandoned session is deleted, and the day on which a person last wrote.
            links_older_than: The same for a link to a style, since it was made or opened the last time.
            damaged_older_than: Age at which a database that was set aside, damaged or replaced by a backup, is deleted:
                it holds pictures too.

        Returns:
            How many pictures were deleted, photos and results.
        """
        inputs = results_older_than if inputs_older_than is None else inputs_older_than
        async with self._database.transaction():
            deleted = await self._delete_results(self._ago(results_older_than))
            await self._database.run(
                "DELETE FROM sessions WHERE updated <= ?", (self._ago(sessions_older_than),)
            )
            await self._database.run(
                "DELETE FROM settings WHERE key GLOB 'person:*:heard' AND value < ?",
                ((self._clock() - sessions_older_than).date().isoformat(),),
            )
            await self._database.run(
                "DELETE FROM styles WHERE NOT kept AND used <= ?", (self._ago(inputs),)
            )
            await self._database.run(
                "DELETE FROM shared_styles WHERE used <= ?", (self._ago(links_older_than),)
            )
            deleted += await self._delete_inputs(self._ago(inputs))
            await self._database.run(
                f"DELETE FROM jobs WHERE state IN ({placeholders(_FINAL)}) AND ended <= ?",  # noqa: S608
                (*_FINAL, self._ago(jobs_older_than)),
            )
            await self._database.run(
                "DELETE FROM messages WHERE job_id IS NULL AND created <= ?"
                " AND id NOT IN (SELECT question FROM sessions WHERE question IS NOT NULL)",
                (self._ago(sessions_older_than),),
            )
            await self._database.run(
                "DELETE FROM updates WHERE done AND received <= ?", (self._ago(_UPDATES),)
            )
            deleted += await self._delete_unreferenced()
        self._delete_damaged(damaged_older_than)
        await self.shrink()
        return deleted

    async def shrink(self) -> None:
        """Empty the log and give free pages back, a piece at a time."""
        before, left = None, await self._database.vacuum(_VACUUM_PAGES)
        while left and left != before:
            before, left = left, await self._database.vacuum(_VACUUM_PAGES)
        ((busy, *_),) = await self._database.pragma("PRAGMA wal_checkpoint(TRUNCATE)")
        if busy:
            log.warning("Another process reads the database; its log will be emptied later.")

    async def _delete_one(self, row_id: int, *, is_result: bool) -> None:
        """Delete a job's result, or a picture and the style that it was; a job that refers to it keeps its row.

        Links to that style end with it: there is no telling whether anybody will open them.
        """
        if is_result:
            for table in ("outcomes", "checkpoints"):
                await self._database.run(f"DELETE FROM {table} WHERE job_id = ?", (row_id,))  # noqa: S608
            return
        await self._database.run("DELETE FROM styles WHERE picture_id = ? AND NOT kept", (row_id,))
        await self._database.run("DELETE FROM shared_styles WHERE picture_id = ?", (row_id,))
        await self._database.run("UPDATE pictures SET data = NULL WHERE id = ?", (row_id,))
        await self._database.run(
            f"DELETE FROM pictures WHERE id = ? AND {UNREFERENCED}",  # noqa: S608
            (row_id,),
        )

    async def _delete_results(self, before: int) -> int:
        over = f"SELECT id FROM jobs WHERE state IN ({placeholders(_FINAL)}) AND ended <= ?"  # noqa: S608
        deleted = [
            await self._database.run(
                f"DELETE FROM {table} WHERE job_id IN ({over}) RETURNING job_id",  # noqa: S608
                (*_FINAL, before),
            )
            for table in ("outcomes", "checkpoints")
        ]
        return sum(map(len, deleted))

    async def _delete_inputs(self, before: int) -> int:
        """Jobs' rows keep referring to the pictures' rows; only the bytes go."""
        needed = f"state NOT IN ({placeholders(_FINAL)}) OR ended > ?"
        rows = await self._database.run(
            f"""
            WITH needed AS MATERIALIZED (SELECT id, content_id, style_id, start_id FROM jobs WHERE {needed}),
            kept (id) AS MATERIALIZED (
                SELECT content_id FROM needed UNION SELECT style_id FROM needed
                UNION SELECT start_id FROM needed
                UNION SELECT picture_id FROM further_styles WHERE job_id IN (SELECT id FROM needed)
                UNION SELECT content_id FROM sessions
                UNION SELECT style_id FROM sessions UNION SELECT picture_id FROM session_styles
                UNION SELECT picture_id FROM styles
                UNION SELECT picture_id FROM shared_styles
            )
            UPDATE pictures SET data = NULL WHERE data IS NOT NULL
            AND NOT EXISTS (SELECT 1 FROM kept WHERE kept.id = pictures.id)
            AND NOT ({UNREFERENCED}) RETURNING id
            """,  # noqa: S608
            (*_FINAL, before),
        )
        return len(rows)

    async def _delete_unreferenced(self) -> int:
        rows = await self._database.run(
            f"DELETE FROM pictures WHERE {UNREFERENCED} RETURNING data IS NULL AS empty"  # noqa: S608
        )
        return sum(not row["empty"] for row in rows)

    def _ago(self, age: timedelta) -> int:
        return to_ms(self._clock() - age)

    def _delete_damaged(self, age: timedelta) -> None:
        path = self._database.path
        pieces = (f"{path.name}.damaged-*", f"{path.name}{REPLACED}*")
        for file in (one for piece in pieces for one in path.parent.glob(piece)):
            if file.stat().st_mtime < time.time() - age.total_seconds():
                file.unlink()
                log.info("Deleted %s, set aside long ago.", file.name)
