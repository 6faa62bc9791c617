//! Who uses what, in batches.

use crate::{
    SqliteStore,
    rows::{Columns, Filtered, atomically, change, seconds},
};
use async_trait::async_trait;
use countersign_store::{ClientUsage, Page, StoreError, UsageBatch, UsageFilter, UsageRecord, UsageStore};

#[async_trait]
impl UsageStore for SqliteStore {
    async fn add_usage(&self, batch: UsageBatch) -> Result<(), StoreError> {
        self.change(move |connection| {
            atomically(connection, |connection| {
                for usage in &batch.clients {
                    let (client, since) = (usage.client.as_str(), seconds(usage.key_since));
                    let seen = (seconds(usage.first_used), seconds(usage.last_used));
                    let requests = i64::try_from(usage.requests).unwrap_or(i64::MAX);
                    let values = (client, since, &usage.method, seen.0, seen.1, requests);
                    change(connection, ADD, values)?;
                }
                for used in &batch.tokens {
                    change(connection, USE, (used.token.as_str(), seconds(used.last_used)))?;
                }
                Ok(())
            })
        })
        .await
    }

    async fn usage(&self, filter: &UsageFilter, page: Page) -> Result<Vec<UsageRecord>, StoreError> {
        let asked = Filtered::new(LIST)
            .and("client = ?", filter.client.as_ref().map(|client| client.as_str().to_owned()))
            .and("method = ?", filter.method.clone())
            .and("last_used >= ?", filter.since.map(seconds));
        self.read(|connection| asked.page(connection, "record", page, read))
    }
}

fn read(columns: &mut Columns<'_>) -> Result<UsageRecord, StoreError> {
    Ok(UsageRecord {
        record: columns.value()?,
        usage: ClientUsage {
            client: columns.id()?,
            key_since: columns.time()?,
            method: columns.value()?,
            first_used: columns.time()?,
            last_used: columns.time()?,
            requests: columns.count()?,
        },
    })
}

const LIST: &str =
    "SELECT record, client, key_since, method, first_used, last_used, requests FROM client_usage WHERE TRUE";

/// Under the name of a client that is there, and of a key that it has: neither comes back by having been used.
const ADD: &str = "INSERT INTO client_usage (client, key_since, method, first_used, last_used, requests)
    SELECT ?1, ?2, ?3, ?4, ?5, ?6 FROM clients WHERE id = ?1 AND (key_since = ?2 OR previous_since = ?2)
    ON CONFLICT (client, key_since, method) DO UPDATE SET first_used = min(first_used, excluded.first_used),
        last_used = max(last_used, excluded.last_used), requests = requests + excluded.requests";

const USE: &str = "INSERT INTO token_uses (record, last_used) SELECT record, ?2 FROM tokens WHERE id = ?1
    ON CONFLICT (record) DO UPDATE SET last_used = max(last_used, excluded.last_used)";
