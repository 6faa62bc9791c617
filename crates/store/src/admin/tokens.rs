//! Token credentials, as operators keep them.

use super::page::Page;
use crate::{
    credentials::{Outcome, ResourceOwner, TokenRecord},
    error::StoreError,
};
use async_trait::async_trait;
use countersign_core::{ClientId, Timestamp, TokenId};

/// Token credentials with the number of their record, by which logs and pages name them.
#[derive(Clone, Debug)]
pub struct StoredToken {
    /// Its number; never that of another, not even once this one is gone.
    pub record: i64,
    /// The credentials, their secret sealed.
    pub token: TokenRecord,
    /// When they were last used, as far as [`add_usage`](super::UsageStore::add_usage) was told.
    pub last_used: Option<Timestamp>,
}

/// What became of a record among many that were to be added.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Addition {
    /// It is stored.
    Added,
    /// One of that identifier was there, or came before it, and stays as it is.
    Conflict,
    /// Its client is not registered.
    NoClient,
    /// Its resource owner has no account.
    NoOwner,
}

/// Token credentials, for those who look after them.
#[async_trait]
pub trait TokenRegistry: Send + Sync {
    /// Stores many, their secrets sealed ([`Sealed::seal_token`](crate::Sealed::seal_token)), where client and account are there; tells of
    /// each what became of it, in their order; of two with one identifier the first is added. Where it fails, some may have been added.
    ///
    /// # Errors
    ///
    /// [`StoreError`] where the store does not know whether it happened.
    async fn add_tokens(&self, records: &[TokenRecord]) -> Result<Vec<Addition>, StoreError>;

    /// The token credentials of a client, of a resource owner, of both, or all of them, the newest first.
    ///
    /// # Errors
    ///
    /// [`StoreError`] where the store does not know.
    async fn tokens(
        &self,
        client: Option<&ClientId>,
        owner: Option<&ResourceOwner>,
        page: Page,
    ) -> Result<Vec<StoredToken>, StoreError>;

    /// Takes token credentials back that nobody has seen: as if they had never been issued.
    ///
    /// # Errors
    ///
    /// [`StoreError`] where the store does not know whether it happened.
    async fn withdraw(&self, id: &TokenId) -> Result<Outcome, StoreError>;
}
