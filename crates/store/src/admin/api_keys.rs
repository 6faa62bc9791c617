//! Keys of the administration's API, by their hashes.

use super::page::Page;
use crate::{credentials::Outcome, error::StoreError};
use async_trait::async_trait;
use countersign_core::Timestamp;

/// What a program signs in with at the administration's API. The key itself is never stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ApiKey {
    /// SHA-256 of the key.
    pub hash: [u8; 32],
    /// What it is for.
    pub name: String,
    /// The account that made it; `None` for the command line.
    pub account: Option<String>,
    /// What it allows.
    pub scopes: Vec<String>,
    /// When it was made.
    pub created: Timestamp,
    /// When it ends; `None` for never.
    pub expires: Option<Timestamp>,
}

/// A key as it is kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredApiKey {
    /// Its number, by which logs and pages name it; never that of another.
    pub record: i64,
    /// The key.
    pub key: ApiKey,
    /// When it was last used, as coarse as whoever tells it.
    pub last_used: Option<Timestamp>,
    /// When it was revoked.
    pub revoked: Option<Timestamp>,
}

/// Keys of the administration's API.
#[async_trait]
pub trait ApiKeyStore: Send + Sync {
    /// Adds a key, and tells its number.
    ///
    /// # Errors
    ///
    /// A conflict for a hash that exists; never overwrites.
    async fn add_api_key(&self, key: &ApiKey) -> Result<i64, StoreError>;

    /// The key of that hash, if it may be used.
    ///
    /// # Errors
    ///
    /// [`StoreError`] where the store does not know: never `None`.
    ///
    /// # Security
    ///
    /// A revoked or expired key **must not** be found, nor one whose account is not an enabled administrator's by now.
    async fn api_key(&self, hash: &[u8; 32], now: Timestamp) -> Result<Option<StoredApiKey>, StoreError>;

    /// Every key, of one account or all, the newest first.
    ///
    /// # Errors
    ///
    /// [`StoreError`] where the store does not know.
    async fn api_keys(&self, account: Option<&str>, page: Page) -> Result<Vec<StoredApiKey>, StoreError>;

    /// Notes when a key was used, unless a later time is there. Call it once in a while, not for each request.
    ///
    /// # Errors
    ///
    /// [`StoreError`] where the store does not know whether it happened.
    async fn use_api_key(&self, record: i64, at: Timestamp) -> Result<(), StoreError>;

    /// Revokes a key, for good.
    ///
    /// # Errors
    ///
    /// [`StoreError`] where the store does not know whether it happened.
    async fn revoke_api_key(&self, record: i64, now: Timestamp) -> Result<Outcome, StoreError>;
}
