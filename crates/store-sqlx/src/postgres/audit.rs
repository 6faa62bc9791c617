//! The audit log: appended to beside the requests, read, never changed.

use super::{PostgresStore, rows::Columns, values::Value};
use crate::{time::seconds, waiting::lost};
use async_trait::async_trait;
use countersign_core::{ClientId, TokenId};
use countersign_store::{AuditEntry, AuditRecord, AuditStore, Page, ResourceOwner, StoreError};
use tokio::runtime::Handle;

#[async_trait]
impl AuditStore for PostgresStore {
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
        let values = [Value::Number(Some(page.bound())), page.limit.into()];
        let rows = self.shared.lanes.all(LIST, &values).await?;
        rows.iter().map(|row| read(&mut row.columns())).collect()
    }
}

impl PostgresStore {
    /// Appends what waits, in its order; all of it or none.
    pub(crate) async fn append_waiting(&self) -> Result<(), StoreError> {
        let _turn = self.shared.audit.turn.lock().await;
        let entries = self.shared.audit.take();
        if entries.is_empty() {
            return Ok(());
        }
        self.append(&entries).await.inspect_err(|error| lost(error, entries.len()))
    }

    async fn append(&self, entries: &[AuditEntry]) -> Result<(), StoreError> {
        let at: Vec<_> = entries.iter().map(|entry| Some(seconds(entry.at))).collect();
        let text = |of: fn(&AuditEntry) -> Option<&str>| entries.iter().map(of).collect::<Vec<_>>();
        let (events, clients, owners, tokens, addresses, details) = (
            text(|entry| Some(&entry.event)),
            text(|entry| entry.client.as_ref().map(ClientId::as_str)),
            text(|entry| entry.owner.as_ref().map(ResourceOwner::as_str)),
            text(|entry| entry.token.as_ref().map(TokenId::as_str)),
            text(|entry| entry.address.as_deref()),
            text(|entry| entry.detail.as_deref()),
        );
        let texts = [&events, &clients, &owners, &tokens, &addresses, &details];
        let mut values = vec![Value::EachNumber(&at)];
        values.extend(texts.map(|column| Value::EachText(column)));
        self.shared.lanes.change(APPEND, &values).await.map(drop)
    }
}

fn read(columns: &mut Columns<'_>) -> Result<AuditRecord, StoreError> {
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
}

const APPEND: &str = "INSERT INTO audit (at, event, client, owner, record, address, detail)
    SELECT g.at, g.event, g.client, g.owner, (SELECT t.record FROM tokens t WHERE t.id = g.token), g.address, g.detail
    FROM unnest($1::bigint[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[], $7::text[])
        WITH ORDINALITY AS g (at, event, client, owner, token, address, detail, number)
    ORDER BY g.number";

const LIST: &str = "SELECT id, at, event, client, owner, record, address, detail
    FROM audit WHERE id < $1 ORDER BY id DESC LIMIT $2";
