-- What a whole site keeps: two keys for each client, its profile, usage, accounts without a password, invitations, API keys,
-- idempotent creation, challenges of the operator's own pages, and an audit log that is kept for so long and no longer.

-- AUTOINCREMENT: a form names an application by its record, so that no number may ever stand for two.
CREATE TABLE clients_4 (
    record              INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    id                  TEXT    NOT NULL UNIQUE,
    name                TEXT    NOT NULL,
    secret              TEXT,                -- sealed
    public_key          BLOB,                -- DER
    key_since           INTEGER NOT NULL,
    previous_secret     TEXT,                -- sealed; accepted as well
    previous_public_key BLOB,                -- DER
    previous_since      INTEGER,
    methods             TEXT,                -- NULL: all that fit the key
    callbacks           TEXT    NOT NULL,
    callback_prefixes   TEXT    NOT NULL,
    allow_oob           INTEGER NOT NULL,
    two_legged          INTEGER NOT NULL,
    scopes              TEXT    NOT NULL,
    default_scopes      TEXT    NOT NULL,
    timestamp_window    INTEGER,             -- NULL: the provider's
    status              TEXT    NOT NULL CHECK (status IN ('active', 'pending', 'rejected', 'suspended')),
    created             INTEGER NOT NULL,
    owner               TEXT,                -- account; NULL: an operator's
    description         TEXT    NOT NULL DEFAULT '',
    home_page           TEXT,
    rejection           TEXT,
    owner_only          INTEGER NOT NULL DEFAULT 0,
    revision            INTEGER NOT NULL DEFAULT 0,
    CHECK ((secret IS NULL) <> (public_key IS NULL)),
    CHECK (previous_secret IS NULL OR secret IS NOT NULL),
    CHECK (previous_public_key IS NULL OR public_key IS NOT NULL),
    CHECK ((previous_since IS NULL) = (previous_secret IS NULL AND previous_public_key IS NULL))
) STRICT;

INSERT INTO clients_4 (record, id, name, secret, public_key, key_since, methods, callbacks, callback_prefixes, allow_oob,
        two_legged, scopes, default_scopes, timestamp_window, status, created)
    SELECT record, id, name, secret, public_key, created, methods, callbacks, callback_prefixes, allow_oob,
        two_legged, scopes, default_scopes, timestamp_window, status, created
    FROM clients;

DROP TABLE clients;
ALTER TABLE clients_4 RENAME TO clients;

CREATE INDEX clients_by_owner ON clients (owner, record) WHERE owner IS NOT NULL;
CREATE INDEX clients_by_status ON clients (status, record);

CREATE TABLE client_usage (
    record     INTEGER NOT NULL PRIMARY KEY,
    client     TEXT    NOT NULL,
    key_since  INTEGER NOT NULL,             -- which of the client's keys
    method     TEXT    NOT NULL,
    first_used INTEGER NOT NULL,
    last_used  INTEGER NOT NULL,
    requests   INTEGER NOT NULL,
    UNIQUE (client, key_since, method)
) STRICT;

-- Not in the tokens' rows: those are not to be rewritten by being used.
CREATE TABLE token_uses (
    record    INTEGER NOT NULL PRIMARY KEY,
    last_used INTEGER NOT NULL
) STRICT;

CREATE TRIGGER usage_goes_with_its_client AFTER DELETE ON clients
BEGIN
    DELETE FROM client_usage WHERE client = OLD.id;
END;

CREATE TRIGGER uses_go_with_their_token AFTER DELETE ON tokens
BEGIN
    DELETE FROM token_uses WHERE record = OLD.record;
END;

CREATE TABLE accounts_4 (
    name          TEXT    NOT NULL PRIMARY KEY,
    password_hash TEXT,                      -- PHC string; NULL: no password will do
    admin         INTEGER NOT NULL,
    disabled      INTEGER NOT NULL,
    created       INTEGER NOT NULL
) STRICT;

INSERT INTO accounts_4 (name, password_hash, admin, disabled, created)
    SELECT name, password_hash, admin, disabled, created FROM accounts;

DROP TABLE accounts;
ALTER TABLE accounts_4 RENAME TO accounts;

-- So that the last administrator is found without looking at everybody.
CREATE INDEX accounts_administrators ON accounts (name) WHERE admin = 1;

CREATE TABLE identities (
    issuer  TEXT    NOT NULL,
    subject TEXT    NOT NULL,
    account TEXT    NOT NULL,
    created INTEGER NOT NULL,
    PRIMARY KEY (issuer, subject)
) STRICT;

CREATE INDEX identities_by_account ON identities (account);

ALTER TABLE sessions ADD COLUMN last_seen INTEGER NOT NULL DEFAULT 0;
ALTER TABLE sessions ADD COLUMN address TEXT;
ALTER TABLE sessions ADD COLUMN user_agent TEXT;
UPDATE sessions SET last_seen = created;

CREATE TABLE invitations (
    record      INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    code_hash   BLOB    NOT NULL UNIQUE,     -- SHA-256
    made_by     TEXT,
    note        TEXT    NOT NULL,
    created     INTEGER NOT NULL,
    expires     INTEGER NOT NULL,
    redeemed_by TEXT                         -- account
) STRICT;

CREATE INDEX invitations_by_expiry ON invitations (expires);

-- AUTOINCREMENT: the audit log names a key by its record.
CREATE TABLE api_keys (
    record    INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    hash      BLOB    NOT NULL UNIQUE,       -- SHA-256
    name      TEXT    NOT NULL,
    account   TEXT,                          -- NULL: made by the command line
    scopes    TEXT    NOT NULL,
    created   INTEGER NOT NULL,
    expires   INTEGER,                       -- NULL: never
    revoked   INTEGER,                       -- NULL: it is not
    last_used INTEGER
) STRICT;

CREATE TABLE idempotent (
    name         TEXT    NOT NULL PRIMARY KEY, -- number of the API key, colon, idempotency key
    request_hash BLOB    NOT NULL,           -- SHA-256
    answer       TEXT,                       -- sealed; NULL: there is none yet
    expires      INTEGER NOT NULL
) STRICT;

CREATE INDEX idempotent_by_expiry ON idempotent (expires);

CREATE TABLE challenges (
    id_hash     BLOB    NOT NULL PRIMARY KEY, -- SHA-256
    temporary   TEXT    NOT NULL,
    created     INTEGER NOT NULL,
    expires     INTEGER NOT NULL,
    state       TEXT    NOT NULL CHECK (state IN ('pending', 'accepted', 'rejected')),
    owner       TEXT,
    CHECK ((state = 'accepted') = (owner IS NOT NULL))
) STRICT;

CREATE INDEX challenges_by_expiry ON challenges (expires);

ALTER TABLE audit ADD COLUMN actor TEXT;
CREATE INDEX audit_by_time ON audit (at);
CREATE INDEX audit_by_client ON audit (client, id) WHERE client IS NOT NULL;
CREATE INDEX audit_by_owner ON audit (owner, id) WHERE owner IS NOT NULL;

-- What is older than this may be deleted; whoever deletes it says so first, in the same transaction.
INSERT INTO meta (name, value) VALUES ('audit_kept_since', 0);

DROP TRIGGER audit_is_never_cut;
CREATE TRIGGER audit_is_never_cut BEFORE DELETE ON audit
    WHEN OLD.at >= (SELECT value FROM meta WHERE name = 'audit_kept_since')
BEGIN
    SELECT RAISE(ABORT, 'the audit log is append-only');
END;
