"""What people show to others: styles by links, and results in other chats."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from core.jobs.models import MAX_SHARED
from core.jobs.rows import Repository, from_ms, read_options

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from core.style.options import Options


@dataclass(frozen=True, slots=True, kw_only=True)
class SentResult:
    """A result that Telegram has as a photo.

    Attributes:
        job_id: The job.
        file_id: Telegram's number of the photo.
        created: When the job was asked for (UTC).
        options: The choices of the transfer.
        style_name: What the person calls the style; None if they gave it no name.
    """

    job_id: int
    file_id: str
    created: datetime
    options: Options
    style_name: str | None


class ShareRepository(Repository):
    """The table ``shared_styles``: a code of 128 random bits leads to a picture, and to nothing of whoever shares it."""

    async def code_of(self, user_id: int, picture_id: int) -> str | None:
        """The code under which a user shares a picture; None if they do not."""
        row = await self._database.row(
            "SELECT code FROM shared_styles WHERE user_id = ? AND picture_id = ?",
            (user_id, picture_id),
        )
        return None if row is None else row["code"]

    async def count(self, user_id: int) -> int:
        """How many styles a user shares."""
        (row,) = await self._database.rows(
            "SELECT count(*) AS shared FROM shared_styles WHERE user_id = ?", (user_id,)
        )
        return int(row["shared"])

    async def add(self, user_id: int, code: str, picture_id: int) -> Sequence[int]:
        """Share a picture of the user's under a code, which may be the one that it has already.

        Returns:
            The pictures that are shared no longer: of more than ``MAX_SHARED`` the one that was unused for longest.
        """
        async with self._database.transaction():
            await self._database.run(
                "INSERT INTO shared_styles (code, user_id, picture_id, used)"
                " SELECT ?, user_id, id, ? FROM pictures WHERE id = ? AND user_id = ? AND data IS NOT NULL"
                " ON CONFLICT DO UPDATE SET used = excluded.used",
                (code, self._now(), picture_id, user_id),
            )
            gone = await self._database.run(
                "DELETE FROM shared_styles WHERE code IN (SELECT code FROM shared_styles WHERE user_id = ?"
                " ORDER BY code = ? DESC, used DESC LIMIT -1 OFFSET ?) RETURNING picture_id",
                (user_id, code, MAX_SHARED),
            )
        return [row["picture_id"] for row in gone]

    async def open(self, code: str) -> tuple[int, tuple[int, int]] | None:
        """Note that a link was opened.

        Returns:
            The picture's row and its (width, height) in pixels; None if nothing is shared under this code.
        """
        async with self._database.transaction():
            opened = await self._database.run(
                "UPDATE shared_styles SET used = ? WHERE code = ? RETURNING picture_id",
                (self._now(), code),
            )
            for row in opened:
                picture = await self._database.row(
                    "SELECT id, width, height FROM pictures WHERE id = ?", (row["picture_id"],)
                )
                if picture is not None:
                    return picture["id"], (picture["width"], picture["height"])
        return None

    async def results_of(self, user_id: int, *, most: int) -> list[SentResult]:
        """A user's newest results of all chats, the newest first, however long their own bytes are gone."""
        rows = await self._database.rows(
            "SELECT jobs.id, jobs.created, jobs.options, max(messages.file_id) AS file_id,"
            " (SELECT name FROM styles WHERE styles.user_id = jobs.user_id AND picture_id = jobs.style_id"
            " AND name IS NOT NULL LIMIT 1) AS style_name"
            " FROM messages JOIN jobs ON jobs.id = messages.job_id"
            " WHERE messages.user_id = ? AND messages.file_id IS NOT NULL"
            " GROUP BY jobs.id ORDER BY jobs.id DESC LIMIT ?",
            (user_id, most),
        )
        return [
            SentResult(
                job_id=row["id"],
                file_id=row["file_id"],
                created=from_ms(row["created"]),
                options=read_options(row["options"]),
                style_name=row["style_name"],
            )
            for row in rows
        ]

    async def links_of(self, user_id: int) -> list[tuple[str, str | None]]:
        """The codes of the styles that a user shares, the latest first, each with the style's name if it has one."""
        rows = await self._database.rows(
            "SELECT code, (SELECT name FROM styles WHERE styles.user_id = shared_styles.user_id"
            " AND styles.picture_id = shared_styles.picture_id AND name IS NOT NULL LIMIT 1) AS name"
            " FROM shared_styles WHERE user_id = ? ORDER BY used DESC, code",
            (user_id,),
        )
        return [(row["code"], row["name"]) for row in rows]

    async def remove(self, user_id: int, code: str | None = None) -> Sequence[int]:
        """Share a user's style no longer, or none of theirs if no code is given.

        Returns:
            The pictures that were shared.
        """
        gone = await self._database.run(
            "DELETE FROM shared_styles WHERE user_id = ? AND code = coalesce(?, code) RETURNING picture_id",
            (user_id, code),
        )
        return [row["picture_id"] for row in gone]
