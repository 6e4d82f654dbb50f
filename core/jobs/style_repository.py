"""The style pictures that a person has used, and those that they keep."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from core.jobs.job_errors import StyleGoneError
from core.jobs.models import MAX_STYLES, Style
from core.jobs.rows import Repository, from_ms, read_picture_row, to_ms

if TYPE_CHECKING:
    from collections.abc import Sequence

    from core.jobs.database import Row
    from core.jobs.models import Person, UsedStyle

_SELECT: Final = """
SELECT styles.id, name, kept, prompt_id, prompted, picture_id,
    pictures.message_id AS picture_message_id, pictures.width AS picture_width,
    pictures.height AS picture_height, pictures.album AS picture_album,
    (SELECT name FROM builtin_pictures WHERE picture_id = pictures.id) AS picture_builtin
FROM styles JOIN pictures ON pictures.id = styles.picture_id
WHERE styles.chat_id = ? AND styles.user_id = ?
"""


class StyleRepository(Repository):
    """A style belongs to the chat it was used in: what was sent in private is not shown to a group."""

    async def of(self, person: Person) -> tuple[Style, ...]:
        """The person's styles: those they keep, oldest first, then the others, the latest first."""
        rows = await self._database.rows(
            f"{_SELECT} ORDER BY kept DESC, CASE WHEN kept THEN styles.id ELSE -used END, styles.id DESC",
            (person.chat_id, person.user_id),
        )
        return tuple(_read(row) for row in rows)

    async def thumbnail(self, style_id: int) -> bytes:
        """A small JPEG of a style.

        Raises:
            StyleGoneError: It is not kept any more.
        """
        row = await self._database.row("SELECT thumbnail FROM styles WHERE id = ?", (style_id,))
        if row is None:
            raise StyleGoneError
        return bytes(row["thumbnail"])

    async def save(self, style: Style) -> None:
        """Store a style's name, whether it is kept, and its open question.

        A style that is not kept any longer stays as long as one that was used just now.
        """
        await self._database.run(
            "UPDATE styles SET name = ?, used = CASE WHEN kept = ? THEN used ELSE ? END, kept = ?,"
            " prompt_id = ?, prompted = ? WHERE id = ?",
            (
                style.name,
                style.kept,
                self._now(),
                style.kept,
                style.prompt_id,
                None if style.prompted is None else to_ms(style.prompted),
                style.id,
            ),
        )

    async def remove(self, style_id: int) -> None:
        """Forget a style; its picture stays as long as a session or a job refers to it."""
        await self._database.run("DELETE FROM styles WHERE id = ?", (style_id,))

    async def note_use(
        self, person: Person, used: UsedStyle, *, keep_as: str | None = None
    ) -> Sequence[int]:
        """Remember that a picture was used as a style, and forget the oldest beyond ``MAX_STYLES``.

        Args:
            person: Who used it.
            used: The picture.
            keep_as: The name under which it is kept from now on, if it has none yet; None if it need not be kept.

        Returns:
            The picture ids of the styles that were forgotten.
        """
        async with self._database.transaction():
            known = await self._database.run(
                "UPDATE styles SET used = ? WHERE chat_id = ? AND user_id = ? AND (id = ? OR picture_id = ?)"
                " RETURNING id",
                (self._now(), person.chat_id, person.user_id, used.same_as, used.picture.id),
            )
            if not known:
                await self._database.run(
                    "INSERT INTO styles (chat_id, user_id, picture_id, used, thumbnail)"
                    " SELECT ?, ?, id, ?, ? FROM pictures WHERE id = ? AND user_id = ? AND data IS NOT NULL",
                    (
                        person.chat_id,
                        person.user_id,
                        self._now(),
                        used.thumbnail,
                        used.picture.id,
                        person.user_id,
                    ),
                )
            if keep_as is not None:
                await self._database.run(
                    "UPDATE styles SET kept = 1, name = coalesce(name, ?)"
                    " WHERE chat_id = ? AND user_id = ? AND (id = ? OR picture_id = ?)",
                    (keep_as, person.chat_id, person.user_id, used.same_as, used.picture.id),
                )
            return await self.forget_oldest(person)

    async def forget_oldest(self, person: Person) -> Sequence[int]:
        """Forget the styles beyond ``MAX_STYLES``; those that are kept count first, the newest always stays."""
        of = (person.chat_id, person.user_id)
        (row,) = await self._database.rows(
            "SELECT count(*) AS kept FROM styles WHERE chat_id = ? AND user_id = ? AND kept", of
        )
        gone = await self._database.run(
            "DELETE FROM styles WHERE id IN (SELECT id FROM styles WHERE chat_id = ? AND user_id = ?"
            " AND NOT kept ORDER BY used DESC, id DESC LIMIT -1 OFFSET ?) RETURNING picture_id",
            (*of, max(1, MAX_STYLES - row["kept"])),
        )
        return [one["picture_id"] for one in gone]


def _read(row: Row) -> Style:
    picture = read_picture_row(row, "picture")
    assert picture is not None  # noqa: S101 - NOT NULL in the schema
    return Style(
        id=row["id"],
        picture=picture,
        name=row["name"],
        kept=bool(row["kept"]),
        prompt_id=row["prompt_id"],
        prompted=None if row["prompted"] is None else from_ms(row["prompted"]),
    )
