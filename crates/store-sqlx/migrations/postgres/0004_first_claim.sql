-- Since when nonces may have been claimed. Of a database that is older than this table, and so has its key, nobody knows.

CREATE TABLE first_claim (
    one boolean NOT NULL PRIMARY KEY DEFAULT true CHECK (one),
    at  bigint  NOT NULL
);

INSERT INTO first_claim (at) SELECT 0 WHERE EXISTS (SELECT 1 FROM nonce_key);
