"""The pictures that people sent."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

from core.jobs.job_errors import PictureGoneError
from core.jobs.models import SentPicture
from core.jobs.rows import UNREFERENCED, Repository

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterable

    from core.jobs.models import Person
    from core.pictures.decoder import OpenedPicture

    OpenPicture: TypeAlias = Callable[[bytes], Awaitable[OpenedPicture]]


class PictureRepository(Repository):
    """Pictures that are safe to decode, and their sizes.

    Attributes:
        open_picture: Opens what an older version stored as a stranger sent it. Without it, such a picture counts as gone.
    """

    open_picture: OpenPicture | None = None

    async def add(
        self,
        person: Person,
        data: bytes,
        *,
        message_id: int,
        size: tuple[int, int],
        album: str | None = None,
        builtin: str | None = None,
    ) -> SentPicture:
        """Keep a checked picture.

        Args:
            person: Who sent it.
            data: The picture as ``core.pictures.decoder`` opened it, or one that this program wrote.
            message_id: The message that brought it.
            size: (width, height) in pixels.
            album: Telegram's media_group_id, if it came in an album.
            builtin: The name of the built-in style that it is, if it is one.

        Raises:
            StoreFullError: There is no room for new pictures.
        """
        self._require_space()
        async with self._database.transaction():
            (row,) = await self._database.run(
                "INSERT INTO pictures (chat_id, user_id, message_id, width, height, album, created, data)"
                " VALUES (?, ?, ?, ?, ?, ?, ?, ?) RETURNING id",
                (person.chat_id, person.user_id, message_id, *size, album, self._now(), data),
            )
            if builtin is not None:
                await self._database.run(
                    "INSERT INTO builtin_pictures VALUES (?, ?)", (row["id"], builtin)
                )
        return SentPicture(
            id=row["id"],
            message_id=message_id,
            width=size[0],
            height=size[1],
            album=album,
            builtin=builtin,
        )

    async def data(self, picture_id: int) -> bytes:
        """A picture's file, which ``core.pictures.codec.reread_picture`` reads.

        Raises:
            PictureGoneError: It is not kept any more.
            core.pictures.picture_errors.PictureError: An older version stored it, and it cannot be opened now.
        """
        row = await self._database.row(
            "SELECT data, EXISTS (SELECT 1 FROM unopened WHERE picture_id = id) AS unopened"
            " FROM pictures WHERE id = ?",
            (picture_id,),
        )
        if row is None or row["data"] is None:
            raise PictureGoneError
        return await self._open(picture_id, row["data"]) if row["unopened"] else bytes(row["data"])

    async def _open(self, picture_id: int, data: bytes) -> bytes:
        """Open a stranger's file and keep the picture in its place."""
        if self.open_picture is None:
            raise PictureGoneError
        opened = await self.open_picture(data)
        async with self._database.transaction():
            await self._database.run(
                "UPDATE pictures SET width = ?, height = ?, data = ? WHERE id = ? AND data IS NOT NULL",
                (*opened.size, opened.data, picture_id),
            )
            await self._database.run("DELETE FROM unopened WHERE picture_id = ?", (picture_id,))
        return opened.data

    async def delete_unreferenced(self, ids: Iterable[int]) -> None:
        """Delete those of these pictures that no session, job, style or link to a style refers to."""
        for picture_id in set(ids):
            await self._database.run(
                f"DELETE FROM pictures WHERE id = ? AND {UNREFERENCED}",  # noqa: S608
                (picture_id,),
            )
