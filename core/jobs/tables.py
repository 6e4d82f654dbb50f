"""What the parts of the store share: the database, the clock, and how rows become values."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, Final

from core.jobs.database import fetch
from core.jobs.job_errors import StoreFullError
from core.jobs.models import Job, JobProgress, JobState, Person, SentPicture
from core.jobs.preferences import Handover, Part
from core.sentences import Sentence
from core.style.events import Losses
from core.style.options import Options

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    import aiosqlite

    from core.jobs.database import Database, Row

EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)

SELECT_JOBS: Final = """
SELECT jobs.*,
    content.message_id AS content_message_id, content.width AS content_width,
    content.height AS content_height, content.album AS content_album,
    style.message_id AS style_message_id, style.width AS style_width,
    style.height AS style_height, style.album AS style_album
FROM jobs
JOIN pictures AS content ON content.id = jobs.content_id
JOIN pictures AS style ON style.id = jobs.style_id
"""


class Tables:
    """Base of every part of the store."""

    def __init__(self, database: Database, *, clock: Callable[[], datetime], reserve: int) -> None:
        self._database = database
        self._clock = clock
        self._reserve = reserve

    def now(self) -> datetime:
        """The time by the store's clock, in UTC."""
        return self._clock()

    def _now(self) -> int:
        return to_ms(self._clock())

    def _ago(self, age: timedelta) -> int:
        return to_ms(self._clock() - age)

    def _need_room(self) -> None:
        """Refuse what is new while there is still room to finish what was accepted.

        Raises:
            StoreFullError: The disk's last free bytes are kept for the results of old jobs.
        """
        if self._database.room() < self._reserve:
            raise StoreFullError


def to_ms(time: datetime) -> int:
    """A time as the tables hold it: milliseconds since 1970."""
    return (time - EPOCH) // timedelta(milliseconds=1)


def from_ms(ms: int) -> datetime:
    """The inverse of ``to_ms``."""
    return EPOCH + timedelta(milliseconds=ms)


def options_text(options: Options) -> str:
    """Options as the tables hold them."""
    return compact(options.to_dict())


def compact(value: Any) -> str:  # noqa: ANN401
    """JSON without blanks."""
    return json.dumps(value, separators=(",", ":"))


def marks(values: Iterable[object]) -> str:
    """As many question marks as there are values, for ``IN (...)``."""
    return ",".join("?" for _ in values)


def read_picture(row: Row, prefix: str) -> SentPicture | None:
    """A picture whose columns were selected under a prefix, such as ``content_width``."""
    if row[f"{prefix}_id"] is None:
        return None
    return SentPicture(
        id=row[f"{prefix}_id"],
        message_id=row[f"{prefix}_message_id"],
        width=row[f"{prefix}_width"],
        height=row[f"{prefix}_height"],
        album=row[f"{prefix}_album"],
    )


def read_job(row: Row) -> Job:
    """A row of ``SELECT_JOBS``."""
    content, style = read_picture(row, "content"), read_picture(row, "style")
    assert content is not None  # noqa: S101 - NOT NULL in the schema
    assert style is not None  # noqa: S101
    return Job(
        id=row["id"],
        person=Person(row["chat_id"], row["user_id"]),
        state=JobState(row["state"]),
        content=content,
        style=style,
        options=Options.from_dict(json.loads(row["options"])),
        created=from_ms(row["created"]),
        status_id=row["status_id"],
        photo_id=row["photo_id"],
        document_id=row["document_id"],
        progress=_read_progress(row),
        error=None if row["error"] is None else Sentence.from_json(row["error"]),
        attempts=row["attempts"],
        sending=row["sending"] and Part(row["sending"]),
        start_id=row["start_id"],
        handover=Handover.from_json(row["handover"]),
    )


def _read_progress(row: Row) -> JobProgress | None:
    if row["evaluation"] is None:
        return None
    return JobProgress(
        evaluation=row["evaluation"],
        evaluations=row["evaluations"],
        losses=Losses(row["style_loss"], row["content_loss"]),
    )


async def drop_unneeded(connection: aiosqlite.Connection, ids: Iterable[int | None]) -> None:
    """Delete those of these pictures that no conversation, job or style refers to any more."""
    for picture_id in {one for one in ids if one is not None}:
        await connection.execute_fetchall(
            f"DELETE FROM pictures WHERE id = ? AND {UNNEEDED}",  # noqa: S608
            (picture_id,),
        )


UNNEEDED: Final = """
NOT EXISTS (SELECT 1 FROM sessions WHERE content_id = pictures.id)
AND NOT EXISTS (SELECT 1 FROM sessions WHERE style_id = pictures.id)
AND NOT EXISTS (SELECT 1 FROM jobs WHERE content_id = pictures.id)
AND NOT EXISTS (SELECT 1 FROM jobs WHERE style_id = pictures.id)
AND NOT EXISTS (SELECT 1 FROM jobs WHERE start_id = pictures.id)
AND NOT EXISTS (SELECT 1 FROM styles WHERE picture_id = pictures.id)
"""
"""True of a row of ``pictures`` that nothing refers to."""


async def fetch_one(
    connection: aiosqlite.Connection, sql: str, values: Iterable[Any] = ()
) -> Row | None:
    """The first row that one statement gives inside a transaction."""
    return next(iter(await fetch(connection, sql, values)), None)
