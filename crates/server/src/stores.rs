//! URLs to stores: the only place that names a backend.

use crate::{
    config::{Config, Synchronous, config_error},
    error::Error,
};
use countersign_provider::{Clock, System};
use countersign_store::{Cached, KeyRing, MemoryStore, Sealed, Split, Store};
use countersign_store_sqlite::{Options, SealedText, SqliteStore, Synchronous as Sync};
use std::{
    path::{Path, PathBuf},
    sync::Arc,
};

/// Everything that is remembered, opened.
#[derive(Clone)]
pub struct Stores {
    /// Rows without secrets: accounts, sessions, audit, lists.
    pub rows: SqliteStore,
    /// Rows with their secrets sealed: for the verbs that carry one.
    pub sealed: Sealed<SqliteStore>,
    /// What the provider uses: the same behind a cache, its short-lived part perhaps in memory.
    pub provider: Arc<dyn Store>,
    /// The database file.
    pub path: PathBuf,
    /// What was noteworthy on the way: for the log, or for standard error.
    pub notices: Vec<String>,
}

impl Stores {
    /// Opens what the configuration names, and makes what is not there; `keys` is the text of `COUNTERSIGN_KEYS`.
    ///
    /// # Errors
    ///
    /// [`Error`] for a URL of another kind, a database or a key ring that cannot be used, and a key ring that does not open
    /// what the database holds.
    pub fn open(config: &Config, keys: Option<&str>) -> Result<Self, Error> {
        Self::open_at(config, keys, &config.database_path()?, Purpose::Seal)
    }

    /// The same, but makes nothing and opens no secret: for commands that list, withdraw and remove, whatever ring is there.
    ///
    /// # Errors
    ///
    /// As [`open`](Self::open), and for a database that is not there.
    pub fn open_existing(config: &Config, keys: Option<&str>) -> Result<Self, Error> {
        Self::open_at(config, keys, &existing(config)?, Purpose::Tidy)
    }

    /// For a command that seals a secret in a database that is there: it may make a key ring where none has sealed yet.
    ///
    /// # Errors
    ///
    /// As [`open_existing`](Self::open_existing).
    pub fn open_existing_to_seal(config: &Config, keys: Option<&str>) -> Result<Self, Error> {
        Self::open_at(config, keys, &existing(config)?, Purpose::Seal)
    }

    fn open_at(config: &Config, keys: Option<&str>, path: &Path, purpose: Purpose) -> Result<Self, Error> {
        let mut notices = Vec::new();
        let synchronous = match config.database.synchronous {
            Synchronous::Normal => Sync::Normal,
            Synchronous::Full => Sync::Full,
        };
        let rows = SqliteStore::open(path, Options::default().synchronous(synchronous))?;
        let mut sealed = rows.sealed_sample(System.now())?;
        // What was never sealed is that row's trouble: it tells nothing of the ring.
        sealed.retain(|secret| KeyRing::key_of(secret.text.expose()).is_some());
        let place = Place::of(config, path, keys);
        let ring = match &place {
            Place::Variable(text) => {
                KeyRing::parse(text).map_err(|bad| config_error("COUNTERSIGN_KEYS", &bad.to_string()))?
            }
            Place::File(file) => match (KeyRing::read(file)?, purpose) {
                (Some(ring), _) => ring,
                // Nothing will be opened, and nothing sealed.
                (None, Purpose::Tidy) => KeyRing::generate(),
                (None, Purpose::Seal) => match sealed.first() {
                    Some(secret) => return Err(place.lacks(&key_of(secret), path)),
                    None => make(file, &mut notices)?,
                },
            },
        };
        if let Purpose::Seal = purpose {
            place.check(&ring, &sealed, path, &mut notices)?;
        }
        let sealed = Sealed::new(rows.clone(), Arc::new(ring));
        let provider: Arc<dyn Store> = match config.cache.url.as_str() {
            "sql:" => Arc::new(Cached::new(sealed.clone(), CACHED_LOOKUPS)),
            "memory:" => {
                notices.push(
                    "cache.url is memory: temporary credentials and nonces are forgotten on restart, replays of the last \
                     minutes are accepted then, and it holds for this one node"
                        .into(),
                );
                Arc::new(Cached::new(Split::new(MemoryStore::default(), sealed.clone()), CACHED_LOOKUPS))
            }
            _ => return Err(config.unknown_cache()),
        };
        Ok(Self { rows, sealed, provider, path: path.into(), notices })
    }
}

fn existing(config: &Config) -> Result<PathBuf, Error> {
    let path = config.database_path()?;
    if path.exists() {
        return Ok(path);
    }
    let whole = std::path::absolute(&path).unwrap_or(path);
    let message = format!(
        "there is no database {}: name another with --database or --config, or make it with `countersign migrate`",
        whole.display()
    );
    Err(config_error("database.url", &message))
}

fn make(file: &Path, notices: &mut Vec<String>) -> Result<KeyRing, Error> {
    let (ring, made) = KeyRing::read_or_create(file)?;
    if made {
        notices.push(format!(
            "made key {} in {}: it seals the secrets in the database; keep a copy, apart from the database's",
            ring.active(),
            file.display()
        ));
    }
    Ok(ring)
}

/// What the stores are opened for.
#[derive(Clone, Copy)]
enum Purpose {
    /// To open and to seal secrets: the ring must fit, and may be made where nothing is sealed yet.
    Seal,
    /// To look and to tidy up, a damaged or orphaned row too.
    Tidy,
}

/// Where the key ring is.
enum Place<'a> {
    Variable(&'a str),
    File(PathBuf),
}

impl<'a> Place<'a> {
    fn of(config: &Config, database: &Path, keys: Option<&'a str>) -> Self {
        match keys {
            Some(text) => Self::Variable(text),
            None if config.keys.as_os_str().is_empty() => {
                Self::File(database.with_file_name("countersign.keys"))
            }
            None => Self::File(config.keys.clone()),
        }
    }

    /// That the ring opens something of what was sealed; what it does not open, by which key, is noteworthy.
    fn check(
        &self,
        ring: &KeyRing,
        sealed: &[SealedText],
        database: &Path,
        notices: &mut Vec<String>,
    ) -> Result<(), Error> {
        let mut waiting: Vec<(String, bool)> = Vec::new();
        for secret in sealed {
            let key = key_of(secret);
            let opens = || ring.open(&secret.row, secret.text.expose()).is_ok();
            match waiting.iter_mut().find(|(known, _)| *known == key) {
                Some((_, true)) => {}
                Some((_, opened)) => *opened = opens(),
                None => waiting.push((key, opens())),
            }
        }
        let fits = waiting.is_empty() || waiting.iter().any(|(_, opened)| *opened);
        let mut unfit = waiting.into_iter().filter(|(_, opened)| !opened).map(|(key, _)| {
            if ring.ids().any(|id| id == key) {
                let database = database.display();
                let message = format!(
                    "key {key} opens none of the secrets in {database} that it should have sealed: {REMEDY}"
                );
                config_error(&self.name(), &message)
            } else {
                self.lacks(&key, database)
            }
        });
        if !fits && let Some(error) = unfit.next() {
            return Err(error);
        }
        notices.extend(unfit.map(|error| format!("{error}. What it sealed is refused with 503 until then")));
        Ok(())
    }

    fn lacks(&self, key: &str, database: &Path) -> Error {
        let message = format!("key {key} is missing: it sealed secrets in {}: {REMEDY}", database.display());
        config_error(&self.name(), &message)
    }

    fn name(&self) -> String {
        match self {
            Self::Variable(_) => "COUNTERSIGN_KEYS".into(),
            Self::File(path) => format!("key ring {}", path.display()),
        }
    }
}

fn key_of(sealed: &SealedText) -> String {
    KeyRing::key_of(sealed.text.expose()).unwrap_or_default().into()
}

const REMEDY: &str = "put your copy of the ring back there, or name its place with `keys` or COUNTERSIGN_KEYS; without it \
                      these secrets are lost, and only a new database can start";
/// How many lookups are kept in memory.
const CACHED_LOOKUPS: usize = 100_000;
