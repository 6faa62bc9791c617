-- Nonces, a row for each group of changes: they are looked up in memory, and here only written down and read back.

CREATE TABLE nonce_log (
    -- One more than the newest one's, which is never deleted: whoever has read up to a number misses none.
    id      INTEGER NOT NULL PRIMARY KEY,
    until   INTEGER NOT NULL,   -- the latest of its entries
    entries BLOB    NOT NULL    -- 24 bytes each: timestamp and until, big-endian, then the hash
) STRICT;

CREATE INDEX nonce_log_until ON nonce_log (until);

INSERT INTO nonce_log (until, entries)
    SELECT until, unhex(printf('%016x%016x', stamp, until) || hex(substr(digest, 1, 8)))
    FROM nonces ORDER BY stamp, digest;

DROP TABLE nonces;
