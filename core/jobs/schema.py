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

# Effects wait in a table, so that one transaction decides what is stored and what is sent. A message that is edited or
# answered later has a row before it is sent. What version 3 noted about unfinished deliveries becomes Resume effects.
# Pictures that version 3 stored are files as strangers sent them, apart from the results that a job starts from.
_OUTBOX: Final = """
CREATE TABLE messages (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    chat_id INTEGER NOT NULL,
    user_id INTEGER NOT NULL,
    job_id INTEGER REFERENCES jobs ON DELETE CASCADE,
    role TEXT NOT NULL CHECK (role IN ('question', 'status', 'photo', 'document')),
    created INTEGER NOT NULL,
    message_id INTEGER,
    captioned INTEGER NOT NULL DEFAULT 0,
    shown TEXT
) STRICT;
CREATE INDEX messages_at ON messages (chat_id, message_id);
CREATE INDEX messages_of ON messages (user_id);
CREATE INDEX messages_job ON messages (job_id);

CREATE TABLE outbox (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    chat_id INTEGER NOT NULL,
    user_id INTEGER NOT NULL,
    turn INTEGER NOT NULL,
    message INTEGER,
    job_id INTEGER,
    due INTEGER NOT NULL,
    tries INTEGER NOT NULL DEFAULT 0,
    begun INTEGER NOT NULL DEFAULT 0,
    effect TEXT NOT NULL
) STRICT;
CREATE INDEX outbox_of ON outbox (chat_id, id);
CREATE INDEX outbox_message ON outbox (message);

INSERT INTO messages (chat_id, user_id, role, created, message_id, captioned)
    SELECT chat_id, user_id, 'question', updated, question_id, style_id IS NULL
    FROM sessions WHERE question_id IS NOT NULL;
INSERT INTO messages (chat_id, user_id, job_id, role, created, message_id)
    SELECT chat_id, user_id, id, 'status', created, status_id FROM jobs WHERE status_id IS NOT NULL;
INSERT INTO messages (chat_id, user_id, job_id, role, created, message_id, captioned)
    SELECT chat_id, user_id, id, 'photo', created, photo_id, 1 FROM jobs WHERE photo_id IS NOT NULL;
INSERT INTO messages (chat_id, user_id, job_id, role, created, message_id, captioned)
    SELECT chat_id, user_id, id, 'document', created, document_id, 1 FROM jobs WHERE document_id IS NOT NULL;

INSERT INTO outbox (chat_id, user_id, turn, due, effect)
    SELECT chat_id, user_id, -1, 0, '{"kind":"resume","what":"question"}'
    FROM sessions WHERE question_id IS NULL AND content_id IS NOT NULL;
INSERT INTO outbox (chat_id, user_id, turn, job_id, due, effect)
    SELECT chat_id, user_id, -id - 1, id, 0, json_object('kind', 'resume', 'what',
        CASE WHEN state IN ('queued', 'running') THEN 'status'
            WHEN sending IS NOT NULL THEN 'unanswered' ELSE 'end' END)
    FROM jobs WHERE state = 'finished' OR (state IN ('cancelled', 'failed') AND NOT told)
        OR (state IN ('queued', 'running') AND status_id IS NULL);

ALTER TABLE sessions ADD COLUMN topic INTEGER;
ALTER TABLE jobs ADD COLUMN topic INTEGER;
ALTER TABLE jobs ADD COLUMN held INTEGER NOT NULL DEFAULT 0;
ALTER TABLE sessions ADD COLUMN question INTEGER;
UPDATE sessions SET question = (SELECT id FROM messages WHERE role = 'question'
    AND messages.chat_id = sessions.chat_id AND messages.user_id = sessions.user_id);
ALTER TABLE sessions DROP COLUMN question_id;
ALTER TABLE jobs DROP COLUMN status_id;
ALTER TABLE jobs DROP COLUMN photo_id;
ALTER TABLE jobs DROP COLUMN document_id;
ALTER TABLE jobs DROP COLUMN sending;
ALTER TABLE jobs DROP COLUMN told;
ALTER TABLE jobs DROP COLUMN style_loss;
ALTER TABLE jobs DROP COLUMN content_loss;

ALTER TABLE updates ADD COLUMN received INTEGER NOT NULL DEFAULT 0;
ALTER TABLE updates ADD COLUMN tries INTEGER NOT NULL DEFAULT 0;
ALTER TABLE updates ADD COLUMN done INTEGER NOT NULL DEFAULT 0;
UPDATE updates SET received = 1000 * CAST(strftime('%s', 'now') AS INTEGER),
    tries = CASE WHEN json_valid(text) THEN coalesce(json_extract(text, '$.tries'), 0) ELSE 0 END;
INSERT OR IGNORE INTO updates (id, text, received, done)
    SELECT json_each.value, '', 1000 * CAST(strftime('%s', 'now') AS INTEGER), 1
    FROM settings, json_each(settings.value) WHERE settings.key = 'updates:recent';
DELETE FROM settings WHERE key = 'updates:recent';

CREATE TABLE unopened (picture_id INTEGER PRIMARY KEY REFERENCES pictures ON DELETE CASCADE) STRICT;
INSERT INTO unopened (picture_id) SELECT id FROM pictures WHERE data IS NOT NULL
    AND id NOT IN (SELECT start_id FROM jobs WHERE start_id IS NOT NULL);
"""

# Until version 4 results came as photo and file unless somebody chose otherwise, and only what differed from that is stored: who
# chose something, and jobs that were asked for, keep it so.
# What is built in has a table of its own, since a column behind the picture's bytes would be read through them. A link to a
# style bears its code. Sentences are stored in English, and translated when they are said, so that they are stored as they
# read now. Telegram's number of a result's photo lets it be shown again without its bytes.
_BLENDS_AND_LINKS: Final = """
CREATE TABLE builtin_pictures (
    picture_id INTEGER PRIMARY KEY REFERENCES pictures ON DELETE CASCADE,
    name TEXT NOT NULL
) STRICT;

CREATE TABLE shared_styles (
    code TEXT PRIMARY KEY,
    user_id INTEGER NOT NULL,
    picture_id INTEGER NOT NULL REFERENCES pictures,
    used INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX shared_styles_of ON shared_styles (user_id);
CREATE INDEX shared_styles_picture ON shared_styles (picture_id);

CREATE TABLE further_styles (
    job_id INTEGER NOT NULL REFERENCES jobs ON DELETE CASCADE,
    number INTEGER NOT NULL,
    picture_id INTEGER NOT NULL REFERENCES pictures,
    PRIMARY KEY (job_id, number)
) STRICT, WITHOUT ROWID;
CREATE INDEX further_styles_picture ON further_styles (picture_id);

CREATE TABLE session_styles (
    chat_id INTEGER NOT NULL,
    user_id INTEGER NOT NULL,
    number INTEGER NOT NULL,
    picture_id INTEGER NOT NULL REFERENCES pictures,
    PRIMARY KEY (chat_id, user_id, number),
    FOREIGN KEY (chat_id, user_id) REFERENCES sessions ON DELETE CASCADE ON UPDATE CASCADE
) STRICT, WITHOUT ROWID;
CREATE INDEX session_styles_picture ON session_styles (picture_id);

ALTER TABLE messages ADD COLUMN file_id TEXT;
ALTER TABLE sessions ADD COLUMN blend_of INTEGER;
ALTER TABLE sessions ADD COLUMN further_of INTEGER;
ALTER TABLE sessions ADD COLUMN wishes TEXT NOT NULL DEFAULT '{}';
ALTER TABLE messages ADD COLUMN opened INTEGER NOT NULL DEFAULT 0;
ALTER TABLE messages ADD COLUMN followed INTEGER NOT NULL DEFAULT 0;

UPDATE jobs SET handover = json_set(handover, '$.form', 'both')
    WHERE CASE WHEN json_valid(handover) THEN json_type(handover) = 'object' AND json_type(handover, '$.form') IS NULL END;
UPDATE settings SET value = json_set(value, '$.form', 'both') WHERE key GLOB 'person:*:preferences'
    AND CASE WHEN json_valid(value) THEN json_type(value) = 'object' AND json_type(value, '$.form') IS NULL END;
UPDATE jobs SET error = replace(replace(error, 'smaller preset', 'lower quality'),
    'another preset or pair', 'another quality or pair') WHERE error LIKE '% preset%';
"""

MIGRATIONS: Final[tuple[str, ...]] = (_FIRST, _HANDOVER, _STYLES, _OUTBOX, _BLENDS_AND_LINKS)


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
