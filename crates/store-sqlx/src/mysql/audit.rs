//! The audit log: appended to beside the requests, read, never changed, forgotten from its old end alone.

use super::{
    MySqlStore,
    pool::{End, Work, positional},
    rows::Columns,
    values::{optional_time, time},
};
use crate::waiting::lost;
use async_trait::async_trait;
use countersign_core::{ClientId, Timestamp, TokenId};
use countersign_store::{AuditEntry, AuditFilter, AuditRecord, AuditStore, Page, ResourceOwner, StoreError};
use mysql_async::{Conn, Value, prelude::Queryable as _};
use std::{borrow::Cow, sync::Arc};
use tokio::runtime::Handle;

/// A page of the entries for which a condition holds.
macro_rules! list_where {
    ($guard:literal) => {
        concat!(
            "SELECT id, at, event, client, owner, record, actor, address, detail FROM audit WHERE ",
            $guard,
            " (? IS NULL OR event = ?) AND (? IS NULL OR actor = ?) AND (? IS NULL OR at >= ?)
            AND (? IS NULL OR at < ?) AND id < ? ORDER BY id DESC LIMIT ?"
        )
    };
}

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

    async fn audit(&self, filter: &AuditFilter, page: Page) -> Result<Vec<AuditRecord>, StoreError> {
        let client = filter.client.as_ref().map(ClientId::as_str);
        let owner = filter.owner.as_ref().map(ResourceOwner::as_str);
        // Four statements, so that each uses the index that fits.
        let sql = match (client, owner) {
            (None, None) => list_where!(""),
            (Some(_), None) => list_where!("client = ? AND"),
            (None, Some(_)) => list_where!("owner = ? AND"),
            (Some(_), Some(_)) => list_where!("client = ? AND owner = ? AND"),
        };
        let mut values: Vec<Value> = [client, owner].into_iter().flatten().map(Value::from).collect();
        let (event, actor) = (filter.event.as_deref(), filter.actor.as_deref());
        let (from, to) = (optional_time(filter.from), optional_time(filter.to));
        values.extend([event.into(), event.into(), actor.into(), actor.into(), from.clone(), from]);
        values.extend([to.clone(), to, page.bound().into(), page.limit.into()]);
        let rows = self.shared.pool.all(sql, values).await?;
        rows.iter().map(|row| read(&mut Columns::of(row))).collect()
    }

    /// Needs the right to delete from `audit`, which a node that only serves need not have.
    async fn forget_audit(&self, before: Timestamp) -> Result<u64, StoreError> {
        self.shared.pool.change(FORGET, vec![time(before)]).await
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

fn values(entry: &AuditEntry) -> [Value; 8] {
    [
        time(entry.at),
        entry.event.as_str().into(),
        entry.client.as_ref().map(ClientId::as_str).into(),
        entry.owner.as_ref().map(ResourceOwner::as_str).into(),
        entry.token.as_ref().map(TokenId::as_str).into(),
        entry.actor.as_deref().into(),
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
        actor: owned(columns.optional_text()?),
        address: owned(columns.optional_text()?),
        detail: owned(columns.optional_text()?),
    })
}

const APPEND: &str = "INSERT INTO audit (at, event, client, owner, record, actor, address, detail) VALUES ";
const ROW: &str = "(?, ?, ?, ?, (SELECT t.record FROM tokens t WHERE t.id = ?), ?, ?, ?)";

/// So many entries are deleted at a time.
const FORGET: &str = "DELETE FROM audit WHERE at < ? ORDER BY at LIMIT 2000";
