//! The audit log: appended to, read, never changed.

use crate::{
    SqliteStore,
    rows::{atomically, change, list, seconds},
};
use async_trait::async_trait;
use countersign_core::{ClientId, TokenId};
use countersign_store::{AuditEntry, AuditRecord, AuditStore, Page, ResourceOwner, StoreError};
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

    async fn audit(&self, page: Page) -> Result<Vec<AuditRecord>, StoreError> {
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
