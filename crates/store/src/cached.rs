//! A small cache in front of the hot path: bounded, five seconds at most, keys prepared inside.

use crate::{
    client::{ClientRecord, ClientStore},
    credentials::{
        CredentialStore, Grant, Outcome, TemporaryRecord, TemporaryStore, TokenRecord, TokenStore,
    },
    error::StoreError,
    forward::forward,
    loaded::Loaded,
    nonce::{Freshness, NonceStore, NonceUse},
};
use async_trait::async_trait;
use countersign_core::{ClientId, TemporaryId, Timestamp, TokenId};
use quick_cache::{Equivalent, sync::Cache};
use std::{
    fmt,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

/// Any store, with [`load`](TokenStore::load) answered from memory for a few seconds.
///
/// A revocation through this store is effective at once; one that another process made, within five seconds. What was not
/// found is never kept.
pub struct Cached<S> {
    store: S,
    entries: Cache<Key, Entry>,
    keep: Duration,
    clock: Box<dyn Fn() -> Duration + Send + Sync>,
    /// Counts revocations: a load that began before one must not be kept after it.
    revocations: AtomicU64,
}

type Key = (ClientId, Option<TokenId>);

/// A key that is only looked for: borrowed, and hashed as the owned one is.
#[derive(Hash)]
struct Asked<'a>(&'a ClientId, Option<&'a TokenId>);

impl Equivalent<Key> for Asked<'_> {
    fn equivalent(&self, key: &Key) -> bool {
        *self.0 == key.0 && self.1 == key.1.as_ref()
    }
}

#[derive(Clone)]
struct Entry {
    loaded: Arc<Loaded>,
    until: Duration,
}

/// The longest time that a lookup is kept.
const MOST: Duration = Duration::from_secs(5);

impl<S> Cached<S> {
    /// Keeps up to `entries` lookups, each for five seconds.
    pub fn new(store: S, entries: usize) -> Self {
        let start = Instant::now();
        Self::with_clock(store, entries, MOST, move || start.elapsed())
    }

    /// The same, for `keep` (at most five seconds) by a clock of your own that never runs backwards.
    pub fn with_clock(
        store: S,
        entries: usize,
        keep: Duration,
        clock: impl Fn() -> Duration + Send + Sync + 'static,
    ) -> Self {
        let (entries, clock) = (Cache::new(entries), Box::new(clock));
        Self { store, entries, keep: keep.min(MOST), clock, revocations: AtomicU64::new(0) }
    }

    /// The store behind.
    pub fn store(&self) -> &S {
        &self.store
    }

    /// Forgets every lookup: call it after a change that went past this store.
    pub fn clear(&self) {
        self.revocations.fetch_add(1, Ordering::SeqCst);
        self.entries.clear();
    }

    fn keep(&self, asked: &Asked<'_>, loaded: &Arc<Loaded>, revocations: u64) {
        let complete = loaded.client().is_some() && loaded.token().is_some() == asked.1.is_some();
        if !complete || self.revocations.load(Ordering::SeqCst) != revocations {
            return;
        }
        let key = (asked.0.clone(), asked.1.cloned());
        self.entries.insert(key, Entry { loaded: Arc::clone(loaded), until: (self.clock)() + self.keep });
        if self.revocations.load(Ordering::SeqCst) != revocations {
            self.entries.remove(asked);
        }
    }
}

#[async_trait]
impl<S: TokenStore> TokenStore for Cached<S> {
    async fn issue(&self, record: &TokenRecord) -> Result<(), StoreError> {
        self.store.issue(record).await
    }

    async fn load(&self, client: &ClientId, token: Option<&TokenId>) -> Result<Arc<Loaded>, StoreError> {
        let asked = Asked(client, token);
        if let Some(entry) = self.entries.get(&asked).filter(|entry| (self.clock)() < entry.until) {
            return Ok(entry.loaded);
        }
        let revocations = self.revocations.load(Ordering::SeqCst);
        let loaded = self.store.load(client, token).await?;
        self.keep(&asked, &loaded, revocations);
        Ok(loaded)
    }

    async fn revoke(&self, id: &TokenId, now: Timestamp) -> Result<Outcome, StoreError> {
        let outcome = self.store.revoke(id, now).await;
        // Even after an error: it may have happened.
        self.revocations.fetch_add(1, Ordering::SeqCst);
        self.entries.retain(|(_, token), _| token.as_ref() != Some(id));
        outcome
    }
}

forward!(ClientStore for Cached<S: ClientStore> by store);

forward!(TemporaryStore for Cached<S: TemporaryStore> by store);

#[async_trait]
impl<S: CredentialStore> CredentialStore for Cached<S> {
    async fn redeem(
        &self,
        id: &TemporaryId,
        token: &TokenRecord,
        now: Timestamp,
    ) -> Result<Outcome, StoreError> {
        self.store.redeem(id, token, now).await
    }
}

forward!(NonceStore for Cached<S: NonceStore> by store);

impl<S: fmt::Debug> fmt::Debug for Cached<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Cached")
            .field("store", &self.store)
            .field("entries", &self.entries.len())
            .finish_non_exhaustive()
    }
}
