//! The audit log: appended to beside the requests, read, never changed.

use super::{
    MySqlStore,
    pool::{End, Work, positional},
    rows::Columns,
    values::time,
};
use crate::waiting::lost;
use async_trait::async_trait;
use countersign_core::{ClientId, TokenId};
use countersign_store::{AuditEntry, AuditRecord, AuditStore, Page, ResourceOwner, StoreError};
use mysql_async::{Conn, Value, prelude::Queryable as _};
use std::{borrow::Cow, sync::Arc};
use tokio::runtime::Handle;

#[async_trait]
impl AuditStore for MySqlStore {
    fn append_audit(&self, entries: Vec<AuditEntry>) {
        let count = entries.len();
        match (self.shared.audit.push(entries), Handle::try_current()) {
            (Ok(true), Ok(runtime)) => {
                let store = self.clone();
                // OK because what fails is logged there
                runtime.spawn(async move { drop(store.append_waiting().await) });
            }
            // What waits is taken by the task of the first one, or by whoever flushes.
            (Ok(_), _) => {}
            (Err(error), _) => lost(&error, count),
        }
    }

    async fn audit(&self, page: Page) -> Result<Vec<AuditRecord>, StoreError> {
        let rows = self.shared.pool.all(LIST, vec![page.bound().into(), page.limit.into()]).await?;
        rows.iter().map(|row| read(&mut Columns::of(row))).collect()
    }
}

impl MySqlStore {
    /// Appends what waits, in its order; all of it or none.
    pub(crate) async fn append_waiting(&self) -> Result<(), StoreError> {
        let _turn = self.shared.audit.turn.lock().await;
        let entries = Arc::new(self.shared.audit.take());
        if entries.is_empty() {
            return Ok(());
        }
        let count = entries.len();
        let pool = &self.shared.pool;
        let appended =
            pool.long_transaction(count, move |connection| append(connection, Arc::clone(&entries)));
        appended.await.inspect_err(|error| lost(error, count))
    }
}

/// Many rows in a statement, by few statements that stay prepared: of a hundred rows, of ten, of one.
fn append(connection: &mut Conn, entries: Arc<Vec<AuditEntry>>) -> Work<'_, End<()>> {
    Box::pin(async move {
        let mut rest = &entries[..];
        while !rest.is_empty() {
            let many = [100, 10, 1].into_iter().find(|many| *many <= rest.len()).unwrap_or(1);
            let (next, left) = rest.split_at(many);
            let values = next.iter().flat_map(values).collect();
            connection.exec_drop(statement(many), positional(values)).await?;
            rest = left;
        }
        Ok(End::Commit(()))
    })
}

fn statement(rows: usize) -> Cow<'static, str> {
    [APPEND, &vec![ROW; rows].join(", ")].concat().into()
}

fn values(entry: &AuditEntry) -> [Value; 7] {
    [
        time(entry.at),
        entry.event.as_str().into(),
        entry.client.as_ref().map(ClientId::as_str).into(),
        entry.owner.as_ref().map(ResourceOwner::as_str).into(),
        entry.token.as_ref().map(TokenId::as_str).into(),
        entry.address.as_deref().into(),
        entry.detail.as_deref().into(),
    ]
}

fn read(columns: &mut Columns<'_>) -> Result<AuditRecord, StoreError> {
    let owned = |text: Option<&str>| text.map(ToOwned::to_owned);
    Ok(AuditRecord {
        id: columns.number()?,
        at: columns.time()?,
        event: columns.text()?.to_owned(),
        client: owned(columns.optional_text()?),
        owner: owned(columns.optional_text()?),
        record: columns.optional_number()?,
        address: owned(columns.optional_text()?),
        detail: owned(columns.optional_text()?),
    })
}

const APPEND: &str = "INSERT INTO audit (at, event, client, owner, record, address, detail) VALUES ";
const ROW: &str = "(?, ?, ?, ?, (SELECT t.record FROM tokens t WHERE t.id = ?), ?, ?)";

const LIST: &str = "SELECT id, at, event, client, owner, record, address, detail
    FROM audit WHERE id < ? ORDER BY id DESC LIMIT ?";
