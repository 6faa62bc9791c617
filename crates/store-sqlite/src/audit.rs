//! The audit log: appended to, read, never changed, forgotten from its old end alone.

use crate::{
    SqliteStore,
    rows::{Filtered, atomically, change, seconds},
};
use async_trait::async_trait;
use countersign_core::{ClientId, Timestamp, TokenId};
use countersign_store::{AuditEntry, AuditFilter, AuditRecord, AuditStore, Page, ResourceOwner, StoreError};
use rusqlite::{Connection, params};
use std::error::Error;

#[async_trait]
impl AuditStore for SqliteStore {
    fn append_audit(&self, entries: Vec<AuditEntry>) {
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

    async fn audit(&self, filter: &AuditFilter, page: Page) -> Result<Vec<AuditRecord>, StoreError> {
        let asked = Filtered::new(LIST)
            .and("event = ?", filter.event.clone())
            .and("client = ?", filter.client.as_ref().map(|client| client.as_str().to_owned()))
            .and("owner = ?", filter.owner.as_ref().map(|owner| owner.as_str().to_owned()))
            .and("actor = ?", filter.actor.clone())
            .and("at >= ?", filter.from.map(seconds))
            .and("at < ?", filter.to.map(seconds));
        self.read(|connection| {
            asked.page(connection, "id", page, |columns| {
                Ok(AuditRecord {
                    id: columns.value()?,
                    at: columns.time()?,
                    event: columns.value()?,
                    client: columns.value()?,
                    owner: columns.value()?,
                    record: columns.value()?,
                    actor: columns.value()?,
                    address: columns.value()?,
                    detail: columns.value()?,
                })
            })
        })
    }

    async fn forget_audit(&self, before: Timestamp) -> Result<u64, StoreError> {
        self.change(move |connection| {
            atomically(connection, |connection| {
                change(connection, MARK, [seconds(before)])?;
                let forgotten = change(connection, FORGET, (seconds(before), AT_ONCE))?;
                Ok(forgotten as u64)
            })
        })
        .await
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
                entry.actor,
                entry.address,
                entry.detail,
            ];
            change(connection, APPEND, values).map(drop)
        })
    })
}

const APPEND: &str = "INSERT INTO audit (at, event, client, owner, record, actor, address, detail)
    VALUES (?1, ?2, ?3, ?4, (SELECT record FROM tokens WHERE id = ?5), ?6, ?7, ?8)";

const LIST: &str =
    "SELECT id, at, event, client, owner, record, actor, address, detail FROM audit WHERE TRUE";

/// The trigger lets only what is older go. It never comes back to an earlier time.
const MARK: &str = "UPDATE meta SET value = max(value, ?1) WHERE name = 'audit_kept_since'";

const FORGET: &str =
    "DELETE FROM audit WHERE id IN (SELECT id FROM audit WHERE at < ?1 ORDER BY at LIMIT ?2)";

/// Entries that are deleted at a time: the lock is not held for longer.
const AT_ONCE: u32 = 2000;
