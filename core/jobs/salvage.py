"""What can still be read of a damaged database: whose jobs were lost with it, so that they can be told."""

from __future__ import annotations

import logging
import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING, Final

from core.jobs.models import JobState, Person
from core.jobs.tables import marks

if TYPE_CHECKING:
    from pathlib import Path

log = logging.getLogger(__name__)

_PROMISED: Final = (JobState.RUNNING, JobState.QUEUED, JobState.FINISHED)
_WAYS: Final = ("mode=ro", "immutable=1")
"""With what stands in its log, or without where that is damaged as well."""


def people_with_jobs(path: Path) -> list[Person]:
    """Everybody to whom a result was still promised, as far as the file can be read; it is not changed."""
    found: dict[Person, None] = {}
    for way in _WAYS:
        try:
            with closing(sqlite3.connect(f"{path.as_uri()}?{way}", uri=True)) as connection:
                # Along the table and not along an index, one of which may be what is damaged.
                for row in connection.execute(
                    f"SELECT chat_id, user_id FROM jobs NOT INDEXED WHERE state IN ({marks(_PROMISED)})",  # noqa: S608
                    _PROMISED,
                ):
                    found[Person(*row)] = None
        except sqlite3.Error as error:
            log.info("Of the damaged database not all could be read: %s", error)
    return list(found)
