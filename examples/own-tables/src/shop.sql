-- What a shop has had for years: its partners, and what its customers allowed them. Times are seconds since 1970.
CREATE TABLE partners (
    partner_no  INTEGER PRIMARY KEY,
    api_key     TEXT NOT NULL UNIQUE,
    api_secret  TEXT NOT NULL,
    company     TEXT NOT NULL,
    return_url  TEXT,
    areas       TEXT NOT NULL DEFAULT '[]', -- as JSON
    joined_at   INTEGER NOT NULL,
    blocked_at  INTEGER
);

CREATE TABLE app_grants (
    grant_key     TEXT NOT NULL PRIMARY KEY,
    grant_secret  TEXT NOT NULL,
    partner_key   TEXT NOT NULL REFERENCES partners (api_key),
    customer      TEXT NOT NULL,
    areas         TEXT NOT NULL,
    granted_at    INTEGER NOT NULL,
    ends_at       INTEGER,
    withdrawn_at  INTEGER
);

-- What it did not have. The guards of every verb are columns here: no customer yet, not declined, not over.
CREATE TABLE app_requests (
    request_key     TEXT NOT NULL PRIMARY KEY,
    request_secret  TEXT NOT NULL,
    partner_key     TEXT NOT NULL REFERENCES partners (api_key),
    return_url      TEXT NOT NULL,
    areas           TEXT NOT NULL,
    ends_at         INTEGER NOT NULL,
    customer        TEXT,
    code_hash       BLOB,
    declined        BOOLEAN NOT NULL DEFAULT FALSE,
    wrong_codes     INTEGER NOT NULL DEFAULT 0
);

-- The combination itself is the key: no hash, and so no key of a hash that all processes must share.
CREATE TABLE used_nonces (
    partner_key  TEXT NOT NULL,
    grant_key    TEXT NOT NULL,
    stamp        INTEGER NOT NULL,
    nonce        TEXT NOT NULL,
    keep_until   INTEGER NOT NULL,
    PRIMARY KEY (partner_key, grant_key, stamp, nonce)
) WITHOUT ROWID;
CREATE INDEX used_nonces_by_end ON used_nonces (keep_until);
