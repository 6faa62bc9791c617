-- Text that is compared is COLLATE "C": two identifiers differ if any byte differs. What is too long is refused, never cut.
-- Times are whole seconds since 1970 UTC.

CREATE TABLE nonce_key (
    one boolean NOT NULL PRIMARY KEY DEFAULT true CHECK (one),
    key bytea   NOT NULL CHECK (octet_length(key) = 16)
);

CREATE TABLE clients (
    id                text      COLLATE "C" NOT NULL PRIMARY KEY CHECK (octet_length(id) BETWEEN 1 AND 255),
    name              text      NOT NULL,
    secret            text,                -- sealed
    public_key        bytea,               -- DER
    methods           text[],              -- NULL: all that fit the key
    callbacks         text[]    NOT NULL,
    callback_prefixes text[]    NOT NULL,
    allow_oob         boolean   NOT NULL,
    two_legged        boolean   NOT NULL,
    scopes            text[]    NOT NULL,
    default_scopes    text[]    NOT NULL,
    timestamp_window  bigint,              -- NULL: the provider's
    status            text      NOT NULL CHECK (status IN ('active', 'pending', 'suspended')),
    created           bigint    NOT NULL,
    CHECK ((secret IS NULL) <> (public_key IS NULL))
);

-- Destroyed: by wrong verifiers. Such a row waits for its expiry and is like none to every verb.
CREATE TABLE temporaries (
    id              text    COLLATE "C" NOT NULL PRIMARY KEY CHECK (octet_length(id) BETWEEN 1 AND 255),
    secret          text    NOT NULL,      -- sealed
    client          text    COLLATE "C" NOT NULL CHECK (octet_length(client) BETWEEN 1 AND 255),
    callback        text    NOT NULL CHECK (octet_length(callback) <= 2048),
    scopes          text[]  NOT NULL,
    expires         bigint  NOT NULL,
    state           text    NOT NULL CHECK (state IN ('pending', 'granted', 'denied', 'destroyed')),
    owner           text    COLLATE "C" CHECK (octet_length(owner) <= 1024),
    verifier        bytea   CHECK (octet_length(verifier) = 32), -- SHA-256
    wrong_verifiers bigint  NOT NULL DEFAULT 0,
    CHECK ((state = 'granted') = (owner IS NOT NULL) AND (owner IS NULL) = (verifier IS NULL))
);

CREATE INDEX temporaries_by_expiry ON temporaries (expires);
CREATE INDEX temporaries_by_client ON temporaries (client);

CREATE TABLE tokens (
    record  bigint  GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    id      text    COLLATE "C" NOT NULL UNIQUE CHECK (octet_length(id) BETWEEN 1 AND 255),
    secret  text    NOT NULL,              -- sealed
    client  text    COLLATE "C" NOT NULL CHECK (octet_length(client) BETWEEN 1 AND 255),
    owner   text    COLLATE "C" NOT NULL CHECK (octet_length(owner) <= 1024),
    scopes  text[]  NOT NULL,
    issued  bigint  NOT NULL,
    expires bigint,                        -- NULL: never
    revoked bigint                         -- NULL: it is not
);

CREATE INDEX tokens_by_client ON tokens (client);
CREATE INDEX tokens_by_owner ON tokens (owner);

-- The key is what a client signed, never the window: a replay finds its original whatever the settings are by then. Rows
-- arrive at one end of the key and leave at the other, and vacuum follows them closely, so that neither grows.
CREATE TABLE nonces (
    stamp  bigint NOT NULL,
    digest bytea  NOT NULL CHECK (octet_length(digest) = 16),
    until  bigint NOT NULL,
    PRIMARY KEY (stamp, digest)
) WITH (
    autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 50000, autovacuum_vacuum_cost_delay = 0,
    autovacuum_vacuum_insert_scale_factor = 0, autovacuum_vacuum_insert_threshold = 500000
);

-- A nonce that ends by `refused` is refused unseen: it may be forgotten. Only once that has held for longer than any statement
-- runs may what ends by `forgotten` be deleted.
CREATE TABLE nonce_horizon (
    one       boolean NOT NULL PRIMARY KEY DEFAULT true CHECK (one),
    refused   bigint  NOT NULL DEFAULT 0,
    since     bigint  NOT NULL DEFAULT 0,  -- by the clock of the database
    forgotten bigint  NOT NULL DEFAULT 0
) WITH (fillfactor = 10);

INSERT INTO nonce_horizon DEFAULT VALUES;
