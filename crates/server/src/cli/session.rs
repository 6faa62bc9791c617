//! `countersign user sessions`.

use super::{administration::Administration, output};
use crate::{admin_api::sessions::Shown, error::Error, rfc3339};
use countersign_core::Timestamp;
use serde_json::json;

/// Lists them, or ends them all.
pub(super) fn run(at: &dyn Administration, name: &str, end: bool, json: bool) -> Result<(), Error> {
    if end {
        let ended = at.end_sessions(name)?;
        return output::line(format_args!("ended {ended} sessions of {name}"));
    }
    at.sessions(name)?.iter().try_for_each(|session| print(session, json))
}

fn print(shown: &Shown, json: bool) -> Result<(), Error> {
    if json {
        return output::line(json!(shown));
    }
    let Shown { session, created, last_seen, address, user_agent, .. } = shown;
    let [created, seen] = [*created, *last_seen].map(|at| rfc3339::machine(Timestamp::from_seconds(at)));
    let address = address.as_deref().unwrap_or("-");
    let browser = output::plain(user_agent.as_deref().unwrap_or("-"));
    output::line(format_args!("{session}  since {created}  last seen {seen}  from {address}  {browser}"))
}
