"""Sessions: what each person has sent for the next job."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Final

from core.jobs.job_errors import PictureGoneError
from core.jobs.models import EMPTY_SESSION, Person, Session
from core.jobs.preferences import Wishes
from core.jobs.rows import Repository, read_further, read_picture_row

if TYPE_CHECKING:
    from core.jobs.database import Row

_SELECT: Final = """
SELECT sessions.*, messages.message_id AS question_message_id,
    iif(content.chat_id = sessions.chat_id, content.message_id, 0) AS content_message_id,
    content.width AS content_width, content.height AS content_height, content.album AS content_album,
    iif(style.chat_id = sessions.chat_id, style.message_id, 0) AS style_message_id,
    style.width AS style_width, style.height AS style_height, style.album AS style_album,
    (SELECT name FROM builtin_pictures WHERE picture_id = style.id) AS style_builtin,
    (SELECT name FROM builtin_pictures WHERE picture_id = content.id) AS content_builtin,
    (SELECT json_group_array(json_array(id, message_id, width, height, album, NULL))
     FROM (SELECT further.id, iif(further.chat_id = sessions.chat_id, further.message_id, 0) AS message_id,
        width, height, album
        FROM session_styles JOIN pictures AS further ON further.id = session_styles.picture_id
        WHERE session_styles.chat_id = sessions.chat_id AND session_styles.user_id = sessions.user_id
        ORDER BY number)) AS further
FROM sessions
LEFT JOIN pictures AS content ON content.id = sessions.content_id
LEFT JOIN pictures AS style ON style.id = sessions.style_id
LEFT JOIN messages ON messages.id = sessions.question
"""


class SessionRepository(Repository):
    """One row a person; a person without a row has an empty session."""

    async def get(self, person: Person) -> Session:
        """The person's session; an empty one if there is none."""
        row = await self._database.row(
            f"{_SELECT} WHERE sessions.chat_id = ? AND sessions.user_id = ?",
            (person.chat_id, person.user_id),
        )
        return EMPTY_SESSION if row is None else _read(row)

    async def save(self, person: Person, session: Session) -> None:
        """Keep the session; an empty one is deleted.

        Raises:
            PictureGoneError: One of its pictures was deleted.
        """
        if session.content is None and session.style is None and session.question is None:
            await self._database.run(
                "DELETE FROM sessions WHERE chat_id = ? AND user_id = ?",
                (person.chat_id, person.user_id),
            )
            return
        pictures = [one.id if one else None for one in (session.content, session.style)]
        further = [one.id for one in session.further]
        async with self._database.transaction():
            for picture_id in (*pictures, *further):
                await self._require_picture(person, picture_id)
            await self._database.run(
                "INSERT INTO sessions (chat_id, user_id, content_id, style_id, question, topic, blend_of,"
                " further_of, wishes, updated) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO UPDATE SET content_id = excluded.content_id,"
                " style_id = excluded.style_id, question = excluded.question, topic = excluded.topic,"
                " blend_of = excluded.blend_of, further_of = excluded.further_of,"
                " wishes = excluded.wishes, updated = excluded.updated",
                (
                    person.chat_id,
                    person.user_id,
                    *pictures,
                    session.question,
                    session.topic,
                    session.blend_of,
                    session.further_of,
                    session.wishes.to_json(),
                    self._now(),
                ),
            )

            await self._database.run(
                "DELETE FROM session_styles WHERE chat_id = ? AND user_id = ?",
                (person.chat_id, person.user_id),
            )
            for number, picture_id in enumerate(further):
                await self._database.run(
                    "INSERT INTO session_styles (chat_id, user_id, number, picture_id) VALUES (?, ?, ?, ?)",
                    (person.chat_id, person.user_id, number, picture_id),
                )

    async def chats_of(self, user_id: int) -> list[Person]:
        """The user in every chat in which they have a session."""
        return await self._people("user_id = ?", user_id)

    async def people_in(self, chat_id: int) -> list[Person]:
        """Everybody who has a session in a chat."""
        return await self._people("chat_id = ?", chat_id)

    async def _people(self, condition: str, value: int) -> list[Person]:
        rows = await self._database.rows(
            f"SELECT chat_id, user_id FROM sessions WHERE {condition} ORDER BY updated",  # noqa: S608
            (value,),
        )
        return [Person(row["chat_id"], row["user_id"]) for row in rows]

    async def _require_picture(self, person: Person, picture_id: int | None) -> None:
        if picture_id is not None and not await self._database.row(
            "SELECT 1 FROM pictures WHERE id = ? AND user_id = ? AND data IS NOT NULL",
            (picture_id, person.user_id),
        ):
            raise PictureGoneError


def _read(row: Row) -> Session:
    return Session(
        content=read_picture_row(row, "content"),
        style=read_picture_row(row, "style"),
        question=row["question"],
        question_message_id=row["question_message_id"],
        topic=row["topic"],
        blend_of=row["blend_of"],
        further_of=row["further_of"],
        further=tuple(read_further(*one) for one in json.loads(row["further"])),
        wishes=Wishes.from_json(row["wishes"]),
    )
