//! `countersign keys`.

use super::{Place, act, block_on, output, reseal};
use crate::{
    audit::Event,
    config::Synchronous,
    database::Database,
    error::Error,
    ring::{self, Held, MADE_BY},
    stores::Stores,
};
use clap::Subcommand;
use countersign_core::Timestamp;
use countersign_provider::{Clock, System};
use countersign_store::{KeyRing, SealedCount};
use serde_json::json;
use std::{
    collections::BTreeMap,
    fs,
    io::IsTerminal,
    path::Path,
    time::{Duration, UNIX_EPOCH},
};

/// List, rotate, reseal and remove the keys that seal secrets in the database.
#[derive(Debug, Subcommand)]
pub(crate) enum Keys {
    /// List all keys, the one that seals first, and what each of them sealed; never the keys themselves
    List {
        /// Print one JSON object per line
        #[arg(long)]
        json: bool,
    },
    /// Print a new key, for COUNTERSIGN_KEYS: whoever reads it can open what it seals
    New,
    /// Put a new key in front of the ring's file: it seals from now on, the others still open
    Rotate {
        /// Print {"key": …}
        #[arg(long)]
        json: bool,
    },
    /// Seal every secret anew under the key in front, while servers go on; it may be interrupted and run again
    #[command(after_help = reseal::EXAMPLES)]
    Reseal(reseal::Reseal),
    /// Remove a key under which nothing is sealed any more
    Remove {
        /// Its name
        key: String,
    },
}

impl Keys {
    pub(super) fn run(self, place: &Place) -> Result<(), Error> {
        match self {
            Self::List { json } => list(place, json),
            Self::New => new(),
            Self::Rotate { json } => rotate(place, json),
            Self::Reseal(reseal) => reseal.run(place),
            Self::Remove { key } => remove(place, &key),
        }
    }
}

fn list(place: &Place, json: bool) -> Result<(), Error> {
    let stores = place.stores()?;
    let mut counts = block_on(async { Ok(stores.rows.sealed_by_key(System.now()).await?) })?;
    if let Some(ring) = stores.ring.as_ref().map(ring::Ring::now) {
        for id in ring.ids() {
            let state = if id == ring.active() { "seals" } else { "opens" };
            let count = counts.remove(&Some(id.to_owned())).unwrap_or_default();
            tell(Some(id), state, &count, json)?;
        }
    } else {
        let keys = super::keys();
        let ring = ring::Place::of(&place.read()?, &stores.database, keys.as_deref());
        output::complain(format_args!("there is no {}: {MADE_BY}", ring.name()));
    }
    for (key, count) in &counts {
        tell(key.as_deref(), if key.is_some() { "missing" } else { "never sealed" }, count, json)?;
    }
    Ok(())
}

fn tell(key: Option<&str>, state: &str, count: &SealedCount, json: bool) -> Result<(), Error> {
    if json {
        return output::line(json!({
            "key": key, "state": state, "clients": count.clients, "tokens": count.tokens,
            "temporary_credentials": count.temporaries, "stored_answers": count.answers,
        }));
    }
    output::line(format_args!("{}  {state:7}  {}", key.unwrap_or("-"), told(count)))
}

fn told(count: &SealedCount) -> String {
    let SealedCount { clients, tokens, temporaries, answers, .. } = count;
    let told = format!("clients: {clients}, tokens: {tokens}, temporary credentials: {temporaries}");
    // Short-lived, and rarely there.
    if *answers == 0 { told } else { told + &format!(", stored answers: {answers}") }
}

fn new() -> Result<(), Error> {
    if std::io::stdout().is_terminal() {
        output::complain("this is the key itself: whoever reads it can open what it seals");
    }
    output::line(KeyRing::generate().to_text().expose())
}

fn rotate(place: &Place, json: bool) -> Result<(), Error> {
    let config = place.read()?;
    let (database, keys) = (Database::of(&config).map_err(|error| config.located(error))?, super::keys());
    let ring::Place::File(file) = ring::Place::of(&config, &database, keys.as_deref()) else {
        return Err(Error::Refused(BY_HAND.into()));
    };
    let (held, ring) = Held::take(&file)?;
    let ring = ring.rotated();
    held.write(&ring.to_file())?;
    let (key, path) = (ring.active(), held.path().display().to_string());
    drop(held);
    act::note(place, act::telling(Event::SealingKeyAdded, key.into()));
    if json {
        return output::line(json!({ "key": key }));
    }
    output::line(format_args!(
        "made {key} in {path}: it seals from now on, and a server that runs notices by itself. Keep a copy of the ring. \
         What was sealed before stays under its key until `countersign keys reseal`"
    ))
}

fn remove(place: &Place, key: &str) -> Result<(), Error> {
    let (mut config, variable) = (place.read()?, super::keys());
    config.database.synchronous = Synchronous::Full;
    let stores = block_on(Stores::open_existing(&config, variable.as_deref()))?;
    match ring::Place::of(&config, &stores.database, variable.as_deref()) {
        ring::Place::Variable(text) => {
            let ring = KeyRing::parse(text)?;
            removable(&stores, &ring, key)?;
            Err(Error::Refused(format!(
                "nothing is sealed under key {key}: take its entry out of COUNTERSIGN_KEYS, which no command can change, and \
                 restart"
            )))
        }
        ring::Place::File(file) => remove_from(&file, &stores, key),
    }
}

fn remove_from(file: &Path, stores: &Stores, key: &str) -> Result<(), Error> {
    let (held, ring) = Held::take(file)?;
    removable(stores, &ring, key)?;
    let before = ring.to_file();
    let changed = fs::metadata(held.path())
        .and_then(|found| found.modified())
        .map_err(|source| Error::File { path: held.path().into(), source })?;
    let changed = changed.duration_since(UNIX_EPOCH).unwrap_or_default().as_secs();
    let wait = settles_in(settles(&stores.database), Timestamp::from_seconds(changed), System.now());
    if wait > 0 {
        output::complain(format_args!(
            "the ring was changed a moment ago: waiting {wait} seconds for secrets that are on their way to the database"
        ));
        std::thread::sleep(Duration::from_secs(wait));
    }
    // One commit that waits for the disk brings all before it there: a power cut must not bring back what the key sealed.
    block_on(async { Ok(stores.rows.check_writable(System.now()).await?) })?;
    held.write(&ring.without(key)?.to_file())?;
    // What came all the same can still be opened: the ring of before is put back.
    if let Err(late) = unused(stores, key) {
        held.write(&before)?;
        return Err(late);
    }
    act::record(stores, act::telling(Event::SealingKeyRemoved, key.into()));
    output::line(format_args!(
        "removed {key}; a server that runs notices by itself. Backups of the database from before still need it"
    ))
}

/// That the ring has the key, and can be without it.
fn removable(stores: &Stores, ring: &KeyRing, key: &str) -> Result<(), Error> {
    if ring.ids().all(|id| id != key) {
        return Err(Error::Refused(format!("there is no key {key}: `countersign keys list` lists them")));
    }
    if ring.active() == key {
        return Err(Error::Refused(format!(
            "key {key} seals: put another in front by `countersign keys rotate`, then `countersign keys reseal`"
        )));
    }
    unused(stores, key)
}

fn unused(stores: &Stores, key: &str) -> Result<(), Error> {
    let mut counts: BTreeMap<_, _> = block_on(async { Ok(stores.rows.sealed_by_key(System.now()).await?) })?;
    match counts.remove(&Some(key.to_owned())) {
        Some(count) if count.all() > 0 => Err(Error::Refused(format!(
            "key {key} is needed to open what it sealed ({}): run `countersign keys reseal` first",
            told(&count)
        ))),
        _ => Ok(()),
    }
}

/// Longer than a change waits for the database.
fn settles(database: &Database) -> u64 {
    let longest = database.longest_change();
    SETTLES.max(longest.as_secs() + u64::from(longest.subsec_nanos() > 0))
}

/// Seconds until what was sealed under the ring of before its last change is in the database, or never will be.
fn settles_in(settles: u64, changed: Timestamp, now: Timestamp) -> u64 {
    settles.saturating_sub(now.seconds().saturating_sub(changed.seconds()))
}

const BY_HAND: &str = "the key ring is in COUNTERSIGN_KEYS, which no command can change: put the entry that `countersign keys new` prints at its \
     end, everywhere, and restart; then the same entry in front, and restart; then `countersign keys reseal`";
/// At least, in seconds, whatever the database.
const SETTLES: u64 = 15;

pub(super) const EXAMPLES: &str = "\
Examples:
  countersign keys list              which key seals, and what each of them sealed
  countersign keys rotate            a new key, which seals from now on
  countersign keys reseal            everything under it, while the server runs
  countersign keys remove k1f3a90c2  the old one

Where the ring is in COUNTERSIGN_KEYS:
  countersign keys new               an entry, to be put there by hand";

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Config;

    #[test]
    fn a_ring_settles_some_seconds_after_its_change_whatever_the_clock_says() {
        let settles = |changed, now| {
            settles_in(SETTLES, Timestamp::from_seconds(changed), Timestamp::from_seconds(now))
        };
        assert_eq!(settles(1000, 1000), SETTLES);
        assert_eq!(settles(1000, 1004), SETTLES - 4);
        assert_eq!(settles(1000, 1000 + SETTLES), 0);
        assert_eq!(settles(1000, 9), SETTLES, "a clock that was set back");
        let settles = |url: &str| {
            let mut config = Config::default();
            config.database.url = url.into();
            super::settles(&Database::of(&config).unwrap())
        };
        assert!(settles("mysql://h/d?connect_timeout_ms=60000") > 60 && settles("postgres://h/d") == SETTLES);
    }
}
