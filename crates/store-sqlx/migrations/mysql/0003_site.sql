-- What a whole site keeps: two keys for each client, its profile, usage, accounts without a password, invitations, API keys,
-- idempotent creation, challenges of the operator's own pages, and an audit log that names who did it.
--
-- An ALTER TABLE is one change, made whole or not at all: one that has been made says that a name is there, and that is its end.

-- By the name that each of the two gave to the condition of a column.
ALTER TABLE clients
    /*M! MODIFY COLUMN status VARBINARY(16) NOT NULL, */
    /*!80016 DROP CHECK clients_chk_2, */
    ADD CONSTRAINT clients_status CHECK (status IN ('active', 'pending', 'rejected', 'suspended')),
    ADD COLUMN key_since           BIGINT      NOT NULL DEFAULT 0,
    ADD COLUMN previous_secret     BLOB,               -- sealed; accepted as well
    ADD COLUMN previous_public_key BLOB,               -- DER
    ADD COLUMN previous_since      BIGINT,
    ADD COLUMN owner               VARBINARY(1024),    -- account; NULL: an operator's
    ADD COLUMN description         MEDIUMBLOB,
    ADD COLUMN home_page           BLOB,
    ADD COLUMN rejection           BLOB,
    ADD COLUMN owner_only          TINYINT     NOT NULL DEFAULT 0,
    ADD COLUMN revision            BIGINT      NOT NULL DEFAULT 0,
    ADD CONSTRAINT clients_previous_key CHECK ((previous_secret IS NULL OR secret IS NOT NULL)
        AND (previous_public_key IS NULL OR public_key IS NOT NULL)
        AND (previous_since IS NULL) = (previous_secret IS NULL AND previous_public_key IS NULL)),
    ADD KEY clients_by_owner (owner),
    ADD KEY clients_by_status (status);

UPDATE clients SET key_since = created WHERE key_since = 0;

CREATE TABLE IF NOT EXISTS client_usage (
    record     BIGINT         NOT NULL AUTO_INCREMENT PRIMARY KEY,
    client     VARBINARY(255) NOT NULL,
    key_since  BIGINT         NOT NULL,                -- which of the client's keys
    method     VARBINARY(255) NOT NULL,
    first_used BIGINT         NOT NULL,
    last_used  BIGINT         NOT NULL,
    requests   BIGINT         NOT NULL,
    UNIQUE KEY client_usage_by_key (client, key_since, method)
) ENGINE = InnoDB;

-- Batches of usage take turns by this row: two that touch the same rows would end each other.
CREATE TABLE IF NOT EXISTS usage_turn (
    one TINYINT NOT NULL PRIMARY KEY CHECK (one = 1)
) ENGINE = InnoDB;

INSERT INTO usage_turn (one) SELECT 1 FROM (SELECT 1) q WHERE NOT EXISTS (SELECT 1 FROM usage_turn);

-- Not in the tokens' rows: those are not to be rewritten by being used.
CREATE TABLE IF NOT EXISTS token_uses (
    record    BIGINT NOT NULL PRIMARY KEY,
    last_used BIGINT NOT NULL
) ENGINE = InnoDB;

-- NULL: no password will do. By the key, the last administrator is found without looking at everybody.
ALTER TABLE accounts
    MODIFY COLUMN password_hash BLOB,
    ADD KEY accounts_administrators (admin, disabled);

CREATE TABLE IF NOT EXISTS identities (
    issuer  VARBINARY(1024) NOT NULL CHECK (LENGTH(issuer) >= 1),
    subject VARBINARY(1024) NOT NULL CHECK (LENGTH(subject) >= 1),
    account VARBINARY(1024) NOT NULL,
    created BIGINT          NOT NULL,
    PRIMARY KEY (issuer, subject),
    KEY identities_by_account (account)
) ENGINE = InnoDB;

ALTER TABLE sessions
    ADD COLUMN last_seen  BIGINT NOT NULL DEFAULT 0,
    ADD COLUMN address    BLOB,
    ADD COLUMN user_agent BLOB;

UPDATE sessions SET last_seen = created WHERE last_seen = 0;

CREATE TABLE IF NOT EXISTS invitations (
    record      BIGINT     NOT NULL AUTO_INCREMENT PRIMARY KEY,
    code_hash   BINARY(32) NOT NULL,                   -- SHA-256
    made_by     VARBINARY(1024),
    note        MEDIUMBLOB NOT NULL,
    created     BIGINT     NOT NULL,
    expires     BIGINT     NOT NULL,
    redeemed_by VARBINARY(1024),                       -- account
    UNIQUE KEY invitations_by_code (code_hash),
    KEY invitations_by_expiry (expires)
) ENGINE = InnoDB;

CREATE TABLE IF NOT EXISTS api_keys (
    record    BIGINT     NOT NULL AUTO_INCREMENT PRIMARY KEY,
    hash      BINARY(32) NOT NULL,                     -- SHA-256
    name      BLOB       NOT NULL,
    account   VARBINARY(1024),                         -- NULL: made by the command line
    scopes    MEDIUMBLOB NOT NULL,
    created   BIGINT     NOT NULL,
    expires   BIGINT,                                  -- NULL: never
    revoked   BIGINT,                                  -- NULL: it is not
    last_used BIGINT,
    UNIQUE KEY api_keys_by_hash (hash)
) ENGINE = InnoDB;

CREATE TABLE IF NOT EXISTS idempotent (
    name         VARBINARY(300) NOT NULL PRIMARY KEY,  -- number of the API key, colon, idempotency key
    request_hash BINARY(32)     NOT NULL,              -- SHA-256
    answer       MEDIUMBLOB,                           -- sealed; NULL: there is none yet
    expires      BIGINT         NOT NULL,
    record       BIGINT         NOT NULL AUTO_INCREMENT, -- for messages alone
    UNIQUE KEY idempotent_by_record (record),
    KEY idempotent_by_expiry (expires)
) ENGINE = InnoDB;

CREATE TABLE IF NOT EXISTS challenges (
    id_hash   BINARY(32)     NOT NULL PRIMARY KEY,     -- SHA-256
    temporary VARBINARY(255) NOT NULL,
    created   BIGINT         NOT NULL,
    expires   BIGINT         NOT NULL,
    state     VARBINARY(16)  NOT NULL CHECK (state IN ('pending', 'accepted', 'rejected')),
    owner     VARBINARY(1024),
    CONSTRAINT challenges_owner CHECK ((state = 'accepted') = (owner IS NOT NULL)),
    KEY challenges_by_expiry (expires)
) ENGINE = InnoDB;

ALTER TABLE audit
    ADD COLUMN actor BLOB,
    ADD KEY audit_by_time (at),
    ADD KEY audit_by_client (client(255)),
    ADD KEY audit_by_owner (owner(1024));

-- Where nonces are claimed, and since when no longer elsewhere.
CREATE TABLE IF NOT EXISTS nonce_place (
    one   TINYINT         NOT NULL PRIMARY KEY CHECK (one = 1),
    place VARBINARY(1024) NOT NULL,
    moved BIGINT                                       -- NULL: they were never elsewhere
) ENGINE = InnoDB;
