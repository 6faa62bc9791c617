//! Web sessions: who is signed in, by the hash of a cookie.

use crate::{credentials::Outcome, error::StoreError};
use async_trait::async_trait;
use countersign_core::Timestamp;

/// Someone's being signed in. The cookie itself is never stored.
#[derive(Clone, Debug)]
pub struct SessionRecord {
    /// SHA-256 of the cookie's value.
    pub id_hash: [u8; 32],
    /// The account's name.
    pub account: String,
    /// When it began.
    pub created: Timestamp,
    /// When it ends.
    pub expires: Timestamp,
}

/// Web sessions.
#[async_trait]
pub trait SessionStore: Send + Sync {
    /// Begins a session; refused for an account that is disabled by now.
    ///
    /// # Errors
    ///
    /// A conflict for a hash that exists; never overwrites.
    ///
    /// # Security
    ///
    /// Of a session that begins and its account's being disabled at the same time, none **must** be left.
    async fn put_session(&self, session: &SessionRecord) -> Result<Outcome, StoreError>;

    /// The session of that hash, if it has not ended.
    ///
    /// # Errors
    ///
    /// [`StoreError`] where the store does not know: never `None`.
    async fn session(&self, id_hash: &[u8; 32], now: Timestamp) -> Result<Option<SessionRecord>, StoreError>;

    /// Ends a session.
    ///
    /// # Errors
    ///
    /// [`StoreError`] where the store does not know whether it happened.
    async fn end_session(&self, id_hash: &[u8; 32]) -> Result<Outcome, StoreError>;

    /// Ends every session of an account, and tells how many there were.
    ///
    /// # Errors
    ///
    /// [`StoreError`] where the store does not know whether it happened.
    async fn end_sessions_of(&self, account: &str) -> Result<usize, StoreError>;
}
