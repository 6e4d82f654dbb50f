"""The pictures that people sent."""

from __future__ import annotations

from typing import TYPE_CHECKING

from core.jobs.job_errors import PictureGoneError
from core.jobs.models import SentPicture
from core.jobs.rows import UNREFERENCED, Repository

if TYPE_CHECKING:
    from collections.abc import Iterable

    from core.jobs.models import Person


class PictureRepository(Repository):
    """Bytes of pictures, and their sizes."""

    async def add(
        self,
        person: Person,
        data: bytes,
        *,
        message_id: int,
        size: tuple[int, int],
        album: str | None = None,
    ) -> SentPicture:
        """Keep a checked picture.

        Args:
            person: Who sent it.
            data: The file.
            message_id: The message that brought it.
            size: (width, height) in pixels.
            album: Telegram's media_group_id, if it came in an album.

        Raises:
            StoreFullError: There is no room for new pictures.
        """
        self._require_space()
        (row,) = await self._database.run(
            "INSERT INTO pictures (chat_id, user_id, message_id, width, height, album, created, data)"
            " VALUES (?, ?, ?, ?, ?, ?, ?, ?) RETURNING id",
            (person.chat_id, person.user_id, message_id, *size, album, self._now(), data),
        )
        return SentPicture(
            id=row["id"], message_id=message_id, width=size[0], height=size[1], album=album
        )

    async def data(self, picture_id: int) -> bytes:
        """A picture's file.

        Raises:
            PictureGoneError: It is not kept any more.
        """
        row = await self._database.row("SELECT data FROM pictures WHERE id = ?", (picture_id,))
        if row is None or row["data"] is None:
            raise PictureGoneError
        return bytes(row["data"])

    async def delete_unreferenced(self, ids: Iterable[int]) -> None:
        """Delete those of these pictures that no session, job or style refers to."""
        for picture_id in set(ids):
            await self._database.run(
                f"DELETE FROM pictures WHERE id = ? AND {UNREFERENCED}",  # noqa: S608
                (picture_id,),
            )
