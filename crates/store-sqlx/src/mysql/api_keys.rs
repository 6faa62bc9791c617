//! Keys of the administration's API.

use super::{
    MySqlStore,
    pool::positional,
    rows::Columns,
    values::{list, optional_time, time},
};
use async_trait::async_trait;
use countersign_core::Timestamp;
use countersign_store::{ApiKey, ApiKeyStore, Outcome, Page, StoreError, StoredApiKey};
use mysql_async::{Value, prelude::Queryable as _};

#[async_trait]
impl ApiKeyStore for MySqlStore {
    async fn add_api_key(&self, key: &ApiKey) -> Result<i64, StoreError> {
        let values: Vec<Value> = vec![
            key.hash[..].into(),
            key.name.as_str().into(),
            key.account.as_deref().into(),
            list(&key.scopes),
            time(key.created),
            optional_time(key.expires),
        ];
        let number = self.shared.pool.run(move |connection| {
            let values = positional(values.clone());
            Box::pin(async move {
                connection.exec_drop(ADD, values).await?;
                Ok(connection.last_insert_id())
            })
        });
        let number = number.await?.ok_or_else(|| StoreError::corrupt("a new key has no number"))?;
        i64::try_from(number).map_err(StoreError::corrupt)
    }

    async fn api_key(&self, hash: &[u8; 32], now: Timestamp) -> Result<Option<StoredApiKey>, StoreError> {
        let found = self.shared.pool.first(FIND, vec![hash[..].into(), time(now)]).await?;
        found.map(|row| read(&mut Columns::of(&row))).transpose()
    }

    async fn api_keys(&self, account: Option<&str>, page: Page) -> Result<Vec<StoredApiKey>, StoreError> {
        let values = vec![account.into(), account.into(), page.bound().into(), page.limit.into()];
        let rows = self.shared.pool.all(LIST, values).await?;
        rows.iter().map(|row| read(&mut Columns::of(row))).collect()
    }

    async fn use_api_key(&self, record: i64, at: Timestamp) -> Result<(), StoreError> {
        self.shared.pool.change(USE, vec![time(at), record.into()]).await.map(drop)
    }

    async fn revoke_api_key(&self, record: i64, now: Timestamp) -> Result<Outcome, StoreError> {
        self.shared.pool.guarded(REVOKE, vec![time(now), record.into()]).await
    }
}

fn read(columns: &mut Columns<'_>) -> Result<StoredApiKey, StoreError> {
    Ok(StoredApiKey {
        record: columns.number()?,
        key: ApiKey {
            hash: columns.hash()?,
            name: columns.owned()?,
            account: columns.optional_owned()?,
            scopes: columns.list()?,
            created: columns.time()?,
            expires: columns.optional_time()?,
        },
        last_used: columns.optional_time()?,
        revoked: columns.optional_time()?,
    })
}

macro_rules! select_where {
    ($guard:literal) => {
        concat!(
            "SELECT k.record, k.hash, k.name, k.account, k.scopes, k.created, k.expires, k.last_used, k.revoked
            FROM api_keys k WHERE ",
            $guard
        )
    };
}

const LIST: &str =
    select_where!("(? IS NULL OR k.account = ?) AND k.record < ? ORDER BY k.record DESC LIMIT ?");

const FIND: &str = select_where!(
    "k.hash = ? AND k.revoked IS NULL AND (k.expires IS NULL OR k.expires > ?) AND (k.account IS NULL
        OR EXISTS (SELECT 1 FROM accounts a WHERE a.name = k.account AND a.admin = 1 AND a.disabled = 0))"
);

const ADD: &str =
    "INSERT INTO api_keys (hash, name, account, scopes, created, expires) VALUES (?, ?, ?, ?, ?, ?)";

const USE: &str = "UPDATE api_keys SET last_used = GREATEST(COALESCE(last_used, 0), ?) WHERE record = ?";

const REVOKE: &str = "UPDATE api_keys SET revoked = ? WHERE record = ? AND revoked IS NULL";
