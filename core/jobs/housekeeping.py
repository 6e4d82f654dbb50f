"""What is thrown away, when, and so that it is really gone."""

from __future__ import annotations

import logging
import time
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from core.jobs.database import fetch
from core.jobs.models import JobState
from core.jobs.tables import UNNEEDED, Tables, marks

if TYPE_CHECKING:
    import aiosqlite

log = logging.getLogger(__name__)

_FINAL: Final = tuple(state for state in JobState if state.final)
_STRAY: Final = timedelta(hours=1)
"""A picture that no conversation took within this time was left over by a crash."""

_VACUUM_PAGES: Final = 1000
"""How much of the file is given back at a time (4 MB), so that others get their turn between."""


class Housekeeping(Tables):
    """The part of the store that deletes."""

    async def forget(self, user_id: int) -> None:
        """Delete everything of a person, in every chat, at once; the bytes are gone from the files.

        Deleted pages are zeroed (``secure_delete``), and the log that may still hold older copies of
        them is emptied. Where another process is reading just then, ``clean`` empties it later.
        """
        async with self._database.transaction() as connection:
            for table in ("styles", "jobs", "sessions", "pictures"):
                await connection.execute_fetchall(
                    f"DELETE FROM {table} WHERE user_id = ?",  # noqa: S608
                    (user_id,),
                )
            await connection.execute_fetchall(
                "DELETE FROM updates WHERE EXISTS"
                " (SELECT 1 FROM json_tree(text) WHERE key = 'id' AND value = ?)",
                (user_id,),
            )
            await connection.execute_fetchall(
                "DELETE FROM settings WHERE key GLOB ?", (f"person:{user_id}:*",)
            )
        await self._shrink()

    async def move_chat(self, old: int, new: int) -> bool:
        """A group got another number, under which its messages count anew: take everything there along.

        Message numbers of the old group would mean others in the new one. What was sent stays sent, under
        number 0, which no message has. Returns whether there was anything.
        """
        async with self._database.transaction() as connection:
            moved = await fetch(
                connection,
                "UPDATE pictures SET chat_id = ?, message_id = 0 WHERE chat_id = ? RETURNING id",
                (new, old),
            )
            # Whoever has begun a conversation in the new group already goes on with that one.
            await connection.execute_fetchall(
                "UPDATE OR IGNORE sessions SET chat_id = ?, question_id = NULL WHERE chat_id = ?",
                (new, old),
            )
            await connection.execute_fetchall("DELETE FROM sessions WHERE chat_id = ?", (old,))
            await connection.execute_fetchall(
                "UPDATE jobs SET chat_id = ?, status_id = NULL, photo_id = photo_id * 0,"
                " document_id = document_id * 0 WHERE chat_id = ?",
                (new, old),
            )
            await connection.execute_fetchall(
                "UPDATE styles SET chat_id = ?, prompt_id = NULL, prompted = NULL WHERE chat_id = ?",
                (new, old),
            )
        return bool(moved)

    async def clean(
        self,
        *,
        results_older_than: timedelta,
        inputs_older_than: timedelta | None = None,
        jobs_older_than: timedelta = timedelta(days=30),
        sessions_older_than: timedelta = timedelta(days=30),
        damaged_older_than: timedelta = timedelta(days=7),
    ) -> int:
        """Drop what nothing needs any more, then give the room back to the disk.

        Jobs that are not over are never touched, however old, nor are the styles that people keep.

        Args:
            results_older_than: Age, since its end, at which a job loses its result.
            inputs_older_than: The same for its photos, which "again" needs, and for styles that were
                used and not kept; None for the same age.
            jobs_older_than: The same for its row, which by then holds no picture.
            sessions_older_than: Age at which a conversation that nobody goes on with is dropped.
            damaged_older_than: Age at which a damaged database that was set aside is deleted: it
                holds pictures too.

        Returns:
            How many pictures were dropped, photos and results.
        """
        inputs = results_older_than if inputs_older_than is None else inputs_older_than
        async with self._database.transaction() as connection:
            dropped = await _drop_results(connection, self._ago(results_older_than))
            await connection.execute_fetchall(
                "DELETE FROM sessions WHERE updated <= ?", (self._ago(sessions_older_than),)
            )
            await connection.execute_fetchall(
                "DELETE FROM styles WHERE NOT kept AND used <= ?", (self._ago(inputs),)
            )
            dropped += await _drop_inputs(connection, self._ago(inputs))
            await connection.execute_fetchall(
                f"DELETE FROM jobs WHERE state IN ({marks(_FINAL)}) AND ended <= ?",  # noqa: S608
                (*_FINAL, self._ago(jobs_older_than)),
            )
            dropped += await _drop_strays(connection, self._ago(_STRAY))
        self._drop_damaged(damaged_older_than)
        await self._shrink()
        return dropped

    async def _shrink(self) -> None:
        """Empty the log and give free pages back, a piece at a time."""
        before, left = None, await self._database.vacuum(_VACUUM_PAGES)
        while left and left != before:
            before, left = left, await self._database.vacuum(_VACUUM_PAGES)
        ((busy, *_),) = await self._database.pragma("PRAGMA wal_checkpoint(TRUNCATE)")
        if busy:
            log.warning("Another process reads the database; its log will be emptied later.")

    def _drop_damaged(self, age: timedelta) -> None:
        path = self._database.path
        for file in path.parent.glob(f"{path.name}.damaged-*"):
            if file.stat().st_mtime < time.time() - age.total_seconds():
                file.unlink()
                log.info("Deleted %s, set aside long ago.", file.name)


async def _drop_results(connection: aiosqlite.Connection, before: int) -> int:
    rows = await fetch(
        connection,
        "DELETE FROM outcomes WHERE job_id IN"  # noqa: S608
        f" (SELECT id FROM jobs WHERE state IN ({marks(_FINAL)}) AND ended <= ?) RETURNING job_id",
        (*_FINAL, before),
    )
    return len(rows)


async def _drop_inputs(connection: aiosqlite.Connection, before: int) -> int:
    """Jobs' rows keep referring to the pictures' rows; only the bytes go."""
    needed = f"state NOT IN ({marks(_FINAL)}) OR ended > ?"
    rows = await fetch(
        connection,
        f"""
        WITH needed AS MATERIALIZED (SELECT content_id, style_id, start_id FROM jobs WHERE {needed}),
        kept (id) AS MATERIALIZED (
            SELECT content_id FROM needed UNION SELECT style_id FROM needed
            UNION SELECT start_id FROM needed UNION SELECT content_id FROM sessions
            UNION SELECT style_id FROM sessions UNION SELECT picture_id FROM styles
        )
        UPDATE pictures SET data = NULL WHERE data IS NOT NULL
        AND NOT EXISTS (SELECT 1 FROM kept WHERE kept.id = pictures.id)
        AND NOT ({UNNEEDED}) RETURNING id
        """,  # noqa: S608
        (*_FINAL, before),
    )
    return len(rows)


async def _drop_strays(connection: aiosqlite.Connection, before: int) -> int:
    rows = await fetch(
        connection,
        f"DELETE FROM pictures WHERE created <= ? AND {UNNEEDED} RETURNING data IS NULL AS empty",  # noqa: S608
        (before,),
    )
    return sum(not row["empty"] for row in rows)
