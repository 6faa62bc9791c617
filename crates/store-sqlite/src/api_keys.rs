//! Keys of the administration's API.

use crate::{
    SqliteStore,
    rows::{Columns, Filtered, atomically, change, find, guarded, json, seconds},
};
use async_trait::async_trait;
use countersign_core::Timestamp;
use countersign_store::{ApiKey, ApiKeyStore, Outcome, Page, StoreError, StoredApiKey};

#[async_trait]
impl ApiKeyStore for SqliteStore {
    async fn add_api_key(&self, key: &ApiKey) -> Result<i64, StoreError> {
        let ApiKey { hash, name, account, scopes, created, expires } = key.clone();
        self.change(move |connection| {
            atomically(connection, |connection| {
                let values = (hash, name, account, json(&scopes)?, seconds(created), expires.map(seconds));
                change(connection, ADD, values)?;
                Ok(connection.last_insert_rowid())
            })
        })
        .await
    }

    async fn api_key(&self, hash: &[u8; 32], now: Timestamp) -> Result<Option<StoredApiKey>, StoreError> {
        self.read(|connection| find(connection, FIND, (hash, seconds(now)), read))
    }

    async fn api_keys(&self, account: Option<&str>, page: Page) -> Result<Vec<StoredApiKey>, StoreError> {
        let asked = Filtered::new(LIST).and("k.account = ?", account.map(ToOwned::to_owned));
        self.read(|connection| asked.page(connection, "k.record", page, read))
    }

    async fn use_api_key(&self, record: i64, at: Timestamp) -> Result<(), StoreError> {
        self.change(move |connection| {
            let sql = "UPDATE api_keys SET last_used = max(coalesce(last_used, 0), ?2) WHERE record = ?1";
            change(connection, sql, (record, seconds(at))).map(drop)
        })
        .await
    }

    async fn revoke_api_key(&self, record: i64, now: Timestamp) -> Result<Outcome, StoreError> {
        self.change(move |connection| {
            let sql = "UPDATE api_keys SET revoked = ?2 WHERE record = ?1 AND revoked IS NULL";
            guarded(connection, sql, (record, seconds(now)))
        })
        .await
    }
}

fn read(columns: &mut Columns<'_>) -> Result<StoredApiKey, StoreError> {
    Ok(StoredApiKey {
        record: columns.value()?,
        key: ApiKey {
            hash: columns.value()?,
            name: columns.value()?,
            account: columns.value()?,
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

const LIST: &str = select_where!("TRUE");
const FIND: &str = select_where!(
    "k.hash = ?1 AND k.revoked IS NULL AND (k.expires IS NULL OR k.expires > ?2) AND (k.account IS NULL
        OR EXISTS (SELECT 1 FROM accounts a WHERE a.name = k.account AND a.admin = 1 AND a.disabled = 0))"
);

const ADD: &str = "INSERT INTO api_keys (hash, name, account, scopes, created, expires)
    VALUES (?1, ?2, ?3, ?4, ?5, ?6)";
