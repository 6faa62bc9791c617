-- Since when nonces may have been claimed.

CREATE TABLE IF NOT EXISTS first_claim (
    one TINYINT NOT NULL PRIMARY KEY CHECK (one = 1),
    at  BIGINT  NOT NULL
) ENGINE = InnoDB;

-- Of a database that was in use before this table nobody knows.
INSERT INTO first_claim (one, at) SELECT 1, 0 FROM (SELECT 1) q WHERE NOT EXISTS (SELECT 1 FROM first_claim)
    AND (EXISTS (SELECT 1 FROM clients) OR EXISTS (SELECT 1 FROM nonces) OR EXISTS (SELECT 1 FROM audit));
