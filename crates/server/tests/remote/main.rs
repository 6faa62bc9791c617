//! `--remote`: the same commands on a server of another machine, and what a false server or a careless hand must not learn.

#[path = "../support/mod.rs"]
mod support;

mod attacks;
mod client_keys;
mod fake;
mod log;
mod refusals;
mod revisions;
mod same;
mod sessions;
mod usage;

use support::{
    admin::{SCOPES, key, server},
    place::{Place, Ran},
    server::Server,
};

/// A server with the administration's API, and a folder elsewhere that has no database.
pub(crate) struct World {
    pub(crate) place: Place,
    pub(crate) elsewhere: Place,
    pub(crate) server: Server,
    pub(crate) key: String,
}

impl World {
    pub(crate) fn new() -> Self {
        let place = Place::new();
        let key = key(&place, &SCOPES, &["--expires", "never"]);
        Self { server: server(&place), elsewhere: Place::with([]), key, place }
    }

    /// Runs a command elsewhere, on that server.
    pub(crate) fn run(&self, arguments: &[&str], input: &str) -> Ran {
        let url = format!("http://{}", self.server.address);
        remote(&self.elsewhere, &url, &self.key, arguments, input)
    }

    /// Runs a command on that server, and on its database, where it must print the same.
    #[track_caller]
    pub(crate) fn both(&self, arguments: &[&str]) -> Ran {
        let (here, there) = (self.place.run(arguments, ""), self.run(arguments, ""));
        assert_eq!((here.code, &here.stdout, &here.stderr), (there.code, &there.stdout, &there.stderr));
        there
    }
}

/// Where a command is run.
pub(crate) type Way<'a> = &'a dyn Fn(&[&str]) -> Ran;

/// Runs a command on the server of that address, with that key.
pub(crate) fn remote(place: &Place, url: &str, key: &str, arguments: &[&str], input: &str) -> Ran {
    let environment = [("COUNTERSIGN_REMOTE", url), ("COUNTERSIGN_API_KEY", key)];
    place.run_with(arguments, input, &environment)
}

/// Asserts that it says all of this in one line on standard error, and ends with exit code 1.
#[track_caller]
pub(crate) fn refused(ran: &Ran, told: &[&str]) {
    let one_line = ran.stderr.lines().count() == 1 && ran.stderr.starts_with("countersign: ");
    assert!(ran.code == Some(1) && one_line && ran.stdout.is_empty(), "{:?}: {}", ran.code, ran.stderr);
    let missing: Vec<_> = told.iter().filter(|part| !ran.stderr.contains(**part)).collect();
    assert!(missing.is_empty(), "without {missing:?}: {}", ran.stderr);
}
