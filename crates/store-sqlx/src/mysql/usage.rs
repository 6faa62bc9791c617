//! Who uses what, in batches.

use super::{
    MySqlStore,
    pool::{End, Work, exec},
    rows::Columns,
    values::{optional_time, time},
};
use async_trait::async_trait;
use countersign_core::ClientId;
use countersign_store::{
    ClientUsage, Page, StoreError, TokenUse, UsageBatch, UsageFilter, UsageRecord, UsageStore,
};
use mysql_async::{Conn, Row, Value, prelude::Queryable as _};

macro_rules! list_where {
    ($guard:literal) => {
        concat!(
            "SELECT record, client, key_since, method, first_used, last_used, requests FROM client_usage WHERE ",
            $guard,
            " (? IS NULL OR method = ?) AND (? IS NULL OR last_used >= ?)
            AND record < ? ORDER BY record DESC LIMIT ?"
        )
    };
}

#[async_trait]
impl UsageStore for MySqlStore {
    async fn add_usage(&self, batch: UsageBatch) -> Result<(), StoreError> {
        let clients = batch.clients.iter().map(|one| (ADD, of_usage(one)));
        let tokens = batch.tokens.iter().map(|one| (USE, of_use(one)));
        let all: Vec<_> = clients.chain(tokens).collect();
        let pool = &self.shared.pool;
        pool.long_transaction(all.len(), move |connection| add(connection, all.clone())).await
    }

    async fn usage(&self, filter: &UsageFilter, page: Page) -> Result<Vec<UsageRecord>, StoreError> {
        let sql = if filter.client.is_some() { list_where!("client = ? AND") } else { list_where!("") };
        let mut values: Vec<Value> = filter.client.iter().map(ClientId::as_str).map(Value::from).collect();
        let (method, since) = (Value::from(filter.method.as_deref()), optional_time(filter.since));
        values.extend([method.clone(), method, since.clone(), since, page.bound().into(), page.limit.into()]);
        let rows = self.shared.pool.all(sql, values).await?;
        rows.iter().map(|row| read(&mut Columns::of(row))).collect()
    }
}

fn add<'c>(connection: &'c mut Conn, all: Vec<(&'static str, Vec<Value>)>) -> Work<'c, End<()>> {
    Box::pin(async move {
        let _turn: Option<Row> = connection.query_first(TURN).await?;
        for (sql, values) in all {
            exec(connection, sql, values).await?;
        }
        Ok(End::Commit(()))
    })
}

fn of_usage(usage: &ClientUsage) -> Vec<Value> {
    let (client, since) = (Value::from(usage.client.as_str()), time(usage.key_since));
    vec![
        client.clone(),
        since.clone(),
        usage.method.as_str().into(),
        time(usage.first_used),
        time(usage.last_used),
        i64::try_from(usage.requests).unwrap_or(i64::MAX).into(),
        client,
        since.clone(),
        since,
    ]
}

fn of_use(used: &TokenUse) -> Vec<Value> {
    vec![time(used.last_used), used.token.as_str().into()]
}

fn read(columns: &mut Columns<'_>) -> Result<UsageRecord, StoreError> {
    Ok(UsageRecord {
        record: columns.number()?,
        usage: ClientUsage {
            client: columns.id()?,
            key_since: columns.time()?,
            method: columns.owned()?,
            first_used: columns.time()?,
            last_used: columns.time()?,
            requests: columns.count()?,
        },
    })
}

const TURN: &str = "SELECT one FROM usage_turn FOR UPDATE";

// Under the name of a client that is there, and of a key that it has: neither comes back by having been used.
const ADD: &str = "INSERT INTO client_usage (client, key_since, method, first_used, last_used, requests)
    SELECT ?, ?, ?, ?, ?, ? FROM clients c WHERE c.id = ? AND (c.key_since = ? OR c.previous_since = ?)
    ON DUPLICATE KEY UPDATE client_usage.first_used = LEAST(client_usage.first_used, VALUES(first_used)),
        client_usage.last_used = GREATEST(client_usage.last_used, VALUES(last_used)),
        client_usage.requests = client_usage.requests + VALUES(requests)";

const USE: &str = "INSERT INTO token_uses (record, last_used) SELECT t.record, ? FROM tokens t WHERE t.id = ?
    ON DUPLICATE KEY UPDATE token_uses.last_used = GREATEST(token_uses.last_used, VALUES(last_used))";
