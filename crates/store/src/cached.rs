//! A small cache in front of the hot path: bounded, five seconds at most, keys prepared inside.

use crate::{
    client::{ClientRecord, ClientStore},
    credentials::{
        CredentialStore, Grant, Outcome, TemporaryRecord, TemporaryStore, TokenRecord, TokenStore,
    },
    error::StoreError,
    forward::forward,
    loaded::Loaded,
    lookups::{Asked, Change, Kept, Lookups},
    nonce::{Freshness, NonceStore, NonceUse},
};
use async_trait::async_trait;
use countersign_core::{ClientId, TemporaryId, Timestamp, TokenId};
use std::{
    fmt,
    sync::Arc,
    time::{Duration, Instant},
};

/// Any store, with [`load`](TokenStore::load) answered from memory for a few seconds.
///
/// A revocation through this store is effective at once; one that another process made, within five seconds, and at once where
/// [its lookups](Self::lookups) are told. What was not found is never kept.
pub struct Cached<S> {
    store: S,
    kept: Arc<Kept>,
    keep: Duration,
    clock: Box<dyn Fn() -> Duration + Send + Sync>,
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
        let (kept, clock) = (Arc::new(Kept::new(entries)), Box::new(clock));
        Self { store, kept, keep: keep.min(MOST), clock }
    }

    /// The store behind.
    pub fn store(&self) -> &S {
        &self.store
    }

    /// What it keeps, for whoever hears of changes that others make: a database that tells them, or you.
    pub fn lookups(&self) -> Lookups {
        Lookups::of(&self.kept)
    }

    /// Forgets every lookup: call it after a change that went past this store.
    pub fn clear(&self) {
        self.kept.clear();
    }
}

#[async_trait]
impl<S: TokenStore> TokenStore for Cached<S> {
    async fn issue(&self, record: &TokenRecord) -> Result<(), StoreError> {
        self.store.issue(record).await
    }

    async fn load(&self, client: &ClientId, token: Option<&TokenId>) -> Result<Arc<Loaded>, StoreError> {
        let (asked, began) = (Asked(client, token), (self.clock)());
        if let Some(loaded) = self.kept.get(&asked, began) {
            return Ok(loaded);
        }
        let changes = self.kept.changes();
        let loaded = self.store.load(client, token).await?;
        // Its age counts from when it was asked for: the store may have read it then, and answered late.
        self.kept.keep(&asked, &loaded, began + self.keep, changes);
        Ok(loaded)
    }

    async fn revoke(&self, id: &TokenId, now: Timestamp) -> Result<Outcome, StoreError> {
        let outcome = self.store.revoke(id, now).await;
        // Even after an error: it may have happened.
        self.kept.forget(&[Change::Token(id.clone())]);
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
            .field("entries", &self.kept.len())
            .finish_non_exhaustive()
    }
}
