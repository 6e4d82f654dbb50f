"""Conversations and the pictures that people sent."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from core.jobs.job_errors import PictureGoneError
from core.jobs.models import Person, SentPicture, Session
from core.jobs.tables import Tables, drop_unneeded, fetch_one, read_picture

if TYPE_CHECKING:
    import aiosqlite

    from core.jobs.database import Row

_SELECT: Final = """
SELECT sessions.*,
    content.message_id AS content_message_id, content.width AS content_width,
    content.height AS content_height, content.album AS content_album,
    style.message_id AS style_message_id, style.width AS style_width,
    style.height AS style_height, style.album AS style_album
FROM sessions
LEFT JOIN pictures AS content ON content.id = sessions.content_id
LEFT JOIN pictures AS style ON style.id = sessions.style_id
"""


class Conversations(Tables):
    """The part of the store that remembers who sent what."""

    async def session(self, person: Person) -> Session:
        """The person's conversation as it stands; an empty one where there is none."""
        row = await self._database.row(
            f"{_SELECT} WHERE sessions.chat_id = ? AND sessions.user_id = ?",
            (person.chat_id, person.user_id),
        )
        return Session(person=person) if row is None else _read(row)

    async def sessions(self) -> list[Session]:
        """All conversations that are under way, the longest untouched first."""
        return [_read(row) for row in await self._database.rows(f"{_SELECT} ORDER BY updated")]

    async def add_picture(
        self,
        person: Person,
        data: bytes,
        *,
        message_id: int,
        width: int,
        height: int,
        album: str | None = None,
    ) -> SentPicture:
        """Keep a checked picture. It belongs to no conversation until ``save_session`` says so.

        Args:
            person: Who sent it.
            data: The file.
            message_id: The message that brought it.
            width: In pixels.
            height: In pixels.
            album: Telegram's media_group_id where it came in an album.

        Raises:
            StoreFullError: There is no room for new pictures.
        """
        self._need_room()
        async with self._database.transaction() as connection:
            row = await fetch_one(
                connection,
                "INSERT INTO pictures (chat_id, user_id, message_id, width, height, album, created, data)"
                " VALUES (?, ?, ?, ?, ?, ?, ?, ?) RETURNING id",
                (
                    person.chat_id,
                    person.user_id,
                    message_id,
                    width,
                    height,
                    album,
                    self._now(),
                    data,
                ),
            )
        assert row is not None  # noqa: S101 - an INSERT that did not raise returns its row
        return SentPicture(
            id=row["id"], message_id=message_id, width=width, height=height, album=album
        )

    async def picture(self, picture_id: int) -> bytes:
        """A picture's file.

        Raises:
            PictureGoneError: It is not kept any more.
        """
        row = await self._database.row("SELECT data FROM pictures WHERE id = ?", (picture_id,))
        if row is None or row["data"] is None:
            raise PictureGoneError
        return bytes(row["data"])

    async def save_session(self, session: Session) -> None:
        """Keep the conversation as it is now; pictures that it let go are deleted.

        Raises:
            PictureGoneError: One of its pictures was deleted meanwhile.
        """
        content = session.content.id if session.content else None
        style = session.style.id if session.style else None
        async with self._database.transaction() as connection:
            for picture_id in (content, style):
                await _need_picture(connection, session.person, picture_id)
            before = await _picture_ids(connection, session.person)
            await connection.execute_fetchall(
                "INSERT INTO sessions (chat_id, user_id, content_id, style_id, question_id, updated)"
                " VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT DO UPDATE SET content_id = excluded.content_id,"
                " style_id = excluded.style_id, question_id = excluded.question_id,"
                " updated = excluded.updated",
                (
                    session.person.chat_id,
                    session.person.user_id,
                    content,
                    style,
                    session.question_id,
                    self._now(),
                ),
            )
            await drop_unneeded(connection, before)

    async def end_session(self, person: Person) -> None:
        """Forget the conversation and its pictures. Harmless where there is none."""
        async with self._database.transaction() as connection:
            before = await _picture_ids(connection, person)
            await clear_session(connection, person)
            await drop_unneeded(connection, before)


async def clear_session(connection: aiosqlite.Connection, person: Person) -> None:
    """Delete the conversation's row, inside a transaction; its pictures stay."""
    await connection.execute_fetchall(
        "DELETE FROM sessions WHERE chat_id = ? AND user_id = ?", (person.chat_id, person.user_id)
    )


async def _picture_ids(
    connection: aiosqlite.Connection, person: Person
) -> tuple[int | None, int | None]:
    row = await fetch_one(
        connection,
        "SELECT content_id, style_id FROM sessions WHERE chat_id = ? AND user_id = ?",
        (person.chat_id, person.user_id),
    )
    return (None, None) if row is None else (row["content_id"], row["style_id"])


async def _need_picture(
    connection: aiosqlite.Connection, person: Person, picture_id: int | None
) -> None:
    if picture_id is not None and not await fetch_one(
        connection,
        "SELECT 1 FROM pictures WHERE id = ? AND user_id = ? AND data IS NOT NULL",
        (picture_id, person.user_id),
    ):
        raise PictureGoneError


def _read(row: Row) -> Session:
    return Session(
        person=Person(row["chat_id"], row["user_id"]),
        content=read_picture(row, "content"),
        style=read_picture(row, "style"),
        question_id=row["question_id"],
    )
