-- Everything that is compared or kept is bytes (VARBINARY, BLOB): two identifiers differ if any byte differs, a trailing space too,
-- and no character set stands between. To read one: CONVERT(id USING utf8mb4). What is too long is refused, never cut, because every
-- session is strict. Lists are JSON; times are whole seconds since 1970 UTC.
--
-- DDL commits by itself. So each statement may run twice, one that has run changes nothing, and none relies on the one before being
-- undone: whoever is killed in between is followed by a run from the start.

CREATE TABLE IF NOT EXISTS nonce_key (
    one   TINYINT    NOT NULL PRIMARY KEY CHECK (one = 1),
    bytes BINARY(16) NOT NULL
) ENGINE = InnoDB;

CREATE TABLE IF NOT EXISTS clients (
    id                VARBINARY(255) NOT NULL PRIMARY KEY CHECK (LENGTH(id) >= 1),
    name              BLOB           NOT NULL,
    secret            BLOB,                  -- sealed
    public_key        BLOB,                  -- DER
    methods           BLOB,                  -- NULL: all that fit the key
    callbacks         MEDIUMBLOB     NOT NULL,
    callback_prefixes MEDIUMBLOB     NOT NULL,
    allow_oob         TINYINT        NOT NULL,
    two_legged        TINYINT        NOT NULL,
    scopes            MEDIUMBLOB     NOT NULL,
    default_scopes    MEDIUMBLOB     NOT NULL,
    timestamp_window  BIGINT,                -- NULL: the provider's
    status            VARBINARY(16)  NOT NULL CHECK (status IN ('active', 'pending', 'suspended')),
    created           BIGINT         NOT NULL,
    record            BIGINT         NOT NULL AUTO_INCREMENT, -- by it, the oldest and the newest are found
    UNIQUE KEY clients_by_record (record),
    CONSTRAINT clients_one_key CHECK ((secret IS NULL) <> (public_key IS NULL))
) ENGINE = InnoDB;

-- Destroyed: by wrong verifiers. Such a row waits for its expiry and is like none to every verb.
CREATE TABLE IF NOT EXISTS temporaries (
    id              VARBINARY(255)  NOT NULL PRIMARY KEY CHECK (LENGTH(id) >= 1),
    secret          BLOB            NOT NULL,  -- sealed
    client          VARBINARY(255)  NOT NULL CHECK (LENGTH(client) >= 1),
    callback        VARBINARY(2048) NOT NULL,
    scopes          MEDIUMBLOB      NOT NULL,
    expires         BIGINT          NOT NULL,
    state           VARBINARY(16)   NOT NULL CHECK (state IN ('pending', 'granted', 'denied', 'destroyed')),
    owner           VARBINARY(1024),
    verifier        VARBINARY(32) CHECK (LENGTH(verifier) = 32), -- SHA-256
    wrong_verifiers BIGINT          NOT NULL DEFAULT 0,
    record          BIGINT          NOT NULL AUTO_INCREMENT, -- for messages alone
    UNIQUE KEY temporaries_by_record (record),
    CONSTRAINT temporaries_grant CHECK ((state = 'granted') = (owner IS NOT NULL) AND (owner IS NULL) = (verifier IS NULL)),
    KEY temporaries_by_expiry (expires),
    KEY temporaries_by_client (client)
) ENGINE = InnoDB;

CREATE TABLE IF NOT EXISTS tokens (
    record  BIGINT          NOT NULL AUTO_INCREMENT PRIMARY KEY,
    id      VARBINARY(255)  NOT NULL CHECK (LENGTH(id) >= 1),
    secret  BLOB            NOT NULL,          -- sealed
    client  VARBINARY(255)  NOT NULL CHECK (LENGTH(client) >= 1),
    owner   VARBINARY(1024) NOT NULL,
    scopes  MEDIUMBLOB      NOT NULL,
    issued  BIGINT          NOT NULL,
    expires BIGINT,                            -- NULL: never
    revoked BIGINT,                            -- NULL: it is not
    UNIQUE KEY tokens_by_id (id),
    KEY tokens_by_client (client),
    KEY tokens_by_owner (owner)
) ENGINE = InnoDB;

-- The key is what a client signed, never the window: a replay finds its original whatever the settings are by then.
CREATE TABLE IF NOT EXISTS nonces (
    stamp  BIGINT     NOT NULL,
    digest BINARY(16) NOT NULL,
    until  BIGINT     NOT NULL,
    PRIMARY KEY (stamp, digest)
) ENGINE = InnoDB;

-- A nonce that ends by `refused` is refused unseen: it may be forgotten. Only once that has held for longer than any statement
-- runs may what ends by `forgotten` be deleted.
CREATE TABLE IF NOT EXISTS nonce_horizon (
    one       TINYINT NOT NULL PRIMARY KEY CHECK (one = 1),
    refused   BIGINT  NOT NULL,
    since     BIGINT  NOT NULL,                -- by the clock of the database
    forgotten BIGINT  NOT NULL
) ENGINE = InnoDB;

INSERT INTO nonce_horizon (one, refused, since, forgotten)
SELECT 1, 0, 0, 0 FROM (SELECT 1) q WHERE NOT EXISTS (SELECT 1 FROM nonce_horizon);

-- What a whole server keeps beside the protocol: accounts, web sessions, the audit log.

-- The generation is raised when all sessions of an account end: one that began under an older generation has ended with them,
-- also if it was stored at the same moment.
CREATE TABLE IF NOT EXISTS accounts (
    name          VARBINARY(1024) NOT NULL PRIMARY KEY CHECK (LENGTH(name) >= 1),
    password_hash BLOB            NOT NULL,    -- PHC string
    admin         TINYINT         NOT NULL,
    disabled      TINYINT         NOT NULL,
    created       BIGINT          NOT NULL,
    generation    BIGINT          NOT NULL DEFAULT 0
) ENGINE = InnoDB;

CREATE TABLE IF NOT EXISTS sessions (
    id_hash    BINARY(32)      NOT NULL PRIMARY KEY, -- SHA-256 of the cookie
    account    VARBINARY(1024) NOT NULL CHECK (LENGTH(account) >= 1),
    generation BIGINT          NOT NULL,
    created    BIGINT          NOT NULL,
    expires    BIGINT          NOT NULL,
    KEY sessions_by_account (account),
    KEY sessions_by_expiry (expires)
) ENGINE = InnoDB;

-- Append-only by privileges: give a node SELECT and INSERT alone. A trigger would need SUPER wherever there is a binary log.
CREATE TABLE IF NOT EXISTS audit (
    id      BIGINT         NOT NULL AUTO_INCREMENT PRIMARY KEY,
    at      BIGINT         NOT NULL,
    event   VARBINARY(255) NOT NULL,
    client  BLOB,
    owner   BLOB,
    record  BIGINT,                            -- of the token, never its identifier
    address BLOB,
    detail  MEDIUMBLOB
) ENGINE = InnoDB;

-- What is written to find out whether anything can be.
CREATE TABLE IF NOT EXISTS heartbeat (
    one TINYINT NOT NULL PRIMARY KEY CHECK (one = 1),
    at  BIGINT  NOT NULL
) ENGINE = InnoDB;

INSERT INTO heartbeat (one, at) SELECT 1, 0 FROM (SELECT 1) q WHERE NOT EXISTS (SELECT 1 FROM heartbeat);
