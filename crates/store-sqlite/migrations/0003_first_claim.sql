-- `first_claim` in `meta`: since when nonces may have been claimed. Of a database that is older than this row nobody knows.

INSERT INTO meta (name, value) SELECT 'first_claim', 0 FROM pragma_user_version WHERE user_version > 0;
