-- Tells every node at once what may be used no more, or otherwise than before, whoever changed it: a channel that is called as this schema
-- is. A message is one letter and a name: of a (t)oken, a (c)lient or an (o)wner. An empty one says that it may be anything.
-- What is new is not told: nobody has looked it up.

-- It runs for a role that need not have this schema in its path, so it names none of its tables: the second argument does not either.
CREATE FUNCTION tell_changes() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    names text[];
BEGIN
    IF TG_OP <> 'TRUNCATE' THEN
        EXECUTE 'SELECT array_agg(name) FROM (SELECT DISTINCT name FROM (' || TG_ARGV[1] || ') changed LIMIT 65) counted' INTO names;
    END IF;
    IF TG_OP = 'TRUNCATE' OR cardinality(names) > 64 THEN
        -- One message for all of them: a client may be removed with a million tokens.
        PERFORM pg_notify(TG_TABLE_SCHEMA, '');
    ELSE
        -- A message that is too long would be an error, and undo the change.
        PERFORM pg_notify(TG_TABLE_SCHEMA, CASE WHEN octet_length(name) < 4000 THEN TG_ARGV[0] || name ELSE '' END)
        FROM unnest(names) AS name;
    END IF;
    RETURN NULL;
END
$$;

-- A secret that is sealed anew is the same secret: nobody is told.
CREATE TRIGGER tells_updates AFTER UPDATE ON tokens REFERENCING OLD TABLE AS before NEW TABLE AS after
    FOR EACH STATEMENT EXECUTE FUNCTION tell_changes('t',
        'SELECT id AS name FROM (SELECT id, client, owner, scopes, issued, expires, revoked FROM before
            EXCEPT SELECT id, client, owner, scopes, issued, expires, revoked FROM after) differing');
CREATE TRIGGER tells_deletes AFTER DELETE ON tokens REFERENCING OLD TABLE AS before
    FOR EACH STATEMENT EXECUTE FUNCTION tell_changes('t', 'SELECT id AS name FROM before');
CREATE TRIGGER tells_truncates AFTER TRUNCATE ON tokens FOR EACH STATEMENT EXECUTE FUNCTION tell_changes('t');

CREATE TRIGGER tells_updates AFTER UPDATE ON clients REFERENCING OLD TABLE AS before NEW TABLE AS after
    FOR EACH STATEMENT EXECUTE FUNCTION tell_changes('c',
        'SELECT id AS name FROM (SELECT * FROM before EXCEPT SELECT * FROM after) differing');
CREATE TRIGGER tells_deletes AFTER DELETE ON clients REFERENCING OLD TABLE AS before
    FOR EACH STATEMENT EXECUTE FUNCTION tell_changes('c', 'SELECT id AS name FROM before');
CREATE TRIGGER tells_truncates AFTER TRUNCATE ON clients FOR EACH STATEMENT EXECUTE FUNCTION tell_changes('c');

-- Tokens may be there before the account of their owner is: one that begins as disabled ends their use.
CREATE TRIGGER tells_inserts AFTER INSERT ON accounts REFERENCING NEW TABLE AS after
    FOR EACH STATEMENT EXECUTE FUNCTION tell_changes('o', 'SELECT name FROM after WHERE disabled');
CREATE TRIGGER tells_updates AFTER UPDATE ON accounts REFERENCING OLD TABLE AS before NEW TABLE AS after
    FOR EACH STATEMENT EXECUTE FUNCTION tell_changes('o',
        '(SELECT name, disabled FROM before EXCEPT SELECT name, disabled FROM after) UNION
            (SELECT name, disabled FROM after EXCEPT SELECT name, disabled FROM before)');
CREATE TRIGGER tells_deletes AFTER DELETE ON accounts REFERENCING OLD TABLE AS before
    FOR EACH STATEMENT EXECUTE FUNCTION tell_changes('o', 'SELECT name FROM before WHERE disabled');
CREATE TRIGGER tells_truncates AFTER TRUNCATE ON accounts FOR EACH STATEMENT EXECUTE FUNCTION tell_changes('o');
