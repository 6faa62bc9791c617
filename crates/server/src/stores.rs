//! URLs to stores: the only place that names a backend.

use crate::{
    config::{Config, Synchronous, config_error},
    error::Error,
};
use countersign_store::{Cached, KeyRing, MemoryStore, Sealed, Split, Store};
use countersign_store_sqlite::{Options, SqliteStore, Synchronous as Sync};
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
    /// Opens what the configuration names; `keys` is the text of `COUNTERSIGN_KEYS`.
    ///
    /// # Errors
    ///
    /// [`Error`] for a URL of another kind, a database or a key ring that cannot be used.
    pub fn open(config: &Config, keys: Option<&str>) -> Result<Self, Error> {
        let path = sqlite_path(&config.database.url)?;
        let mut notices = Vec::new();
        let ring = key_ring(config, &path, keys, &mut notices)?;
        let synchronous = match config.database.synchronous {
            Synchronous::Normal => Sync::Normal,
            Synchronous::Full => Sync::Full,
        };
        let rows = SqliteStore::open(&path, Options::default().synchronous(synchronous))?;
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
            other => {
                return Err(config_error(
                    "cache.url",
                    &format!("`{other}` is not known: use \"sql:\" or \"memory:\""),
                ));
            }
        };
        Ok(Self { rows, sealed, provider, path, notices })
    }
}

fn sqlite_path(url: &str) -> Result<PathBuf, Error> {
    let path = url.strip_prefix("sqlite:").map(|rest| rest.strip_prefix("//").unwrap_or(rest));
    match path {
        Some(path) if !path.is_empty() && !path.starts_with(':') => Ok(path.into()),
        _ => Err(config_error("database.url", &format!("`{url}` is not known: use \"sqlite:PATH\""))),
    }
}

fn key_ring(
    config: &Config,
    database: &Path,
    keys: Option<&str>,
    notices: &mut Vec<String>,
) -> Result<KeyRing, Error> {
    if let Some(text) = keys {
        return KeyRing::parse(text).map_err(|error| config_error("COUNTERSIGN_KEYS", &error.to_string()));
    }
    let path = if config.keys.as_os_str().is_empty() {
        database.with_file_name("countersign.keys")
    } else {
        config.keys.clone()
    };
    let (ring, made) = KeyRing::read_or_create(&path)?;
    if made {
        notices.push(format!(
            "made key {} in {}: it seals the secrets in the database; keep a copy, apart from the database's",
            ring.active(),
            path.display()
        ));
    }
    Ok(ring)
}

/// How many lookups are kept in memory.
const CACHED_LOOKUPS: usize = 100_000;
