-- Text compares as BINARY, SQLite's default: two identifiers differ if any byte differs.
-- Lists are JSON text; times are whole seconds since 1970 UTC.

CREATE TABLE meta (
    name  TEXT NOT NULL PRIMARY KEY,
    value ANY  NOT NULL
) STRICT, WITHOUT ROWID;

INSERT INTO meta (name, value) VALUES ('heartbeat', 0);

CREATE TABLE clients (
    record            INTEGER NOT NULL PRIMARY KEY,
    id                TEXT    NOT NULL UNIQUE,
    name              TEXT    NOT NULL,
    secret            TEXT,                -- sealed
    public_key        BLOB,                -- DER
    methods           TEXT,                -- NULL: all that fit the key
    callbacks         TEXT    NOT NULL,
    callback_prefixes TEXT    NOT NULL,
    allow_oob         INTEGER NOT NULL,
    two_legged        INTEGER NOT NULL,
    scopes            TEXT    NOT NULL,
    default_scopes    TEXT    NOT NULL,
    timestamp_window  INTEGER,             -- NULL: the provider's
    status            TEXT    NOT NULL CHECK (status IN ('active', 'pending', 'suspended')),
    created           INTEGER NOT NULL,
    CHECK ((secret IS NULL) <> (public_key IS NULL))
) STRICT;

CREATE TABLE temporaries (
    id              TEXT    NOT NULL PRIMARY KEY,
    secret          TEXT    NOT NULL,      -- sealed
    client          TEXT    NOT NULL,
    callback        TEXT    NOT NULL,
    scopes          TEXT    NOT NULL,
    expires         INTEGER NOT NULL,
    state           TEXT    NOT NULL CHECK (state IN ('pending', 'granted', 'denied')),
    owner           TEXT,
    verifier        BLOB,                  -- SHA-256
    wrong_verifiers INTEGER NOT NULL DEFAULT 0,
    CHECK ((state = 'granted') = (owner IS NOT NULL) AND (owner IS NULL) = (verifier IS NULL))
) STRICT;

CREATE INDEX temporaries_by_expiry ON temporaries (expires);
CREATE INDEX temporaries_by_client ON temporaries (client);

-- AUTOINCREMENT: logs name a token by its record, so that no number may ever stand for two.
CREATE TABLE tokens (
    record  INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    id      TEXT    NOT NULL UNIQUE,
    secret  TEXT    NOT NULL,              -- sealed
    client  TEXT    NOT NULL,
    owner   TEXT    NOT NULL,
    scopes  TEXT    NOT NULL,
    issued  INTEGER NOT NULL,
    expires INTEGER,                       -- NULL: never
    revoked INTEGER                        -- NULL: it is not
) STRICT;

CREATE INDEX tokens_by_client ON tokens (client);
CREATE INDEX tokens_by_owner ON tokens (owner);

-- The key is what a client signed, never the window: a replay finds its original whatever the settings are by then.
-- No index by expiry: it would double the price of a claim. Nearly all rows expire in the order of their key.
CREATE TABLE nonces (
    stamp  INTEGER NOT NULL,
    digest BLOB    NOT NULL,
    until  INTEGER NOT NULL,
    PRIMARY KEY (stamp, digest)
) STRICT, WITHOUT ROWID;

CREATE TABLE accounts (
    name          TEXT    NOT NULL PRIMARY KEY,
    password_hash TEXT    NOT NULL,        -- PHC string
    admin         INTEGER NOT NULL,
    disabled      INTEGER NOT NULL,
    created       INTEGER NOT NULL
) STRICT;

CREATE TABLE sessions (
    id_hash BLOB    NOT NULL PRIMARY KEY,  -- SHA-256 of the cookie
    account TEXT    NOT NULL,
    created INTEGER NOT NULL,
    expires INTEGER NOT NULL
) STRICT;

CREATE INDEX sessions_by_account ON sessions (account);
CREATE INDEX sessions_by_expiry ON sessions (expires);

CREATE TABLE audit (
    id      INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    at      INTEGER NOT NULL,
    event   TEXT    NOT NULL,
    client  TEXT,
    owner   TEXT,
    record  INTEGER,                       -- of the token, never its identifier
    address TEXT,
    detail  TEXT
) STRICT;

CREATE TRIGGER audit_is_never_changed BEFORE UPDATE ON audit
BEGIN
    SELECT RAISE(ABORT, 'the audit log is append-only');
END;

CREATE TRIGGER audit_is_never_cut BEFORE DELETE ON audit
BEGIN
    SELECT RAISE(ABORT, 'the audit log is append-only');
END;

-- REPLACE deletes without the trigger above.
CREATE TRIGGER audit_is_never_replaced BEFORE INSERT ON audit WHEN EXISTS (SELECT 1 FROM audit WHERE id = NEW.id)
BEGIN
    SELECT RAISE(ABORT, 'the audit log is append-only');
END;
