//! Keys of the administration's API.

use super::{PostgresStore, accounts::holds_zero, rows::Columns};
use async_trait::async_trait;
use countersign_core::Timestamp;
use countersign_store::{ApiKey, ApiKeyStore, Outcome, Page, StoreError, StoredApiKey};

#[async_trait]
impl ApiKeyStore for PostgresStore {
    async fn add_api_key(&self, key: &ApiKey) -> Result<i64, StoreError> {
        let values = [
            key.hash[..].into(),
            key.name.as_str().into(),
            key.account.as_deref().into(),
            key.scopes[..].into(),
            key.created.into(),
            key.expires.into(),
        ];
        let row = self.shared.lanes.first(ADD, &values).await?;
        row.ok_or_else(|| StoreError::corrupt("a new key has no number"))?.columns().value()
    }

    async fn api_key(&self, hash: &[u8; 32], now: Timestamp) -> Result<Option<StoredApiKey>, StoreError> {
        let found = self.shared.lanes.first(FIND, &[hash[..].into(), now.into()]).await?;
        found.map(|row| read(&mut row.columns())).transpose()
    }

    async fn api_keys(&self, account: Option<&str>, page: Page) -> Result<Vec<StoredApiKey>, StoreError> {
        if holds_zero(account) {
            return Ok(Vec::new());
        }
        let values = [account.into(), page.bound().into(), page.limit.into()];
        let rows = self.shared.lanes.all(LIST, &values).await?;
        rows.iter().map(|row| read(&mut row.columns())).collect()
    }

    async fn use_api_key(&self, record: i64, at: Timestamp) -> Result<(), StoreError> {
        self.shared.lanes.change(USE, &[record.into(), at.into()]).await.map(drop)
    }

    async fn revoke_api_key(&self, record: i64, now: Timestamp) -> Result<Outcome, StoreError> {
        self.guarded(REVOKE, &[record.into(), now.into()]).await
    }
}

fn read(columns: &mut Columns<'_>) -> Result<StoredApiKey, StoreError> {
    Ok(StoredApiKey {
        record: columns.value()?,
        key: ApiKey {
            hash: columns.hash()?,
            name: columns.value()?,
            account: columns.value()?,
            scopes: columns.value()?,
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

const LIST: &str = select_where!(
    "($1::text IS NULL OR k.account = $1) AND k.record < $2::bigint ORDER BY k.record DESC LIMIT $3::bigint"
);

const FIND: &str = select_where!(
    "k.hash = $1 AND k.revoked IS NULL AND (k.expires IS NULL OR k.expires > $2) AND (k.account IS NULL
        OR EXISTS (SELECT 1 FROM accounts a WHERE a.name = k.account AND a.admin AND NOT a.disabled))"
);

const ADD: &str = "INSERT INTO api_keys (hash, name, account, scopes, created, expires)
    VALUES ($1, $2, $3, $4, $5, $6) RETURNING record";

const USE: &str = "UPDATE api_keys SET last_used = greatest(last_used, $2) WHERE record = $1";

const REVOKE: &str = "UPDATE api_keys SET revoked = $2 WHERE record = $1 AND revoked IS NULL";
