//! `countersign user sessions`.

use super::{administration::Administration, output};
use crate::{error::Error, rfc3339};
use countersign_core::Timestamp;
use countersign_store::SessionRecord;
use serde::{Deserialize, Serialize};
use serde_json::json;

/// Where an account is signed in, as the API tells it. No cookie can be made of what is told.
#[derive(Deserialize, Serialize)]
pub(super) struct Session {
    session: String,
    created: u64,
    last_seen: u64,
    expires: u64,
    address: Option<String>,
    user_agent: Option<String>,
}

impl Session {
    pub(super) fn of(known: &SessionRecord) -> Self {
        Self {
            session: known.name().to_string(),
            created: known.created.seconds(),
            last_seen: known.last_seen.max(known.created).seconds(),
            expires: known.expires.seconds(),
            address: known.address.clone(),
            user_agent: known.user_agent.clone(),
        }
    }
}

/// Lists them, or ends them all.
pub(super) fn run(at: &dyn Administration, name: &str, end: bool, json: bool) -> Result<(), Error> {
    if end {
        let ended = at.end_sessions(name)?;
        return output::line(format_args!("ended {ended} sessions of {name}"));
    }
    at.sessions(name)?.iter().try_for_each(|session| print(session, json))
}

fn print(shown: &Session, json: bool) -> Result<(), Error> {
    if json {
        return output::line(json!(shown));
    }
    let Session { session, created, last_seen, address, user_agent, .. } = shown;
    let [created, seen] = [*created, *last_seen].map(|at| rfc3339::machine(Timestamp::from_seconds(at)));
    let address = address.as_deref().unwrap_or("-");
    let browser = output::plain(user_agent.as_deref().unwrap_or("-"));
    output::line(format_args!("{session}  since {created}  last seen {seen}  from {address}  {browser}"))
}
