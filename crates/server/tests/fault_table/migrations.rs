//! A migration that cannot run, because a table of that name is there: refused with a reason, and nothing is changed.

use super::{
    ground::place_on,
    real,
    support::{
        client::{Call, Pair},
        place::Place,
    },
    table::Row,
};
use rusqlite::{Connection, types::Value};
use std::{io::Write, process::Stdio, time::Instant};

pub(crate) fn sqlite() -> Row {
    let place = Place::new();
    let raw =
        |sql: &str| Connection::open(place.database()).expect("it").execute_batch(sql).expect("a change");
    refused(
        &place,
        "client_usage",
        || {
            let older = place.database().with_extension("older");
            let old = Connection::open(&older).expect("a file");
            let all = SQLITE.iter().map(|migration| old.execute_batch(migration));
            all.collect::<Result<(), _>>().expect("the schema of before");
            let newest = place.database().display().to_string();
            old.execute("ATTACH ?1 AS newest", [newest]).expect("both");
            let copy = format!(
                "DELETE FROM meta; INSERT INTO meta SELECT * FROM newest.meta WHERE name IN ('heartbeat', 'nonce_key', 'first_claim');
                INSERT INTO clients (record, {CLIENT}) SELECT record, {CLIENT} FROM newest.clients;
                PRAGMA application_id = 0x4353676e; PRAGMA user_version = {}; DETACH newest",
                SQLITE.len()
            );
            old.execute_batch(&copy).expect("the same clients");
            drop(old);
            std::fs::rename(older, place.database()).expect("in its place");
        },
        || raw("CREATE TABLE client_usage (theirs INTEGER); INSERT INTO client_usage VALUES (1);"),
        || raw("DROP TABLE client_usage;"),
        || rows(&Connection::open(place.database()).expect("it")),
    )
}

pub(crate) fn postgres() -> Row {
    let postgres = real::Server::start(&["fsync = off"]);
    let raw = |sql: &str| {
        let mut psql = postgres.tool("psql");
        psql.args(["-q", "-v", "ON_ERROR_STOP=1"]).stdin(Stdio::piped());
        let mut child = psql.spawn().expect("psql");
        write!(child.stdin.take().expect("a pipe"), "SET search_path = countersign; {sql}").expect("a pipe");
        assert!(child.wait().expect("an end").success(), "{sql}");
    };
    refused(
        &place_on(&postgres),
        "client_usage",
        || {
            let versions = "CREATE TABLE schema_version (version int PRIMARY KEY, applied timestamptz NOT NULL DEFAULT now());";
            raw(&format!(
                "ALTER SCHEMA countersign RENAME TO newest; CREATE SCHEMA countersign; {versions} {}
                INSERT INTO schema_version (version) SELECT generate_series(1, {});
                INSERT INTO nonce_key SELECT * FROM newest.nonce_key;
                INSERT INTO first_claim SELECT * FROM newest.first_claim;
                INSERT INTO clients ({CLIENT}) SELECT {CLIENT} FROM newest.clients; DROP SCHEMA newest CASCADE;",
                POSTGRES.join("\n"),
                POSTGRES.len()
            ));
        },
        || raw("CREATE TABLE client_usage (theirs int); INSERT INTO client_usage VALUES (1);"),
        || raw("DROP TABLE client_usage;"),
        || {
            let dump = postgres.tool("pg_dump").output().expect("a dump").stdout;
            let lines = String::from_utf8_lossy(&dump).into_owned();
            // They hold a word that is another one in each dump.
            lines.lines().filter(|line| !line.contains("restrict ")).collect::<Vec<_>>().join("\n")
        },
    )
}

/// The schema as it was before the migration that makes `client_usage`, and those after it.
const SQLITE: [&str; 3] = [
    include_str!("../../../store-sqlite/migrations/0001_init.sql"),
    include_str!("../../../store-sqlite/migrations/0002_nonce_log.sql"),
    include_str!("../../../store-sqlite/migrations/0003_first_claim.sql"),
];
const POSTGRES: [&str; 4] = [
    include_str!("../../../store-sqlx/migrations/postgres/0001_init.sql"),
    include_str!("../../../store-sqlx/migrations/postgres/0002_server.sql"),
    include_str!("../../../store-sqlx/migrations/postgres/0003_changes.sql"),
    include_str!("../../../store-sqlx/migrations/postgres/0004_first_claim.sql"),
];
/// What a client had then.
const CLIENT: &str = "id, name, secret, public_key, methods, callbacks, callback_prefixes, allow_oob, two_legged, scopes, default_scopes, \
    timestamp_window, status, created";

/// Makes a client, goes back to the version before, puts a table in the way of the next one, and takes it away again.
fn refused(
    place: &Place,
    table: &str,
    older: impl FnOnce(),
    conflict: impl FnOnce(),
    remedy: impl FnOnce(),
    all: impl Fn() -> String,
) -> Row {
    let clients: Vec<Pair> = (0..3).map(|_| place.add_client(&["--name", "A", "--two-legged"])).collect();
    older();
    conflict();
    let (before, mut problems) = (all(), Vec::new());
    let serve = ["serve", "--listen", "127.0.0.1:0", "--insecure-http"];
    for command in [&["migrate"][..], &serve, &["migrate", "--check"]] {
        let ran = place.run_with(command, "", &[("COUNTERSIGN_WAIT_FOR_STORES", "0")]);
        let clear = command.contains(&"--check") || ran.stderr.contains(table);
        if ran.code != Some(1) || !clear || ran.stderr.lines().count() != 1 {
            problems.push(format!("{command:?}: {:?} {}", ran.code, ran.stderr));
        }
        println!("  {command:?}: {}", ran.stderr.trim_end());
    }
    if all() != before {
        problems.push("something was changed".into());
    }
    remedy();
    let since = Instant::now();
    let server = place.server().start();
    let status = |client| Call::get("/api/whoami", client).send(&server).status;
    let first = status(&clients[0]);
    let took = since.elapsed();
    let lost = clients.iter().filter(|client| status(client) != 200).count();
    let note = "migrate and serve end with 1 and name the table, nothing is changed".into();
    Row { acknowledged: clients.len(), lost, recovery: Some(took), note, problems, ..Row::default() }
        .must(first == 200, format!("it was answered with {first}"))
}

/// The schema and every row of a file.
fn rows(connection: &Connection) -> String {
    let mut told = String::new();
    let tables = "SELECT name FROM sqlite_schema WHERE type = 'table' ORDER BY name";
    let mut statement = connection.prepare(tables).expect("a query");
    let names = statement.query_map([], |row| row.get::<_, String>(0)).expect("names");
    let names: Vec<_> = names.map(|name| name.expect("a name")).collect();
    for name in names.into_iter().chain(["sqlite_schema".into(), "pragma_user_version".into()]) {
        let mut statement = connection.prepare(&format!("SELECT * FROM {name}")).expect("a query");
        let columns = statement.column_count();
        let mut found = statement.query([]).expect("rows");
        while let Some(row) = found.next().expect("a row") {
            let values: Vec<Value> = (0..columns).map(|at| row.get(at).expect("a value")).collect();
            told += &format!("{name}: {values:?}\n");
        }
    }
    told
}
