//! What is remembered, opened and put together; `database.rs` and `cache.rs` know the backends.

use crate::{
    cache::Cache,
    config::Config,
    database::{Absent, Database},
    error::Error,
    metrics::{At, Measured, Metrics},
    ring::{Place, Ring},
};
use countersign_core::Timestamp;
use countersign_provider::{Clock, System};
use countersign_store::{AdminStore, Change, KeyRing, Lookups, Moved, Seal, Sealed, Store, WithNonces};
use std::sync::Arc;

/// Everything that is remembered, opened.
#[derive(Clone)]
pub struct Stores {
    /// Rows without secrets: accounts, sessions, audit, lists.
    pub rows: Arc<dyn AdminStore>,
    /// Rows with their secrets sealed: for the verbs that carry one.
    pub sealed: Sealed<Arc<dyn AdminStore>>,
    /// The key ring that seals them; `None` where there is none, for a command that needs none.
    pub(crate) ring: Option<Ring>,
    /// What the provider uses: the same behind a cache, its short-lived part perhaps elsewhere.
    pub provider: Arc<dyn Store>,
    /// What that cache keeps.
    lookups: Lookups,
    /// Where the short-lived part is.
    pub cache: Cache,
    /// Which database.
    pub database: Database,
    /// Whether a sample showed secrets that were never sealed.
    has_plain: bool,
    /// What they are counted by; `None` where nobody asks.
    pub(crate) metrics: Option<Metrics>,
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
    pub async fn open(config: &Config, keys: Option<&str>) -> Result<Self, Error> {
        let opened = Self::open_at(config, keys, Absent::Make, Purpose::Seal);
        let mut stores = opened.await.map_err(|error| config.located(error))?;
        if stores.has_plain {
            stores.notices.push(format!(
                "{} holds secrets that were never sealed, and they are refused with 503: `countersign migrate` seals them",
                stores.database
            ));
        }
        Ok(stores)
    }

    /// The same for a command that makes a database and seals nothing: where other nodes have a ring, it needs none.
    ///
    /// # Errors
    ///
    /// As [`open`](Self::open).
    pub async fn open_or_make(config: &Config, keys: Option<&str>) -> Result<Self, Error> {
        let purpose = if config.single_node { Purpose::Seal } else { Purpose::Tidy };
        let opened = Self::open_at(config, keys, Absent::Make, purpose);
        opened.await.map_err(|error| config.located(error))
    }

    /// The same, but makes nothing and opens no secret: for commands that list, withdraw and remove, whatever ring is there.
    ///
    /// # Errors
    ///
    /// As [`open`](Self::open), and for a database that is not there.
    pub async fn open_existing(config: &Config, keys: Option<&str>) -> Result<Self, Error> {
        let opened = Self::open_at(config, keys, Absent::Refuse, Purpose::Tidy);
        opened.await.map_err(|error| config.located(error))
    }

    /// For a command that seals a secret in a database that is there: it may make a key ring where none has sealed yet.
    ///
    /// # Errors
    ///
    /// As [`open_existing`](Self::open_existing).
    pub async fn open_existing_to_seal(config: &Config, keys: Option<&str>) -> Result<Self, Error> {
        let opened = Self::open_at(config, keys, Absent::Refuse, Purpose::Seal);
        opened.await.map_err(|error| config.located(error))
    }

    /// Has the provider's cache told at once what other nodes and commands change, where the database can: for a process that serves.
    pub async fn follow_changes(&self) {
        self.rows.tell_changes(self.lookups.clone()).await;
    }

    /// Refuses what may have been claimed before nonces were where they are now.
    pub(crate) fn nonces_moved(&mut self, since: Timestamp) {
        let nonces = Moved::new(Arc::clone(&self.provider), since);
        self.provider = Arc::new(WithNonces::new(Arc::clone(&self.provider), nonces));
        let ago = System.now().seconds().saturating_sub(since.seconds());
        if ago < MOVED_LATELY {
            self.notices.push(format!(
                "nonces were elsewhere until {ago} s ago: what was signed before a window's time after that is refused with 503, since it may \
                 have been accepted there; {} is to be changed on all nodes at once",
                self.cache.key_of_nonces()
            ));
        }
    }

    /// Has this process look up anew what it changed.
    pub(crate) fn forget(&self, changes: &[Change]) {
        self.lookups.forget(changes);
    }

    async fn open_at(
        config: &Config,
        keys: Option<&str>,
        absent: Absent,
        purpose: Purpose,
    ) -> Result<Self, Error> {
        let mut notices = Vec::new();
        let database = Database::of(config)?;
        let rows = database.open(absent).await?;
        let mut sealed = rows.sealed_sample(System.now()).await?;
        // What was never sealed is that row's trouble: it tells nothing of the ring.
        let sampled = sealed.len();
        sealed.retain(|secret| KeyRing::key_of(secret.text.expose()).is_some());
        let has_plain = sealed.len() < sampled;
        let place = Place::of(config, &database, keys);
        let ring = match purpose {
            Purpose::Seal => {
                let make = config.single_node;
                Some(place.open_to_seal(&sealed, &database, make, &mut notices)?)
            }
            Purpose::Tidy => place.open()?,
        };
        // Where there is none, nothing will be opened, and nothing sealed.
        let seal = ring.as_ref().map_or_else(|| Arc::new(KeyRing::generate()) as Arc<dyn Seal>, Ring::seal);
        let cache = Cache::of(config, rows.nonce_key())?;
        let rows = if database.tells_changes() { rows } else { cache.announcing(rows) };
        let sealed = Sealed::new(Arc::clone(&rows), Arc::clone(&seal));
        let metrics = config.metrics.listen.0.map(|_| Metrics::default());
        let (provider, lookups) = match &metrics {
            None => cache.before(sealed.clone(), seal, CACHED_LOOKUPS),
            Some(metrics) => {
                let behind = Measured::new(Arc::clone(&rows), metrics.clone(), At::Behind);
                let behind = Sealed::new(behind, Arc::clone(&seal));
                let (provider, lookups) = cache.before(behind, seal, CACHED_LOOKUPS);
                (Arc::new(Measured::new(provider, metrics.clone(), At::Front)) as Arc<dyn Store>, lookups)
            }
        };
        Ok(Self { rows, sealed, ring, provider, lookups, cache, database, has_plain, metrics, notices })
    }
}

/// What the stores are opened for.
#[derive(Clone, Copy)]
enum Purpose {
    /// To open and to seal secrets: the ring must fit, and may be made where nothing is sealed yet.
    Seal,
    /// To look and to tidy up, a damaged or orphaned row too.
    Tidy,
}

/// Seconds in which a move of the nonces is worth a line in the log.
const MOVED_LATELY: u64 = 3600;
/// How many lookups are kept in memory.
const CACHED_LOOKUPS: usize = 100_000;
