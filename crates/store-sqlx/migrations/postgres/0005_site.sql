-- What a whole site keeps: two keys for each client, its profile, usage, accounts without a password, invitations, API keys,
-- idempotent creation, challenges of the operator's own pages, and an audit log that is kept for so long and no longer.

ALTER TABLE clients
    ADD COLUMN key_since           bigint  NOT NULL DEFAULT 0,
    ADD COLUMN previous_secret     text,               -- sealed; accepted as well
    ADD COLUMN previous_public_key bytea,              -- DER
    ADD COLUMN previous_since      bigint,
    ADD COLUMN owner               text    COLLATE "C", -- account; NULL: an operator's
    ADD COLUMN description         text    NOT NULL DEFAULT '',
    ADD COLUMN home_page           text,
    ADD COLUMN rejection           text,
    ADD COLUMN owner_only          boolean NOT NULL DEFAULT false,
    ADD COLUMN revision            bigint  NOT NULL DEFAULT 0,
    DROP CONSTRAINT clients_status_check,
    ADD CONSTRAINT clients_status_check CHECK (status IN ('active', 'pending', 'rejected', 'suspended')),
    ADD CHECK (octet_length(owner) <= 1024),
    ADD CHECK (previous_secret IS NULL OR secret IS NOT NULL),
    ADD CHECK (previous_public_key IS NULL OR public_key IS NOT NULL),
    ADD CHECK ((previous_since IS NULL) = (previous_secret IS NULL AND previous_public_key IS NULL));

UPDATE clients SET key_since = created;

CREATE INDEX clients_by_owner ON clients (owner, record) WHERE owner IS NOT NULL;
CREATE INDEX clients_by_status ON clients (status, record);

CREATE TABLE client_usage (
    record     bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    client     text   COLLATE "C" NOT NULL,
    key_since  bigint NOT NULL,                        -- which of the client's keys
    method     text   COLLATE "C" NOT NULL CHECK (octet_length(method) BETWEEN 1 AND 255),
    first_used bigint NOT NULL,
    last_used  bigint NOT NULL,
    requests   bigint NOT NULL,
    UNIQUE (client, key_since, method)
);

-- Not in the tokens' rows: those are not to be rewritten, and their changes told, by being used.
CREATE TABLE token_uses (
    record    bigint NOT NULL PRIMARY KEY,
    last_used bigint NOT NULL
);

ALTER TABLE accounts ALTER COLUMN password_hash DROP NOT NULL; -- NULL: no password will do

-- So that the last administrator is found without looking at everybody.
CREATE INDEX accounts_administrators ON accounts (name) WHERE admin;

CREATE TABLE identities (
    issuer  text   COLLATE "C" NOT NULL CHECK (octet_length(issuer) BETWEEN 1 AND 1024),
    subject text   COLLATE "C" NOT NULL CHECK (octet_length(subject) BETWEEN 1 AND 1024),
    account text   COLLATE "C" NOT NULL,
    created bigint NOT NULL,
    PRIMARY KEY (issuer, subject)
);

CREATE INDEX identities_by_account ON identities (account);

ALTER TABLE sessions
    ADD COLUMN last_seen  bigint NOT NULL DEFAULT 0,
    ADD COLUMN address    text,
    ADD COLUMN user_agent text;
UPDATE sessions SET last_seen = created;

CREATE TABLE invitations (
    record      bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    code_hash   bytea  NOT NULL UNIQUE CHECK (octet_length(code_hash) = 32), -- SHA-256
    made_by     text   COLLATE "C",
    note        text   NOT NULL,
    created     bigint NOT NULL,
    expires     bigint NOT NULL,
    redeemed_by text   COLLATE "C"                     -- account
);

CREATE INDEX invitations_by_expiry ON invitations (expires);

-- Account, identity and invitation: all or nothing. Whoever comes second waits for the first one's row, and then sees it.
CREATE FUNCTION sign_up(new_name text, new_hash text, is_admin boolean, is_disabled boolean, now_created bigint,
    new_issuer text, new_subject text, since bigint, code bytea, now bigint) RETURNS text LANGUAGE plpgsql AS $$
BEGIN
    IF code IS NOT NULL THEN
        UPDATE invitations SET redeemed_by = new_name WHERE code_hash = code AND redeemed_by IS NULL AND expires > now;
        IF NOT FOUND THEN
            RETURN 'not invited';
        END IF;
    END IF;
    INSERT INTO accounts (name, password_hash, admin, disabled, created)
        VALUES (new_name, new_hash, is_admin, is_disabled, now_created) ON CONFLICT DO NOTHING;
    IF NOT FOUND THEN
        RAISE EXCEPTION USING ERRCODE = 'CS001';
    END IF;
    IF new_issuer IS NOT NULL THEN
        INSERT INTO identities (issuer, subject, account, created)
            VALUES (new_issuer, new_subject, new_name, since) ON CONFLICT DO NOTHING;
        IF NOT FOUND THEN
            RAISE EXCEPTION USING ERRCODE = 'CS002';
        END IF;
    END IF;
    RETURN 'done';
-- What was done by then is undone.
EXCEPTION
    WHEN SQLSTATE 'CS001' THEN RETURN 'name taken';
    WHEN SQLSTATE 'CS002' THEN RETURN 'identity taken';
END
$$;

CREATE TABLE api_keys (
    record    bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    hash      bytea  NOT NULL UNIQUE CHECK (octet_length(hash) = 32), -- SHA-256
    name      text   NOT NULL,
    account   text   COLLATE "C",                      -- NULL: made by the command line
    scopes    text[] NOT NULL,
    created   bigint NOT NULL,
    expires   bigint,                                  -- NULL: never
    revoked   bigint,                                  -- NULL: it is not
    last_used bigint
);

CREATE TABLE idempotent (
    -- Number of the API key, colon, idempotency key.
    name         text   COLLATE "C" NOT NULL PRIMARY KEY CHECK (octet_length(name) <= 300),
    request_hash bytea  NOT NULL CHECK (octet_length(request_hash) = 32), -- SHA-256
    answer       text,                                 -- sealed; NULL: there is none yet
    expires      bigint NOT NULL,
    record       bigint GENERATED ALWAYS AS IDENTITY   -- for messages alone
);

CREATE INDEX idempotent_by_expiry ON idempotent (expires);

CREATE TABLE challenges (
    id_hash   bytea  NOT NULL PRIMARY KEY CHECK (octet_length(id_hash) = 32), -- SHA-256
    temporary text   COLLATE "C" NOT NULL,
    created   bigint NOT NULL,
    expires   bigint NOT NULL,
    state     text   NOT NULL CHECK (state IN ('pending', 'accepted', 'rejected')),
    owner     text   COLLATE "C" CHECK (octet_length(owner) <= 1024),
    CHECK ((state = 'accepted') = (owner IS NOT NULL))
);

CREATE INDEX challenges_by_expiry ON challenges (expires);

ALTER TABLE audit ADD COLUMN actor text COLLATE "C";
CREATE INDEX audit_by_time ON audit (at);
CREATE INDEX audit_by_client ON audit (client, id) WHERE client IS NOT NULL;
CREATE INDEX audit_by_owner ON audit (owner, id) WHERE owner IS NOT NULL;

-- What is older than this may be deleted; whoever deletes it says so first, in the same transaction.
CREATE TABLE audit_horizon (
    one        boolean NOT NULL PRIMARY KEY DEFAULT true CHECK (one),
    kept_since bigint  NOT NULL DEFAULT 0
);

INSERT INTO audit_horizon DEFAULT VALUES;

DROP TRIGGER audit_is_never_changed ON audit;
CREATE TRIGGER audit_is_never_changed BEFORE UPDATE OR TRUNCATE ON audit
    FOR EACH STATEMENT EXECUTE FUNCTION audit_is_append_only();

-- It runs for a role that need not have this schema in its path.
CREATE FUNCTION audit_is_kept() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    kept_since bigint;
BEGIN
    EXECUTE format('SELECT kept_since FROM %I.audit_horizon', TG_TABLE_SCHEMA) INTO kept_since;
    IF kept_since IS NULL OR OLD.at >= kept_since THEN
        RAISE EXCEPTION 'the audit log is append-only';
    END IF;
    RETURN OLD;
END
$$;

CREATE TRIGGER audit_is_never_cut BEFORE DELETE ON audit FOR EACH ROW EXECUTE FUNCTION audit_is_kept();

CREATE FUNCTION forget_audit(before bigint, most bigint) RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE
    forgotten bigint;
BEGIN
    UPDATE audit_horizon SET kept_since = before WHERE kept_since < before;
    DELETE FROM audit WHERE id IN
        (SELECT id FROM audit WHERE at < before ORDER BY at LIMIT most);
    GET DIAGNOSTICS forgotten = ROW_COUNT;
    RETURN forgotten;
END
$$;

-- Where nonces are claimed, and since when no longer elsewhere.
CREATE TABLE nonce_place (
    one   boolean NOT NULL PRIMARY KEY DEFAULT true CHECK (one),
    place text    NOT NULL,
    moved bigint                                       -- NULL: they were never elsewhere
);
