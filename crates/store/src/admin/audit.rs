//! The audit log: appended to, read, never changed, forgotten from its old end alone.

use super::page::Page;
use crate::{credentials::ResourceOwner, error::StoreError};
use async_trait::async_trait;
use countersign_core::{ClientId, Timestamp, TokenId};

/// Something that happened. No secret fits in it: `detail` is for words of our own.
#[derive(Clone, Debug)]
pub struct AuditEntry {
    /// When.
    pub at: Timestamp,
    /// What, in one word.
    pub event: String,
    /// Which client was concerned.
    pub client: Option<ClientId>,
    /// Which resource owner was concerned.
    pub owner: Option<ResourceOwner>,
    /// Which token credentials were concerned; the number of their record is what is kept.
    pub token: Option<TokenId>,
    /// Which administrator or API key did it, where it was not the one concerned.
    pub actor: Option<String>,
    /// From where.
    pub address: Option<String>,
    /// What else there is to say.
    pub detail: Option<String>,
}

impl AuditEntry {
    /// An event that concerns nobody yet.
    #[must_use]
    pub fn new(at: Timestamp, event: impl Into<String>) -> Self {
        Self {
            at,
            event: event.into(),
            client: None,
            owner: None,
            token: None,
            actor: None,
            address: None,
            detail: None,
        }
    }
}

/// An entry as it is kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AuditRecord {
    /// Its number: entries are numbered in the order in which they were appended.
    pub id: i64,
    /// When.
    pub at: Timestamp,
    /// What.
    pub event: String,
    /// Which client.
    pub client: Option<String>,
    /// Which resource owner.
    pub owner: Option<String>,
    /// Which token credentials, by the number of their record.
    pub record: Option<i64>,
    /// Which administrator or API key did it.
    pub actor: Option<String>,
    /// From where.
    pub address: Option<String>,
    /// What else.
    pub detail: Option<String>,
}

/// Which entries to read; a field that is `None` excludes nothing.
#[derive(Clone, Debug, Default)]
pub struct AuditFilter {
    /// Those of that event.
    pub event: Option<String>,
    /// Those that concern that client.
    pub client: Option<ClientId>,
    /// Those that concern that resource owner.
    pub owner: Option<ResourceOwner>,
    /// What that administrator or API key did.
    pub actor: Option<String>,
    /// Of that time and later.
    pub from: Option<Timestamp>,
    /// Of before that time.
    pub to: Option<Timestamp>,
}

/// The audit log.
#[async_trait]
pub trait AuditStore: Send + Sync {
    /// Appends entries, all or none, without waiting; a failure is logged as an error.
    ///
    /// They are committed after what was asked for before, and [`flush`](super::AdminStore::flush) waits for them.
    fn append_audit(&self, entries: Vec<AuditEntry>);

    /// What happened and the filter lets through, the newest first.
    ///
    /// # Errors
    ///
    /// [`StoreError`] where the store does not know.
    async fn audit(&self, filter: &AuditFilter, page: Page) -> Result<Vec<AuditRecord>, StoreError>;

    /// Deletes entries of before that time, some thousands of the oldest at most, and tells how many: 0 where none is left.
    ///
    /// The database refuses every other deletion, where it can, and from now on no entry of before that time is safe.
    ///
    /// # Errors
    ///
    /// [`StoreError`] where the store does not know whether it happened.
    async fn forget_audit(&self, before: Timestamp) -> Result<u64, StoreError>;
}
