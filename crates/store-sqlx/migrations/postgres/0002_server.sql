-- What a whole server keeps beside the protocol: accounts, web sessions, the audit log.

-- By these numbers the oldest and the newest clients are found; those of temporary credentials are for messages alone.
ALTER TABLE clients ADD COLUMN record bigint GENERATED ALWAYS AS IDENTITY UNIQUE;
ALTER TABLE temporaries ADD COLUMN record bigint GENERATED ALWAYS AS IDENTITY;

-- Lists of tokens are read by client or owner, the newest first, a page at a time.
CREATE INDEX tokens_by_client_and_record ON tokens (client, record);
CREATE INDEX tokens_by_owner_and_record ON tokens (owner, record);
DROP INDEX tokens_by_client;
DROP INDEX tokens_by_owner;

-- The generation is raised when all sessions of an account end: one that began under an older generation has ended with them,
-- also if it was stored at the same moment.
CREATE TABLE accounts (
    name          text    COLLATE "C" NOT NULL PRIMARY KEY CHECK (octet_length(name) BETWEEN 1 AND 1024),
    password_hash text    NOT NULL,        -- PHC string
    admin         boolean NOT NULL,
    disabled      boolean NOT NULL,
    created       bigint  NOT NULL,
    generation    bigint  NOT NULL DEFAULT 0
);

CREATE TABLE sessions (
    id_hash    bytea  NOT NULL PRIMARY KEY CHECK (octet_length(id_hash) = 32), -- SHA-256 of the cookie
    account    text   COLLATE "C" NOT NULL CHECK (octet_length(account) BETWEEN 1 AND 1024),
    generation bigint NOT NULL,
    created    bigint NOT NULL,
    expires    bigint NOT NULL
);

CREATE INDEX sessions_by_account ON sessions (account);
CREATE INDEX sessions_by_expiry ON sessions (expires);

CREATE TABLE audit (
    id      bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    at      bigint NOT NULL,
    event   text   NOT NULL,
    client  text   COLLATE "C",
    owner   text   COLLATE "C",
    record  bigint,                        -- of the token, never its identifier
    address text,
    detail  text
);

CREATE FUNCTION audit_is_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'the audit log is append-only';
END
$$;

CREATE TRIGGER audit_is_never_changed BEFORE UPDATE OR DELETE OR TRUNCATE ON audit
    FOR EACH STATEMENT EXECUTE FUNCTION audit_is_append_only();

-- What is written to find out whether anything can be.
CREATE TABLE heartbeat (
    one boolean NOT NULL PRIMARY KEY DEFAULT true CHECK (one),
    at  bigint  NOT NULL DEFAULT 0
) WITH (fillfactor = 10);

INSERT INTO heartbeat DEFAULT VALUES;
