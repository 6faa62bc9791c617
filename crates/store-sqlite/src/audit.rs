//! The audit log: appended to, read, never changed.

use crate::{
    SqliteStore,
    rows::{Page, atomically, change, list, seconds},
};
use countersign_core::{ClientId, Timestamp, TokenId};
use countersign_store::{ResourceOwner, StoreError};
use rusqlite::{Connection, params};
use std::error::Error;

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
    /// From where.
    pub address: Option<String>,
    /// What else there is to say.
    pub detail: Option<String>,
}

impl AuditEntry {
    /// An event that concerns nobody yet.
    #[must_use]
    pub fn new(at: Timestamp, event: impl Into<String>) -> Self {
        Self { at, event: event.into(), client: None, owner: None, token: None, address: None, detail: None }
    }
}

/// An entry as it is kept.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
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
    /// From where.
    pub address: Option<String>,
    /// What else.
    pub detail: Option<String>,
}

/// The audit log.
impl SqliteStore {
    /// Appends entries, all or none, without waiting; a failure is logged as an error.
    ///
    /// They are committed after what was asked for before, and [`flush`](Self::flush) waits for them.
    pub fn append_audit(&self, entries: Vec<AuditEntry>) {
        let count = entries.len();
        let report = move |appended: Result<(), StoreError>| {
            if let Err(error) = appended {
                tracing::error!(error = &error as &dyn Error, count, "audit entries are lost");
            }
        };
        let work = move |connection: &Connection| append(connection, &entries);
        if let Err(error) = self.shared.writer.submit(None, work, report) {
            report(Err(error));
        }
    }

    /// What happened, the newest first.
    ///
    /// # Errors
    ///
    /// [`StoreError`] where the store does not know.
    pub async fn audit(&self, page: Page) -> Result<Vec<AuditRecord>, StoreError> {
        self.read(|connection| {
            list(connection, LIST, (page.bound(), page.limit), |columns| {
                Ok(AuditRecord {
                    id: columns.value()?,
                    at: columns.time()?,
                    event: columns.value()?,
                    client: columns.value()?,
                    owner: columns.value()?,
                    record: columns.value()?,
                    address: columns.value()?,
                    detail: columns.value()?,
                })
            })
        })
    }
}

fn append(connection: &Connection, entries: &[AuditEntry]) -> Result<(), StoreError> {
    atomically(connection, |connection| {
        entries.iter().try_for_each(|entry| {
            let values = params![
                seconds(entry.at),
                entry.event,
                entry.client.as_ref().map(ClientId::as_str),
                entry.owner.as_ref().map(ResourceOwner::as_str),
                entry.token.as_ref().map(TokenId::as_str),
                entry.address,
                entry.detail,
            ];
            change(connection, APPEND, values).map(drop)
        })
    })
}

const APPEND: &str = "INSERT INTO audit (at, event, client, owner, record, address, detail)
    VALUES (?1, ?2, ?3, ?4, (SELECT record FROM tokens WHERE id = ?5), ?6, ?7)";

const LIST: &str = "SELECT id, at, event, client, owner, record, address, detail
    FROM audit WHERE id < ?1 ORDER BY id DESC LIMIT ?2";
