//! A directory with a new database, an account and a client.

use super::{
    real,
    support::{
        client::{Dance, Pair},
        needles::contents,
        place::Place,
        server::Server,
        until,
    },
};
use std::path::Path;

pub(crate) const CALLBACK: &str = "http://127.0.0.1/ready";
pub(crate) const PASSWORD: &str = "correct horse";
/// What is said of an empty database.
pub(crate) const MISSING: &str = "lacks 4 migrations";

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
    Place::with(environment(real::shared().into(), real::new_database().1))
}

/// The same on a server of the test's own.
pub(crate) fn empty_on(own: &real::Server) -> Place {
    Place::with(environment(own.url(), "countersign".into()))
}

/// A server of a test's own that writes down all it is told, and throws away nothing of it.
pub(crate) fn talkative() -> real::Server {
    real::Server::start(&[
        "--general-log",
        "--general-log-file=told.log",
        "--log-bin=changes",
        "--innodb-flush-log-at-trx-commit=2",
    ])
}

/// All that it keeps, by name, brought to the disk first.
pub(crate) fn kept(own: &real::Server) -> [(&'static str, Vec<u8>); 5] {
    asked(own, WRITE_ALL);
    until("every page is on the disk", || {
        asked(own, "SHOW GLOBAL STATUS LIKE 'Innodb_buffer_pool_pages_dirty'").ends_with("\t0")
    });
    let mut dump = own.tool("mariadb-dump");
    let dump = dump.args(["--databases", "countersign"]).output().expect("a dump").stdout;
    let named = |start: &'static str| {
        move |file: &Path| file.file_name().is_some_and(|name| name.to_string_lossy().starts_with(start))
    };
    let of = |start| contents(own.folder(), &named(start));
    let others = |file: &Path| !["ib_logfile", "changes.", "told.log"].iter().any(|start| named(start)(file));
    [
        ("dump", dump),
        ("data files", contents(own.folder(), &others)),
        ("redo log", of("ib_logfile")),
        ("binary log", of("changes.")),
        ("log", of("told.log")),
    ]
}

/// What it answers to a person at a terminal.
fn asked(own: &real::Server, sql: &str) -> String {
    let answer =
        own.tool("mariadb").args(["--batch", "--skip-column-names", "-e", sql]).output().expect("mariadb");
    assert!(answer.status.success(), "{}", String::from_utf8_lossy(&answer.stderr));
    String::from_utf8_lossy(&answer.stdout).trim_end().to_owned()
}

const WRITE_ALL: &str =
    "SET GLOBAL innodb_max_dirty_pages_pct_lwm = 0; SET GLOBAL innodb_max_dirty_pages_pct = 0;
    FLUSH TABLES; FLUSH LOGS";

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
