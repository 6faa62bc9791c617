//! The audit log: appended to beside the requests, read, never changed, forgotten from its old end alone.

use super::{PostgresStore, accounts::holds_zero, rows::Columns, values::Value};
use crate::{time::seconds, waiting::lost};
use async_trait::async_trait;
use countersign_core::{ClientId, Timestamp, TokenId};
use countersign_store::{AuditEntry, AuditFilter, AuditRecord, AuditStore, Page, ResourceOwner, StoreError};
use tokio::runtime::Handle;

/// A page of the entries for which a condition holds.
macro_rules! list_where {
    ($guard:literal) => {
        concat!(
            "SELECT id, at, event, client, owner, record, actor, address, detail FROM audit WHERE ",
            $guard,
            " AND ($3::text IS NULL OR event = $3) AND ($4::text IS NULL OR actor = $4)
            AND ($5::bigint IS NULL OR at >= $5) AND ($6::bigint IS NULL OR at < $6)
            AND id < $7::bigint ORDER BY id DESC LIMIT $8::bigint"
        )
    };
}

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

    async fn audit(&self, filter: &AuditFilter, page: Page) -> Result<Vec<AuditRecord>, StoreError> {
        let owner = filter.owner.as_ref().map(ResourceOwner::as_str);
        let texts = [filter.event.as_deref(), owner, filter.actor.as_deref()];
        if holds_zero(texts.into_iter().flatten()) {
            return Ok(Vec::new());
        }
        let client = filter.client.as_ref().map(ClientId::as_str);
        // Three statements, so that each uses the index that fits.
        let sql = match (client, owner) {
            (_, Some(_)) => list_where!("owner = $1::text AND ($2::text IS NULL OR client = $2)"),
            (Some(_), None) => list_where!("$1::text IS NULL AND client = $2::text"),
            (None, None) => list_where!("$1::text IS NULL AND $2::text IS NULL"),
        };
        let values = [
            owner.into(),
            client.into(),
            filter.event.as_deref().into(),
            filter.actor.as_deref().into(),
            filter.from.into(),
            filter.to.into(),
            page.bound().into(),
            page.limit.into(),
        ];
        let rows = self.shared.lanes.all(sql, &values).await?;
        rows.iter().map(|row| read(&mut row.columns())).collect()
    }

    async fn forget_audit(&self, before: Timestamp) -> Result<u64, StoreError> {
        let row = self.shared.lanes.first(FORGET, &[before.into(), AT_ONCE.into()]).await?;
        row.ok_or_else(|| StoreError::corrupt("forgetting gave no row"))?.columns().count()
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
        let (events, clients, owners, tokens, actors, addresses, details) = (
            text(|entry| Some(&entry.event)),
            text(|entry| entry.client.as_ref().map(ClientId::as_str)),
            text(|entry| entry.owner.as_ref().map(ResourceOwner::as_str)),
            text(|entry| entry.token.as_ref().map(TokenId::as_str)),
            text(|entry| entry.actor.as_deref()),
            text(|entry| entry.address.as_deref()),
            text(|entry| entry.detail.as_deref()),
        );
        let texts = [&events, &clients, &owners, &tokens, &actors, &addresses, &details];
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
        actor: columns.value()?,
        address: columns.value()?,
        detail: columns.value()?,
    })
}

const APPEND: &str = "INSERT INTO audit (at, event, client, owner, record, actor, address, detail)
    SELECT g.at, g.event, g.client, g.owner, (SELECT t.record FROM tokens t WHERE t.id = g.token), g.actor, g.address,
        g.detail
    FROM unnest($1::bigint[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[], $7::text[], $8::text[])
        WITH ORDINALITY AS g (at, event, client, owner, token, actor, address, detail, number)
    ORDER BY g.number";

const FORGET: &str = "SELECT forget_audit($1, $2)";

/// Entries that are deleted at a time.
const AT_ONCE: u32 = 2000;
