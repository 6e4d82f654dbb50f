"""The tables, as migrations in order: ``PRAGMA user_version`` counts how many of them a file has had.

A migration that was released is never changed; what has to change becomes the next one.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Sequence

    import aiosqlite

# Ids are never used twice (AUTOINCREMENT): an old button must not reach somebody else's picture.
# Blobs stand last in their rows, so that reading what comes before does not read them.
# Times are milliseconds since 1970 (UTC).
_FIRST: Final = """
CREATE TABLE pictures (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    chat_id INTEGER NOT NULL,
    user_id INTEGER NOT NULL,
    message_id INTEGER NOT NULL,
    width INTEGER NOT NULL,
    height INTEGER NOT NULL,
    album TEXT,
    created INTEGER NOT NULL,
    data BLOB
) STRICT;
CREATE INDEX pictures_of ON pictures (user_id);

CREATE TABLE sessions (
    chat_id INTEGER NOT NULL,
    user_id INTEGER NOT NULL,
    content_id INTEGER REFERENCES pictures,
    style_id INTEGER REFERENCES pictures,
    question_id INTEGER,
    updated INTEGER NOT NULL,
    PRIMARY KEY (chat_id, user_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX sessions_content ON sessions (content_id);
CREATE INDEX sessions_style ON sessions (style_id);

CREATE TABLE jobs (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    chat_id INTEGER NOT NULL,
    user_id INTEGER NOT NULL,
    state TEXT NOT NULL
        CHECK (state IN ('queued', 'running', 'finished', 'delivered', 'cancelled', 'failed')),
    content_id INTEGER NOT NULL REFERENCES pictures,
    style_id INTEGER NOT NULL REFERENCES pictures,
    start_id INTEGER REFERENCES pictures,
    options TEXT NOT NULL,
    created INTEGER NOT NULL,
    ended INTEGER,
    attempts INTEGER NOT NULL DEFAULT 0,
    status_id INTEGER,
    photo_id INTEGER,
    document_id INTEGER,
    sending TEXT CHECK (sending IN ('photo', 'document')),
    told INTEGER NOT NULL DEFAULT 0,
    evaluation INTEGER,
    evaluations INTEGER,
    style_loss REAL,
    content_loss REAL,
    error TEXT
) STRICT;
CREATE INDEX jobs_in ON jobs (state);
CREATE INDEX jobs_of ON jobs (user_id, created);
CREATE INDEX jobs_content ON jobs (content_id);
CREATE INDEX jobs_style ON jobs (style_id);
CREATE INDEX jobs_start ON jobs (start_id);

CREATE TABLE outcomes (
    job_id INTEGER PRIMARY KEY REFERENCES jobs ON DELETE CASCADE,
    width INTEGER NOT NULL,
    height INTEGER NOT NULL,
    facts TEXT NOT NULL,
    trace TEXT NOT NULL,
    picture BLOB NOT NULL
) STRICT;

CREATE TABLE frames (
    job_id INTEGER NOT NULL REFERENCES outcomes ON DELETE CASCADE,
    number INTEGER NOT NULL,
    data BLOB NOT NULL,
    PRIMARY KEY (job_id, number)
) STRICT;

CREATE TABLE checkpoints (
    job_id INTEGER PRIMARY KEY REFERENCES jobs ON DELETE CASCADE,
    evaluation INTEGER NOT NULL,
    picture BLOB NOT NULL
) STRICT;

CREATE TABLE updates (
    id INTEGER PRIMARY KEY,
    text TEXT NOT NULL
) STRICT;

CREATE TABLE settings (
    key TEXT PRIMARY KEY,
    value TEXT NOT NULL
) STRICT, WITHOUT ROWID;
"""

_HANDOVER: Final = """
ALTER TABLE jobs ADD COLUMN handover TEXT NOT NULL DEFAULT '{}';
"""

_STYLES: Final = """
CREATE TABLE styles (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    chat_id INTEGER NOT NULL,
    user_id INTEGER NOT NULL,
    picture_id INTEGER NOT NULL REFERENCES pictures,
    name TEXT,
    kept INTEGER NOT NULL DEFAULT 0,
    used INTEGER NOT NULL,
    prompt_id INTEGER,
    prompted INTEGER,
    thumbnail BLOB NOT NULL
) STRICT;
CREATE INDEX styles_of ON styles (user_id, chat_id);
CREATE INDEX styles_picture ON styles (picture_id);
"""

MIGRATIONS: Final[tuple[str, ...]] = (_FIRST, _HANDOVER, _STYLES)


async def version_of(connection: aiosqlite.Connection) -> int:
    """How many migrations the file has had."""
    ((version,),) = await connection.execute_fetchall("PRAGMA user_version")
    return int(version)


async def migrate(connection: aiosqlite.Connection, migrations: Sequence[str] = MIGRATIONS) -> None:
    """Bring the file up to date; each migration happens entirely or not at all.

    Two processes may start at once, so the version is read again under the lock of each step.
    """
    while await version_of(connection) < len(migrations):
        await connection.execute("BEGIN IMMEDIATE")
        try:
            version = await version_of(connection)
            for statement in migrations[version : version + 1]:
                await _run(connection, statement)
                await connection.execute(f"PRAGMA user_version = {version + 1}")
            await connection.commit()
        except BaseException:
            await connection.rollback()
            raise


async def _run(connection: aiosqlite.Connection, script: str) -> None:
    # Not executescript(): it commits first, and the migration would no longer be one transaction.
    for statement in script.split(";\n"):
        if statement.strip():
            await connection.execute(statement)
