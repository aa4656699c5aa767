-- Every document under its key; `expires` in milliseconds since 1970.
CREATE TABLE document (
    key     TEXT    NOT NULL PRIMARY KEY,
    value   TEXT    NOT NULL,
    version INTEGER NOT NULL,
    number  INTEGER,
    expires INTEGER
) STRICT, WITHOUT ROWID;

CREATE INDEX document_expires ON document (expires) WHERE expires IS NOT NULL;

-- The log; `audiences` is a JSON array of names.
CREATE TABLE log (
    number    INTEGER NOT NULL PRIMARY KEY,
    at        INTEGER NOT NULL,
    kind      TEXT    NOT NULL,
    document  TEXT    NOT NULL,
    audiences TEXT    NOT NULL,
    facts     TEXT
) STRICT;

-- Which entries an audience may hear.
CREATE TABLE heard (
    audience TEXT    NOT NULL,
    number   INTEGER NOT NULL,
    PRIMARY KEY (audience, number)
) STRICT, WITHOUT ROWID;

-- The last entry of an audience that was trimmed.
CREATE TABLE trimmed (
    audience TEXT    NOT NULL PRIMARY KEY,
    number   INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- The epochs, in order.
CREATE TABLE epoch (
    place INTEGER NOT NULL PRIMARY KEY,
    id    TEXT    NOT NULL,
    first INTEGER NOT NULL
) STRICT;

-- What outlives the rows above: the last number, the last version given to a document, the last
-- transaction, the time of the last entry, and the last trimmed number. One row.
CREATE TABLE state (
    one     INTEGER NOT NULL PRIMARY KEY CHECK (one = 1),
    head    INTEGER NOT NULL,
    serial  INTEGER NOT NULL,
    batch   INTEGER NOT NULL,
    at      INTEGER NOT NULL,
    trimmed INTEGER NOT NULL
) STRICT;

INSERT INTO state VALUES (1, 0, 0, 0, 0, 0);
