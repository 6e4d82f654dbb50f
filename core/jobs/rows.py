"""How rows become values and values become rows; what the repositories share."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, Final

from core.jobs.job_errors import StoreFullError
from core.jobs.models import BotMessage, Job, JobState, Person, Role, SentPicture
from core.jobs.preferences import Handover
from core.sentences import Sentence
from core.style.options import Options

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from core.jobs.database import Database, Row

EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)

SELECT_JOBS: Final = """
SELECT jobs.*,
    iif(content.chat_id = jobs.chat_id, content.message_id, 0) AS content_message_id,
    content.width AS content_width, content.height AS content_height, content.album AS content_album,
    iif(style.chat_id = jobs.chat_id, style.message_id, 0) AS style_message_id,
    style.width AS style_width, style.height AS style_height, style.album AS style_album,
    (SELECT name FROM builtin_pictures WHERE picture_id = style.id) AS style_builtin,
    (SELECT name FROM builtin_pictures WHERE picture_id = content.id) AS content_builtin,
    (SELECT json_group_array(json_array(id, message_id, width, height, album, name))
     FROM (SELECT further.id, iif(further.chat_id = jobs.chat_id, further.message_id, 0) AS message_id,
        width, height, album, name
        FROM further_styles JOIN pictures AS further ON further.id = further_styles.picture_id
        LEFT JOIN builtin_pictures ON builtin_pictures.picture_id = further.id
        WHERE job_id = jobs.id ORDER BY number)) AS further,
    (SELECT json_group_array(json_array(id, role, message_id, captioned,
        EXISTS (SELECT 1 FROM outbox WHERE outbox.message = messages.id), opened, followed))
     FROM (SELECT * FROM messages WHERE job_id = jobs.id ORDER BY id) AS messages) AS messages,
    (SELECT max(created) FROM messages WHERE job_id = jobs.id AND role = 'status') AS changed
FROM jobs
JOIN pictures AS content ON content.id = jobs.content_id
JOIN pictures AS style ON style.id = jobs.style_id
"""

UNREFERENCED: Final = """
NOT EXISTS (SELECT 1 FROM sessions WHERE content_id = pictures.id)
AND NOT EXISTS (SELECT 1 FROM sessions WHERE style_id = pictures.id)
AND NOT EXISTS (SELECT 1 FROM session_styles WHERE picture_id = pictures.id)
AND NOT EXISTS (SELECT 1 FROM jobs WHERE content_id = pictures.id)
AND NOT EXISTS (SELECT 1 FROM jobs WHERE style_id = pictures.id)
AND NOT EXISTS (SELECT 1 FROM jobs WHERE start_id = pictures.id)
AND NOT EXISTS (SELECT 1 FROM styles WHERE picture_id = pictures.id)
AND NOT EXISTS (SELECT 1 FROM shared_styles WHERE picture_id = pictures.id)
AND NOT EXISTS (SELECT 1 FROM further_styles WHERE picture_id = pictures.id)
"""
"""True for a row of ``pictures`` that no session, job, style or link to a style refers to."""


class Repository:
    """Base of every repository.

    Args:
        database: The connection.
        clock: The present time, in UTC.
        reserve: Bytes of the disk below which nothing new is accepted.
    """

    def __init__(self, database: Database, *, clock: Callable[[], datetime], reserve: int) -> None:
        self._database = database
        self._clock = clock
        self._reserve = reserve

    def _now(self) -> int:
        return to_ms(self._clock())

    def _require_space(self) -> None:
        """Refuse new pictures and jobs while there is still room for the results of those accepted.

        Raises:
            StoreFullError: Only the reserve is left on the disk.
        """
        if self._database.free_bytes() < self._reserve:
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


def read_options(text: str) -> Options:
    """The inverse of ``options_text``."""
    return Options.from_dict(json.loads(text))


def compact(value: Any) -> str:  # noqa: ANN401
    """JSON without blanks."""
    return json.dumps(value, separators=(",", ":"))


def placeholders(values: Iterable[object]) -> str:
    """One question mark a value, for ``IN (...)``."""
    return ",".join("?" for _ in values)


def read_picture_row(row: Row, prefix: str) -> SentPicture | None:
    """A picture whose columns were selected under a prefix, such as ``content_width``."""
    if row[f"{prefix}_id"] is None:
        return None
    return SentPicture(
        id=row[f"{prefix}_id"],
        message_id=row[f"{prefix}_message_id"],
        width=row[f"{prefix}_width"],
        height=row[f"{prefix}_height"],
        album=row[f"{prefix}_album"],
        builtin=row[f"{prefix}_builtin"],
    )


def read_job(row: Row) -> Job:
    """A row of ``SELECT_JOBS``."""
    content, style = read_picture_row(row, "content"), read_picture_row(row, "style")
    assert content is not None  # noqa: S101 - NOT NULL in the schema
    assert style is not None  # noqa: S101
    return Job(
        id=row["id"],
        person=Person(row["chat_id"], row["user_id"]),
        state=JobState(row["state"]),
        content=content,
        style=style,
        options=read_options(row["options"]),
        created=from_ms(row["created"]),
        changed=None if row["changed"] is None else from_ms(row["changed"]),
        messages=tuple(_read_message(*one) for one in json.loads(row["messages"])),
        evaluation=row["evaluation"] or 0,
        evaluations=row["evaluations"] or 0,
        error=None if row["error"] is None else Sentence.from_json(row["error"]),
        attempts=row["attempts"],
        start_id=row["start_id"],
        handover=Handover.from_json(row["handover"]),
        topic=row["topic"],
        held=bool(row["held"]),
        further=tuple(read_further(*one) for one in json.loads(row["further"])),
    )


def read_further(  # noqa: PLR0917 - a column each
    picture_id: int,
    message_id: int,
    width: int,
    height: int,
    album: str | None,
    builtin: str | None,
) -> SentPicture:
    """One of several styles, as a query gives them in one column."""
    return SentPicture(
        id=picture_id,
        message_id=message_id,
        width=width,
        height=height,
        album=album,
        builtin=builtin,
    )


def _read_message(  # noqa: PLR0917 - a column each
    row_id: int,
    role: str,
    message_id: int | None,
    captioned: int,
    pending: int,
    opened: int,
    followed: int,
) -> BotMessage:
    return BotMessage(
        id=row_id,
        role=Role(role),
        message_id=message_id,
        captioned=bool(captioned),
        pending=bool(pending),
        opened=bool(opened),
        followed=bool(followed),
    )
