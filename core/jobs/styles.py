"""The style pictures that a person used before, and those they keep."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from core.jobs.job_errors import StyleGoneError, TooManyStylesError
from core.jobs.models import Style
from core.jobs.tables import Tables, drop_unneeded, fetch_one, read_picture

if TYPE_CHECKING:
    from datetime import timedelta

    import aiosqlite

    from core.jobs.database import Row
    from core.jobs.models import Person, SentPicture

MOST: Final = 6
"""How many styles a person may keep in a chat, and how many are remembered at all: what one picture can show."""

LONGEST_NAME: Final = 24

_SELECT: Final = """
SELECT styles.id, name, kept, thumbnail, picture_id,
    pictures.message_id AS picture_message_id, pictures.width AS picture_width,
    pictures.height AS picture_height, pictures.album AS picture_album
FROM styles JOIN pictures ON pictures.id = styles.picture_id
WHERE styles.chat_id = ? AND styles.user_id = ?
"""


class Styles(Tables):
    """The part of the store that knows each person's styles.

    A style belongs to the chat it was used in: what was sent in private is not shown to a group.
    """

    async def styles(self, person: Person) -> list[Style]:
        """Those they keep, in the order of their use, then the others, the latest first."""
        rows = await self._database.rows(
            f"{_SELECT} ORDER BY kept DESC, CASE WHEN kept THEN styles.id ELSE -used END, styles.id DESC",
            (person.chat_id, person.user_id),
        )
        return [_read(row) for row in rows]

    async def style(self, person: Person, style_id: int) -> Style:
        """One of their styles.

        Raises:
            StyleGoneError: It is not kept any more, or was never theirs.
        """
        row = await self._database.row(
            f"{_SELECT} AND styles.id = ?", (person.chat_id, person.user_id, style_id)
        )
        if row is None:
            raise StyleGoneError
        return _read(row)

    async def note_style(
        self, person: Person, picture: SentPicture, thumbnail: bytes, *, same_as: int | None = None
    ) -> None:
        """Remember that a picture was used as a style, and forget the oldest beyond ``MOST``.

        Args:
            person: Who used it, and where.
            picture: One of their pictures; nothing happens where it is gone.
            thumbnail: A small JPEG of it.
            same_as: The style that shows the same, if there is one: its use is renewed.
        """
        async with self._database.transaction() as connection:
            known = await connection.execute_fetchall(
                "UPDATE styles SET used = ? WHERE chat_id = ? AND user_id = ? AND (id = ? OR picture_id = ?)"
                " RETURNING id",
                (self._now(), person.chat_id, person.user_id, same_as, picture.id),
            )
            if not known:
                await connection.execute_fetchall(
                    "INSERT INTO styles (chat_id, user_id, picture_id, used, thumbnail)"
                    " SELECT ?, ?, id, ?, ? FROM pictures WHERE id = ? AND user_id = ? AND data IS NOT NULL",
                    (
                        person.chat_id,
                        person.user_id,
                        self._now(),
                        thumbnail,
                        picture.id,
                        person.user_id,
                    ),
                )
            await _forget_the_oldest(connection, person)

    async def keep_style(self, person: Person, style_id: int, *, keep: bool) -> Style:
        """Have a style stay until it is removed, or go in time as the others do.

        Raises:
            StyleGoneError: It is not there.
            TooManyStylesError: They keep as many as they may.
        """
        async with self._database.transaction() as connection:
            return await self._change(connection, person, style_id, kept=keep)

    async def name_style(self, person: Person, style_id: int, name: str) -> Style:
        """Call a style something, which also keeps it.

        Raises:
            StyleGoneError: It is not there.
            TooManyStylesError: They keep as many as they may.
        """
        async with self._database.transaction() as connection:
            await self._change(connection, person, style_id, kept=True)
            await connection.execute_fetchall(
                "UPDATE styles SET name = ? WHERE id = ?", (name, style_id)
            )
            return await _one(connection, person, style_id)

    async def remove_style(self, person: Person, style_id: int) -> None:
        """Forget a style. Its picture goes with it, unless a conversation or a painting needs it still.

        Raises:
            StyleGoneError: It is not there.
        """
        async with self._database.transaction() as connection:
            style = await _one(connection, person, style_id)
            await connection.execute_fetchall("DELETE FROM styles WHERE id = ?", (style_id,))
            await drop_unneeded(connection, [style.picture.id])

    async def prompt_for_name(self, style_id: int, prompt_id: int | None) -> None:
        """Remember the message that asks what a style is called; None where the answer came."""
        await self._database.run(
            "UPDATE styles SET prompt_id = ?, prompted = ? WHERE id = ?",
            (prompt_id, self._now(), style_id),
        )

    async def style_to_name(
        self, person: Person, *, reply_to: int | None, within: timedelta
    ) -> tuple[int, int] | None:
        """Which style a person's words name: the one whose question they answer, and that question's message.

        Args:
            person: Who wrote, and where.
            reply_to: The message that they reply to.
            within: Words that reply to nothing answer a question that was asked this lately.
        """
        row = await self._database.row(
            "SELECT id, prompt_id FROM styles WHERE chat_id = ? AND user_id = ? AND prompt_id IS NOT NULL"
            " AND (prompt_id = ? OR (? IS NULL AND prompted >= ?)) ORDER BY prompted DESC, id DESC",
            (person.chat_id, person.user_id, reply_to, reply_to, self._ago(within)),
        )
        return None if row is None else (row["id"], row["prompt_id"])

    async def _change(
        self, connection: aiosqlite.Connection, person: Person, style_id: int, *, kept: bool
    ) -> Style:
        style = await _one(connection, person, style_id)
        if kept and not style.kept:
            ((number,),) = await connection.execute_fetchall(
                "SELECT count(*) FROM styles WHERE chat_id = ? AND user_id = ? AND kept",
                (person.chat_id, person.user_id),
            )
            if number >= MOST:
                raise TooManyStylesError(limit=MOST)
        # Let go, it stays as long as one that was used just now.
        await connection.execute_fetchall(
            "UPDATE styles SET kept = ?, used = ? WHERE id = ?", (kept, self._now(), style_id)
        )
        await _forget_the_oldest(connection, person)
        return await _one(connection, person, style_id)


async def _one(connection: aiosqlite.Connection, person: Person, style_id: int) -> Style:
    row = await fetch_one(
        connection, f"{_SELECT} AND styles.id = ?", (person.chat_id, person.user_id, style_id)
    )
    if row is None:
        raise StyleGoneError
    return _read(row)


async def _forget_the_oldest(connection: aiosqlite.Connection, person: Person) -> None:
    """Those that are kept take the places first; what was just used has one in any case."""
    of = (person.chat_id, person.user_id)
    ((kept,),) = await connection.execute_fetchall(
        "SELECT count(*) FROM styles WHERE chat_id = ? AND user_id = ? AND kept", of
    )
    gone = await connection.execute_fetchall(
        "DELETE FROM styles WHERE id IN (SELECT id FROM styles WHERE chat_id = ? AND user_id = ?"
        " AND NOT kept ORDER BY used DESC, id DESC LIMIT -1 OFFSET ?) RETURNING picture_id",
        (*of, max(1, MOST - kept)),
    )
    await drop_unneeded(connection, [picture_id for (picture_id,) in gone])


def _read(row: Row) -> Style:
    picture = read_picture(row, "picture")
    assert picture is not None  # noqa: S101 - NOT NULL in the schema
    return Style(
        id=row["id"],
        picture=picture,
        name=row["name"],
        kept=bool(row["kept"]),
        thumbnail=row["thumbnail"],
    )
