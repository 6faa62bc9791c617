//! Tells other nodes what was changed here, where the database cannot.

mod admin;
mod applications;
mod unheard;

use crate::{
    client::{ClientRecord, ClientStore},
    credentials::{
        CredentialStore, Grant, Outcome, TemporaryRecord, TemporaryStore, TokenRecord, TokenStore,
    },
    error::StoreError,
    forward::forward,
    loaded::Loaded,
    lookups::{Change, Lookups},
    nonce::{Freshness, NonceStore, NonceUse},
};
use async_trait::async_trait;
use countersign_core::{ClientId, TemporaryId, Timestamp, TokenId};
use std::sync::Arc;

/// Carries word of changes from one node to all.
#[async_trait]
pub trait Announcer: Send + Sync {
    /// Tells every node that listens, this one too. It takes bounded time; a failure is logged, and no error: lookups grow old by
    /// themselves.
    async fn announce(&self, change: &Change);

    /// Tells a cache from now on, for as long as it is there, what nodes announce; as [`AdminStore::tell_changes`](crate::AdminStore::tell_changes).
    async fn tell_changes(&self, lookups: Lookups);
}

/// Any store, whose changes are announced to the caches of other nodes: for a database that does not tell them itself.
///
/// A change is announced once it is committed, also where nobody knows whether it was. What a hand in SQL changes, and what a process
/// does not come to announce because it is killed, other nodes see when their lookups are old: within five seconds.
///
/// # Examples
///
/// ```
/// use countersign_store::{Announced, Announcer, Cached, MemoryStore, Store};
///
/// async fn node(rows: MemoryStore, channel: impl Announcer + Clone) -> impl Store {
///     let store = Cached::new(Announced::new(rows, channel.clone()), 10_000);
///     channel.tell_changes(store.lookups()).await;
///     store
/// }
/// ```
#[derive(Clone, Debug)]
pub struct Announced<S, A> {
    store: S,
    announcer: A,
}

impl<S, A: Announcer> Announced<S, A> {
    /// Announces what is changed in `store` by this.
    pub const fn new(store: S, announcer: A) -> Self {
        Self { store, announcer }
    }

    /// Announces it, unless nothing was changed.
    async fn after(
        &self,
        outcome: Result<Outcome, StoreError>,
        change: impl FnOnce() -> Change + Send,
    ) -> Result<Outcome, StoreError> {
        if !matches!(outcome, Ok(Outcome::Refused)) {
            self.announcer.announce(&change()).await;
        }
        outcome
    }
}

#[async_trait]
impl<S: TokenStore, A: Announcer> TokenStore for Announced<S, A> {
    async fn issue(&self, record: &TokenRecord) -> Result<(), StoreError> {
        self.store.issue(record).await
    }

    async fn load(&self, client: &ClientId, token: Option<&TokenId>) -> Result<Arc<Loaded>, StoreError> {
        self.store.load(client, token).await
    }

    async fn revoke(&self, id: &TokenId, now: Timestamp) -> Result<Outcome, StoreError> {
        let outcome = self.store.revoke(id, now).await;
        self.after(outcome, || Change::Token(id.clone())).await
    }
}

#[async_trait]
impl<S: CredentialStore, A: Announcer> CredentialStore for Announced<S, A> {
    async fn redeem(
        &self,
        id: &TemporaryId,
        token: &TokenRecord,
        now: Timestamp,
    ) -> Result<Outcome, StoreError> {
        self.store.redeem(id, token, now).await
    }
}

forward!(ClientStore for Announced<S: ClientStore, A: Announcer> by store);

forward!(TemporaryStore for Announced<S: TemporaryStore, A: Announcer> by store);

forward!(NonceStore for Announced<S: NonceStore, A: Announcer> by store);
