//! `countersign jwt`.

use super::{Place, act, output};
use crate::{
    audit::Event,
    config::Config,
    error::Error,
    jwt::{self, Algorithm, GRACE, State},
};
use clap::Subcommand;
use countersign_core::Timestamp;
use countersign_provider::{Clock, System};
use serde_json::json;

/// List, rotate and remove the keys that sign identity JWTs.
#[derive(Debug, Subcommand)]
pub(crate) enum Jwt {
    /// List all keys, the newest first; never their private half
    List {
        /// Print one JSON object per line
        #[arg(long)]
        json: bool,
    },
    /// Make a new key: published at once, it signs after ten minutes, when every verifier knows it
    Rotate {
        /// Sign with it at once, as after a leak
        #[arg(long)]
        now: bool,
        /// Print {"kid": …, "signs_from": …}
        #[arg(long)]
        json: bool,
    },
    /// Remove a key that does not sign: no verifier accepts what it signed any more
    Remove {
        /// Its name
        kid: String,
    },
}

impl Jwt {
    pub(super) fn run(self, place: &Place) -> Result<(), Error> {
        let (config, now) = (place.read()?, System.now());
        match self {
            Self::List { json } => list(&config, now, json),
            Self::Rotate { now: at_once, json } => {
                let kid = rotate(&config, now, at_once, json)?;
                act::note(place, act::telling(Event::IdentityKeyAdded, kid));
                Ok(())
            }
            Self::Remove { kid } => {
                remove(&config, now, &kid)?;
                act::note(place, act::telling(Event::IdentityKeyRemoved, kid));
                Ok(())
            }
        }
    }
}

fn list(config: &Config, now: Timestamp, json: bool) -> Result<(), Error> {
    let path = jwt::place(config)?;
    let keys = jwt::read(&path)?.ok_or_else(|| {
        let path = path.display();
        let message =
            "the server makes it at its first start with identity.jwt, and so does `countersign jwt rotate`";
        Error::Refused(format!("there is no {path}: {message}"))
    })?;
    let algorithm = config.identity.jwt.algorithm();
    if algorithm.is_none() {
        output::complain("identity.jwt is empty: nothing is signed, and nothing published");
    }
    for (key, state) in keys.states(algorithm, now) {
        let (kid, name, made, from) =
            (&key.kid, key.algorithm.name(), key.made.seconds(), key.signs_from.seconds());
        if json {
            let (state, _) = told(state, 0);
            output::line(
                json!({ "kid": kid, "algorithm": name, "made": made, "signs_from": from, "state": state }),
            )?;
        } else {
            let (_, state) = told(state, from.saturating_sub(now.seconds()));
            let age = span(now.seconds().saturating_sub(made));
            output::line(format_args!("{kid}  {name}  made {age} ago  {state}"))?;
        }
    }
    Ok(())
}

fn rotate(config: &Config, now: Timestamp, at_once: bool, json: bool) -> Result<String, Error> {
    let algorithm = algorithm(config)?;
    let grace = if at_once { 0 } else { GRACE };
    let (kid, from) = jwt::change(&jwt::place(config)?, |keys| {
        let key = jwt::rotated(keys, algorithm, now, grace)?;
        Ok((key.kid.clone(), key.signs_from.seconds()))
    })?;
    if json {
        output::line(json!({ "kid": kid, "signs_from": from }))?;
        return Ok(kid);
    }
    let signs = match from.saturating_sub(now.seconds()) {
        0 => "it signs at once".to_owned(),
        wait => format!("it signs in {}", span(wait)),
    };
    output::line(format_args!(
        "made {kid}: it is published, and {signs}; a server that runs notices by itself"
    ))?;
    Ok(kid)
}

fn remove(config: &Config, now: Timestamp, kid: &str) -> Result<(), Error> {
    let algorithm = config.identity.jwt.algorithm();
    let path = jwt::place(config)?;
    let since = jwt::change(&path, |keys| {
        let Some((key, state)) = keys.states(algorithm, now).find(|(key, _)| key.kid == kid) else {
            return Err(Error::Refused(format!("there is no key {kid}: `countersign jwt list` lists them")));
        };
        if state == State::Signs {
            return Err(Error::Refused(format!(
                "key {kid} signs: make another by `countersign jwt rotate`, and remove this one once the other signs"
            )));
        }
        if keys.is_last() {
            let path = path.display();
            return Err(Error::Refused(format!("key {kid} is the only one: delete {path} to be rid of it")));
        }
        let signed = state == State::Published && Some(key.algorithm) == algorithm && key.signs_from <= now;
        let signing = algorithm.and_then(|algorithm| keys.signing(algorithm, now));
        let since = signing.filter(|_| signed).map(|signing| signing.signs_from);
        keys.remove(kid);
        Ok(since)
    })?;
    if since.is_some_and(|since| now < since.plus(config.identity.jwt_life)) {
        output::complain(format_args!(
            "{kid} signed until a moment ago: what it signed last is refused before it expires"
        ));
    }
    output::line(format_args!("removed {kid}; a server that runs notices by itself"))
}

fn algorithm(config: &Config) -> Result<Algorithm, Error> {
    config.identity.jwt.algorithm().ok_or_else(|| {
        Error::Refused("identity.jwt is empty, so no key is needed: set it to \"EdDSA\" or \"ES256\"".into())
    })
}

/// For a program, and for a person.
fn told(state: State, wait: u64) -> (&'static str, String) {
    match state {
        State::Signs => ("signs", "signs".into()),
        State::Waits => ("waits", format!("published, signs in {}", span(wait))),
        State::Published => ("published", "published".into()),
    }
}

/// A span of time in its largest fitting unit.
fn span(seconds: u64) -> String {
    match seconds {
        0..120 => format!("{seconds} seconds"),
        120..7200 => format!("{} minutes", seconds / 60),
        7200..172_800 => format!("{} hours", seconds / 3600),
        _ => format!("{} days", seconds / 86_400),
    }
}

pub(super) const EXAMPLES: &str = "\
Examples:
  countersign jwt rotate            a new key, which signs in ten minutes
  countersign jwt list
  countersign jwt remove j1f3a90c2  the old one, once nothing that it signed is of use

After a leak, at once:
  countersign jwt rotate --now && countersign jwt remove j1f3a90c2";
