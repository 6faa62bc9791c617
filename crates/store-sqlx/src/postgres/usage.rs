//! Who uses what, in batches.

use super::{PostgresStore, accounts::holds_zero, rows::Columns, values::Value};
use crate::time::seconds;
use async_trait::async_trait;
use countersign_core::ClientId;
use countersign_store::{ClientUsage, Page, StoreError, UsageBatch, UsageFilter, UsageRecord, UsageStore};

macro_rules! list_where {
    ($guard:literal) => {
        concat!(
            "SELECT record, client, key_since, method, first_used, last_used, requests FROM client_usage WHERE ",
            $guard,
            " AND ($2::text IS NULL OR method = $2) AND ($3::bigint IS NULL OR last_used >= $3)
            AND record < $4::bigint ORDER BY record DESC LIMIT $5::bigint"
        )
    };
}

#[async_trait]
impl UsageStore for PostgresStore {
    async fn add_usage(&self, batch: UsageBatch) -> Result<(), StoreError> {
        let clients = &batch.clients;
        let text = |of: fn(&ClientUsage) -> &str| clients.iter().map(|one| Some(of(one))).collect::<Vec<_>>();
        let number =
            |of: fn(&ClientUsage) -> i64| clients.iter().map(|one| Some(of(one))).collect::<Vec<_>>();
        let (names, methods) = (text(|one| one.client.as_str()), text(|one| &one.method));
        let since = number(|one| seconds(one.key_since));
        let (first, last) = (number(|one| seconds(one.first_used)), number(|one| seconds(one.last_used)));
        let requests = number(|one| i64::try_from(one.requests).unwrap_or(i64::MAX));
        let tokens: Vec<_> = batch.tokens.iter().map(|one| Some(one.token.as_str())).collect();
        let used: Vec<_> = batch.tokens.iter().map(|one| Some(seconds(one.last_used))).collect();
        let values = [
            Value::EachText(&names),
            Value::EachNumber(&since),
            Value::EachText(&methods),
            Value::EachNumber(&first),
            Value::EachNumber(&last),
            Value::EachNumber(&requests),
            Value::EachText(&tokens),
            Value::EachNumber(&used),
        ];
        self.shared.lanes.change(ADD, &values).await.map(drop)
    }

    async fn usage(&self, filter: &UsageFilter, page: Page) -> Result<Vec<UsageRecord>, StoreError> {
        if holds_zero(filter.method.as_deref()) {
            return Ok(Vec::new());
        }
        let sql = if filter.client.is_some() {
            list_where!("client = $1")
        } else {
            list_where!("$1::text IS NULL")
        };
        let values = [
            filter.client.as_ref().map(ClientId::as_str).into(),
            filter.method.as_deref().into(),
            filter.since.into(),
            page.bound().into(),
            page.limit.into(),
        ];
        let rows = self.shared.lanes.all(sql, &values).await?;
        rows.iter().map(|row| read(&mut row.columns())).collect()
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

// Under the name of a client that is there, and of a key that it has: neither comes back by having been used. Rows are locked in one
// order, whatever the order of the batch.
const ADD: &str = "WITH used AS (
        INSERT INTO token_uses (record, last_used)
        SELECT t.record, g.last_used
        FROM (SELECT id, max(last_used) AS last_used FROM unnest($7::text[], $8::bigint[]) AS g (id, last_used)
            GROUP BY id) g
        JOIN tokens t ON t.id = g.id ORDER BY t.record FOR KEY SHARE OF t
        ON CONFLICT (record) DO UPDATE SET last_used = greatest(token_uses.last_used, excluded.last_used))
    INSERT INTO client_usage (client, key_since, method, first_used, last_used, requests)
    SELECT g.client, g.key_since, g.method, g.first_used, g.last_used, g.requests
    FROM (SELECT client, key_since, method, min(first_used) AS first_used, max(last_used) AS last_used,
            sum(requests)::bigint AS requests
        FROM unnest($1::text[], $2::bigint[], $3::text[], $4::bigint[], $5::bigint[], $6::bigint[])
            AS g (client, key_since, method, first_used, last_used, requests)
        GROUP BY client, key_since, method) g
    JOIN clients c ON c.id = g.client AND (c.key_since = g.key_since OR c.previous_since = g.key_since)
    ORDER BY g.client COLLATE \"C\", g.key_since, g.method COLLATE \"C\" FOR KEY SHARE OF c
    ON CONFLICT (client, key_since, method) DO UPDATE SET first_used = least(client_usage.first_used, excluded.first_used),
        last_used = greatest(client_usage.last_used, excluded.last_used), requests = client_usage.requests + excluded.requests";
