//! A directory with a new database, an account and a client.

use super::{
    real,
    support::{
        client::{Dance, Pair},
        place::Place,
        server::Server,
    },
};

pub(crate) const CALLBACK: &str = "http://127.0.0.1/ready";
pub(crate) const PASSWORD: &str = "correct horse";
/// What is said of an empty database.
pub(crate) const MISSING: &str = "lacks 3 migrations";

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
