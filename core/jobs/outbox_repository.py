"""Effects that wait to be sent, and the bot's messages that they become.

An effect is written in the transaction that decided it. It is deleted in the transaction that notes its success.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from core.jobs.models import BotMessage, JobState, Person, Role
from core.jobs.rows import Repository

if TYPE_CHECKING:
    from collections.abc import Collection

    from core.jobs.database import Row


_CLOCK_JUMP: Final = 3_600_000
"""Milliseconds. No effect waits this long: if one seems to, the machine's clock was set back, and it is due."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OutboxRow:
    """One effect that waits.

    Attributes:
        id: Its number, rising.
        person: Whose turn decided it.
        turn: Rows of the same turn are sent in order.
        message: The bot's message that it sends or changes, if that has a row of its own.
        job_id: The job that it is about.
        tries: How often sending it has failed.
        begun: Whether its call was begun, so that it may have had its effect.
        effect: What is to be done, as JSON.
    """

    id: int
    person: Person
    turn: int
    message: int | None
    job_id: int | None
    tries: int
    begun: bool
    effect: str


_ANNOUNCEMENT: Final = "coalesce(json_extract(effect, '$.announcement'), 0)"


class OutboxRepository(Repository):
    """The tables ``outbox`` and ``messages``."""

    async def next_ids(self) -> tuple[int, int, int]:
        """The ids that the next message, the next job and the next outbox row will have, inside a transaction."""
        rows = await self._database.rows("SELECT name, seq FROM sqlite_sequence")
        last = {row["name"]: row["seq"] for row in rows}
        message, job, row = (last.get(name, 0) + 1 for name in ("messages", "jobs", "outbox"))
        return message, job, row

    async def add_message(
        self, person: Person, message_id: int, role: Role, *, job_id: int | None, captioned: bool
    ) -> None:
        """A message that is about to be sent, under the id that ``next_ids`` gave; an older one is sent anew."""
        await self._database.run(
            "INSERT INTO messages (id, chat_id, user_id, job_id, role, created, captioned)"
            " VALUES (?, ?, ?, ?, ?, ?, ?)"
            " ON CONFLICT DO UPDATE SET message_id = NULL, captioned = excluded.captioned, shown = NULL,"
            " opened = 0, followed = 0",
            (
                message_id,
                person.chat_id,
                person.user_id,
                job_id,
                role,
                self._now(),
                captioned,
            ),
        )

    async def message(self, row_id: int) -> BotMessage | None:
        """One of the bot's messages."""
        return await self._message("id = ?", row_id)

    async def status_of(self, job_id: int) -> BotMessage | None:
        """The status message of an active job."""
        active = "SELECT id FROM jobs WHERE state IN ('queued', 'running')"
        return await self._message(
            f"job_id = ? AND role = '{Role.STATUS}' AND job_id IN ({active})", job_id
        )

    async def _message(self, condition: str, value: int) -> BotMessage | None:
        row = await self._database.row(
            "SELECT *, EXISTS (SELECT 1 FROM outbox WHERE outbox.message = messages.id) AS pending"  # noqa: S608
            f" FROM messages WHERE {condition} ORDER BY id DESC LIMIT 1",
            (value,),
        )
        if row is None:
            return None
        return BotMessage(
            id=row["id"],
            role=Role(row["role"]),
            message_id=row["message_id"],
            captioned=bool(row["captioned"]),
            pending=bool(row["pending"]),
            opened=bool(row["opened"]),
            followed=bool(row["followed"]),
        )

    async def set_message(self, row_id: int, *, message_id: int | None, captioned: bool) -> None:
        """Note which message it became, and whether that shows a picture."""
        await self._database.run(
            "UPDATE messages SET message_id = ?, captioned = ? WHERE id = ?",
            (message_id, captioned, row_id),
        )

    async def note_change(self, row_id: int, *, opened: bool) -> None:
        """A turn changes a message: note when, and whether it shows then what one of its buttons opened."""
        await self._database.run(
            "UPDATE messages SET opened = ?, created = ? WHERE id = ?",
            (opened, self._now(), row_id),
        )

    async def become_result(self, row_id: int) -> None:
        """A status message shows its job's result as a photo: it has that role from now on."""
        await self._database.run(
            "UPDATE messages SET role = ?, captioned = 1, opened = 0 WHERE id = ?",
            (Role.PHOTO, row_id),
        )

    async def note_below(self, chat_id: int, message_id: int) -> None:
        """A message came into a chat, whoever wrote it: the questions and status messages above it are followed by it."""
        await self._database.run(
            "UPDATE messages SET followed = 1 WHERE chat_id = ? AND message_id BETWEEN 1 AND ? AND NOT followed"
            " AND role IN (?, ?)",
            (chat_id, message_id - 1, Role.QUESTION, Role.STATUS),
        )

    async def set_file_id(self, row_id: int, file_id: str) -> None:
        """Note under which number Telegram keeps the photo that a message shows."""
        await self._database.run("UPDATE messages SET file_id = ? WHERE id = ?", (file_id, row_id))

    async def set_captioned(self, row_id: int, *, captioned: bool) -> None:
        """Note whether a message shows a picture."""
        await self._database.run(
            "UPDATE messages SET captioned = ? WHERE id = ?", (captioned, row_id)
        )

    async def shown(self, chat_id: int, message_id: int) -> str | None:
        """What was noted about what a message shows; None if nothing was, or if it has no row."""
        row = await self._database.row(
            "SELECT shown FROM messages WHERE chat_id = ? AND message_id = ?", (chat_id, message_id)
        )
        return None if row is None else row["shown"]

    async def set_shown(self, chat_id: int, message_id: int, shown: str | None) -> None:
        """Note what a message shows, if it has a row."""
        await self._database.run(
            "UPDATE messages SET shown = ? WHERE chat_id = ? AND message_id = ?",
            (shown, chat_id, message_id),
        )

    async def unsettled(self, user_id: int) -> tuple[tuple[int, int, bool], ...]:
        """A user's messages in all chats that lead nowhere once the user is forgotten.

        They are open questions, and the status messages of jobs that go on, wait to be delivered, or may not have arrived.

        Returns:
            The chat's and the message's number, and whether it shows a picture.
        """
        rows = await self._database.rows(
            "SELECT chat_id, message_id, captioned FROM messages WHERE user_id = :user AND message_id > 0 AND ("
            " id IN (SELECT question FROM sessions WHERE user_id = :user) OR (role = :status AND job_id IN"
            " (SELECT id FROM jobs WHERE state NOT IN (:cancelled, :failed)))) ORDER BY id",
            {
                "user": user_id,
                "status": Role.STATUS,
                "cancelled": JobState.CANCELLED,
                "failed": JobState.FAILED,
            },
        )
        return tuple((one["chat_id"], one["message_id"], bool(one["captioned"])) for one in rows)

    async def adopt_as_status(self, row_id: int, job_id: int) -> None:
        """Turn an answered question into the status message of the job that it led to."""
        await self._database.run(
            "UPDATE messages SET role = ?, job_id = ? WHERE id = ?", (Role.STATUS, job_id, row_id)
        )

    async def add(
        self,
        person: Person,
        effect: str,
        *,
        turn: int,
        message: int | None = None,
        job_id: int | None = None,
        delay: float = 0.0,
    ) -> None:
        """An effect to be sent, in ``delay`` seconds at the earliest."""
        await self._database.run(
            "INSERT INTO outbox (chat_id, user_id, turn, message, job_id, due, effect)"
            " VALUES (?, ?, ?, ?, ?, ?, ?)",
            (
                person.chat_id,
                person.user_id,
                turn,
                message,
                job_id,
                self._now() + round(1000 * delay),
                effect,
            ),
        )

    async def chats(self) -> list[int]:
        """The chats in which something waits."""
        rows = await self._database.rows("SELECT DISTINCT chat_id FROM outbox")
        return [row["chat_id"] for row in rows]

    async def waiting(self) -> list[int]:
        """The ids of all rows, whether they are due or not, apart from announcements, which take their time."""
        rows = await self._database.rows(f"SELECT id FROM outbox WHERE NOT {_ANNOUNCEMENT}")  # noqa: S608
        return [row["id"] for row in rows]

    async def announcements(self) -> int:
        """How many messages of an announcement wait."""
        return len(await self._database.rows(f"SELECT id FROM outbox WHERE {_ANNOUNCEMENT}"))  # noqa: S608

    async def remove_announcements(self) -> None:
        """Send no more of an announcement."""
        await self._database.run(f"DELETE FROM outbox WHERE {_ANNOUNCEMENT}")  # noqa: S608

    async def remove_person(self, user_id: int) -> None:
        """Send nothing of what waits for a person."""
        await self._database.run("DELETE FROM outbox WHERE user_id = ?", (user_id,))

    async def next(self, chat_id: int, *, under_way: Collection[int] = ()) -> OutboxRow | None:
        """The oldest effect of a chat that is due.

        The effects of one turn keep their order, and so do those on one message. Apart from that, an effect whose
        sending fails for the moment lets later ones pass.

        Args:
            chat_id: The chat.
            under_way: Rows that are being sent.
        """
        rows = await self._database.rows(
            "SELECT * FROM outbox AS one WHERE chat_id = ? AND (due <= ? OR due > ?) AND NOT EXISTS"
            " (SELECT 1 FROM outbox AS earlier WHERE earlier.chat_id = one.chat_id AND earlier.id < one.id"
            " AND (earlier.turn = one.turn OR earlier.message = one.message)) ORDER BY id LIMIT ?",
            (chat_id, self._now(), self._now() + _CLOCK_JUMP, len(under_way) + 1),
        )
        return next((_read(row) for row in rows if row["id"] not in under_way), None)

    async def seconds_to_next(self, chat_id: int) -> float | None:
        """Seconds until another effect of a chat is due; None if nothing waits."""
        row = await self._database.row(
            "SELECT min(due) AS due FROM outbox WHERE chat_id = ? AND due > ?",
            (chat_id, self._now()),
        )
        return None if row is None or row["due"] is None else (row["due"] - self._now()) / 1000

    async def begin(self, row_id: int) -> bool:
        """Note that its call begins; False if the row is gone."""
        return bool(
            await self._database.run(
                "UPDATE outbox SET begun = 1 WHERE id = ? RETURNING id", (row_id,)
            )
        )

    async def postpone(self, row_id: int, seconds: float, *, failed: bool) -> None:
        """Try again in so many seconds: the call certainly had no effect, or may be repeated without harm."""
        await self._database.run(
            "UPDATE outbox SET due = ?, begun = 0, tries = tries + ? WHERE id = ?",
            (self._now() + round(1000 * seconds), failed, row_id),
        )

    async def replace_effect(self, row_id: int, effect: str) -> None:
        """Do something else in its place."""
        await self._database.run(
            "UPDATE outbox SET effect = ?, begun = 0 WHERE id = ?", (effect, row_id)
        )

    async def remove(self, row_id: int) -> bool:
        """It was sent, or is not to be sent any more; False if the row was gone already."""
        return bool(
            await self._database.run("DELETE FROM outbox WHERE id = ? RETURNING id", (row_id,))
        )

    async def remove_turn(self, row: OutboxRow) -> None:
        """The rest of its turn is not to be sent, since it makes no sense without this row."""
        await self._database.run(
            "DELETE FROM outbox WHERE turn = ? AND chat_id = ?", (row.turn, row.person.chat_id)
        )

    async def remove_chat(self, chat_id: int) -> None:
        """Nothing of what waits for a chat is to be sent."""
        await self._database.run("DELETE FROM outbox WHERE chat_id = ?", (chat_id,))

    async def withdraw(self, message: int) -> bool:
        """Do not send a message that was not sent yet; False if it was, or is being sent."""
        withdrawn = await self._database.run(
            "DELETE FROM outbox WHERE message = ?1 AND EXISTS"
            " (SELECT 1 FROM messages WHERE id = ?1 AND message_id IS NULL) AND NOT EXISTS"
            " (SELECT 1 FROM outbox AS sending WHERE sending.message = ?1 AND sending.begun) RETURNING id",
            (message,),
        )
        return bool(withdrawn)


def _read(row: Row) -> OutboxRow:
    values: dict[str, Any] = {
        name: row[name] for name in ("id", "turn", "message", "job_id", "tries", "effect")
    }
    return OutboxRow(
        person=Person(row["chat_id"], row["user_id"]), begun=bool(row["begun"]), **values
    )
