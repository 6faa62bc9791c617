//! Who uses what, by which method and key, and since when: written in batches, never while a request waits.

use super::page::Page;
use crate::error::StoreError;
use async_trait::async_trait;
use countersign_core::{ClientId, Timestamp, TokenId};

/// How often a client signed by one method with one of its keys.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClientUsage {
    /// The client.
    pub client: ClientId,
    /// Which of its keys, by since when it is accepted: [`ClientRecord::since`](crate::ClientRecord::since).
    pub key_since: Timestamp,
    /// The signature method.
    pub method: String,
    /// When it was first seen.
    pub first_used: Timestamp,
    /// When it was last seen.
    pub last_used: Timestamp,
    /// How many requests there were.
    pub requests: u64,
}

/// When token credentials were used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TokenUse {
    /// Which.
    pub token: TokenId,
    /// When they were last seen.
    pub last_used: Timestamp,
}

/// What was seen since the last batch.
#[derive(Clone, Debug, Default)]
pub struct UsageBatch {
    /// Of clients.
    pub clients: Vec<ClientUsage>,
    /// Of token credentials.
    pub tokens: Vec<TokenUse>,
}

/// Usage as it is kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UsageRecord {
    /// Its number, by which lists go.
    pub record: i64,
    /// The usage.
    pub usage: ClientUsage,
}

/// Which usage to list; a field that is `None` excludes nothing.
#[derive(Clone, Debug, Default)]
pub struct UsageFilter {
    /// Of that client.
    pub client: Option<ClientId>,
    /// By that signature method.
    pub method: Option<String>,
    /// Seen at that time or later.
    pub since: Option<Timestamp>,
}

/// Usage of clients and token credentials.
///
/// When a token was last used is told by [`TokenRegistry::tokens`](super::TokenRegistry::tokens). How long a client's public key is,
/// `countersign_core::rsa::modulus_bits` tells.
#[async_trait]
pub trait UsageStore: Send + Sync {
    /// Adds a batch to what is kept: counts add up, the earliest and the latest time stay, in whatever order batches come. What
    /// belongs to a client, a key or a token that is gone by now is dropped.
    ///
    /// # Errors
    ///
    /// [`StoreError`] where the store does not know whether it happened; it is all or nothing.
    async fn add_usage(&self, batch: UsageBatch) -> Result<(), StoreError>;

    /// What is kept and the filter lets through, what was seen for the first time last coming first.
    ///
    /// # Errors
    ///
    /// [`StoreError`] where the store does not know.
    async fn usage(&self, filter: &UsageFilter, page: Page) -> Result<Vec<UsageRecord>, StoreError>;
}
