"""The styles that people share by links."""

from __future__ import annotations

from typing import TYPE_CHECKING

from core.jobs.models import MAX_SHARED
from core.jobs.rows import Repository

if TYPE_CHECKING:
    from collections.abc import Sequence


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
