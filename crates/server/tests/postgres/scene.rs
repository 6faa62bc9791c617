//! A directory with a new schema, an account and a client.

use super::{
    real,
    support::{
        client::{Dance, Pair},
        needles::contents,
        place::Place,
        server::Server,
    },
};
use std::path::Path;

pub(crate) const CALLBACK: &str = "http://127.0.0.1/ready";
pub(crate) const PASSWORD: &str = "correct horse";
/// What is said of an empty database.
pub(crate) const MISSING: &str = "lacks 6 migrations";

/// The server's URL of what the fixture names by words.
pub(crate) fn url(words: &str) -> String {
    if words.starts_with("postgres") {
        return words.into();
    }
    let word = |name: &str| {
        let mut pairs = words.split_whitespace().filter_map(|pair| pair.split_once('='));
        pairs.find(|(known, _)| *known == name).map_or("", |(_, value)| value)
    };
    let (host, port, user, database) = (word("host"), word("port"), word("user"), word("dbname"));
    format!("postgres:///{database}?host={host}&port={port}&user={user}")
}

/// Patient: on a busy machine it is the answers that count.
fn environment(url: String, schema: String) -> [(&'static str, String); 4] {
    [
        ("COUNTERSIGN_DATABASE_URL", url),
        ("COUNTERSIGN_DATABASE_SCHEMA", schema),
        ("COUNTERSIGN_DATABASE_STATEMENT_TIMEOUT", "30".into()),
        ("COUNTERSIGN_DATABASE_CONNECT_TIMEOUT", "30".into()),
    ]
}

/// A place whose database is empty.
pub(crate) fn empty() -> Place {
    Place::with(environment(url(real::shared()), real::new_schema().1))
}

/// The same on a server of the test's own.
pub(crate) fn empty_on(postgres: &real::Server) -> Place {
    Place::with(environment(url(&postgres.url()), "countersign".into()))
}

/// A server of a test's own that writes down all it is told, and throws away nothing of it.
pub(crate) fn talkative() -> real::Server {
    real::Server::start(&[
        "fsync = off",
        "wal_keep_size = '1GB'",
        "log_statement = 'all'",
        "log_min_messages = 'debug1'",
    ])
}

/// All that it keeps, by name, brought to the disk first.
pub(crate) fn kept(own: &real::Server) -> [(&'static str, Vec<u8>); 4] {
    let written = own.tool("psql").args(["-qc", "CHECKPOINT"]).output().expect("psql");
    assert!(written.status.success(), "{}", String::from_utf8_lossy(&written.stderr));
    let dump = own.tool("pg_dump").output().expect("a dump").stdout;
    let log = own.folder().join("log");
    let ahead = own.folder().join("data/pg_wal");
    let others = |file: &Path| file != log && !file.starts_with(&ahead);
    [
        ("dump", dump),
        ("data files", contents(own.folder(), &others)),
        ("write-ahead log", contents(&ahead, &|_| true)),
        ("log", contents(&log, &|_| true)),
    ]
}

pub(crate) struct Scene {
    pub(crate) place: Place,
    pub(crate) client: Pair,
}

impl Scene {
    pub(crate) fn new() -> Self {
        Self::at(empty())
    }

    pub(crate) fn at(place: Place) -> Self {
        place.add_user("jane", PASSWORD);
        let flags = ["--name", "Printer", "--callback", CALLBACK, "--allow-oob", "--two-legged"];
        let client = place.add_client(&flags);
        Self { place, client }
    }

    pub(crate) fn node(&self) -> Server {
        self.place.server().start()
    }

    pub(crate) fn dance<'a>(&'a self, server: &'a Server) -> Dance<'a> {
        Dance { server, client: &self.client, callback: CALLBACK }
    }
}
