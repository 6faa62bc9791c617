//! Token credentials: the hot path's one statement, and lists for those who revoke.

use crate::{
    SqliteStore,
    clients::{self, CLIENT_COLUMNS, client_columns},
    rows::{Columns, atomically, change, find, guarded, json, list, seconds, value},
};
use async_trait::async_trait;
use countersign_core::{ClientId, Timestamp, TokenId};
use countersign_store::{
    Addition, Loaded, Outcome, Page, ResourceOwner, StoreError, StoreErrorKind, StoredToken, TokenRecord,
    TokenRegistry, TokenStatus, TokenStore,
};
use rusqlite::{Connection, params};
use std::sync::Arc;

#[async_trait]
impl TokenStore for SqliteStore {
    async fn issue(&self, record: &TokenRecord) -> Result<(), StoreError> {
        let record = record.clone();
        self.change(move |connection| insert(connection, &record)).await
    }

    async fn load(&self, client: &ClientId, token: Option<&TokenId>) -> Result<Arc<Loaded>, StoreError> {
        let ids = (client.as_str(), token.map(TokenId::as_str));
        let loaded = self.read(|connection| {
            find(connection, LOAD, ids, |columns| {
                let client = columns.unless_null(CLIENT_COLUMNS, clients::read)?;
                let token = columns.unless_null(TOKEN_COLUMNS, read)?;
                Ok((client, token))
            })
        })?;
        // OK because the statement starts from a row of its own, so that there always is one
        let (client, token) = loaded.unwrap_or_default();
        Ok(Loaded::new(client, token))
    }

    async fn revoke(&self, id: &TokenId, now: Timestamp) -> Result<Outcome, StoreError> {
        let id = id.clone();
        self.change_at(now, move |connection| {
            let sql = "UPDATE tokens SET revoked = ?2 WHERE id = ?1 AND revoked IS NULL";
            guarded(connection, sql, (id.as_str(), seconds(now)))
        })
        .await
    }
}

/// The columns of `tokens t LEFT JOIN accounts a` that [`read`] reads.
macro_rules! token_columns {
    () => {
        "t.id, t.secret, t.client, t.owner, t.scopes, t.issued, t.expires, t.revoked, coalesce(a.disabled, 0)"
    };
}

/// How many they are.
const TOKEN_COLUMNS: usize = 9;

macro_rules! list_where {
    ($guard:literal) => {
        concat!(
            "SELECT ",
            token_columns!(),
            ", t.record, u.last_used FROM tokens t LEFT JOIN accounts a ON a.name = t.owner
            LEFT JOIN token_uses u ON u.record = t.record WHERE ",
            $guard,
            " AND t.record < ?3 ORDER BY t.record DESC LIMIT ?4"
        )
    };
}

#[async_trait]
impl TokenRegistry for SqliteStore {
    async fn add_tokens(&self, records: &[TokenRecord]) -> Result<Vec<Addition>, StoreError> {
        let records = records.to_vec();
        self.change(move |connection| {
            atomically(connection, |connection| {
                records.iter().map(|record| add(connection, record)).collect()
            })
        })
        .await
    }

    async fn tokens(
        &self,
        client: Option<&ClientId>,
        owner: Option<&ResourceOwner>,
        page: Page,
    ) -> Result<Vec<StoredToken>, StoreError> {
        let (client, owner) = (client.map(ClientId::as_str), owner.map(ResourceOwner::as_str));
        // Four statements, so that each uses the index that fits.
        let sql = match (client, owner) {
            (None, None) => list_where!("TRUE"),
            (Some(_), None) => list_where!("t.client = ?1"),
            (None, Some(_)) => list_where!("t.owner = ?2"),
            (Some(_), Some(_)) => list_where!("t.client = ?1 AND t.owner = ?2"),
        };
        self.read(|connection| {
            list(connection, sql, (client, owner, page.bound(), page.limit), |columns| {
                let token = read(columns)?;
                Ok(StoredToken { record: columns.value()?, token, last_used: columns.optional_time()? })
            })
        })
    }

    async fn withdraw(&self, id: &TokenId) -> Result<Outcome, StoreError> {
        let id = id.clone();
        self.change(move |connection| guarded(connection, "DELETE FROM tokens WHERE id = ?1", [id.as_str()]))
            .await
    }
}

/// Stores token credentials that belong to somebody, unless others of their identifier are there.
fn add(connection: &Connection, record: &TokenRecord) -> Result<Addition, StoreError> {
    let is_there = |sql, name| Ok::<_, StoreError>(value::<i64>(connection, sql, [name])?.is_some());
    if !is_there("SELECT 1 FROM clients WHERE id = ?1", record.client.as_str())? {
        return Ok(Addition::NoClient);
    }
    if !is_there("SELECT 1 FROM accounts WHERE name = ?1", record.owner.as_str())? {
        return Ok(Addition::NoOwner);
    }
    match insert(connection, record) {
        Ok(()) => Ok(Addition::Added),
        Err(error) if error.kind() == StoreErrorKind::Conflict => Ok(Addition::Conflict),
        Err(error) => Err(error),
    }
}

/// Stores token credentials; one statement.
pub(crate) fn insert(connection: &Connection, record: &TokenRecord) -> Result<(), StoreError> {
    // That an owner is disabled is what the owner's account says: no token keeps it.
    let revoked = (record.status == TokenStatus::Revoked).then(|| seconds(record.issued));
    let values = params![
        record.id.as_str(),
        record.secret.expose(),
        record.client.as_str(),
        record.owner.as_str(),
        json(&record.scopes)?,
        seconds(record.issued),
        record.expires.map(seconds),
        revoked,
    ];
    change(connection, INSERT, values).map(drop)
}

fn read(columns: &mut Columns<'_>) -> Result<TokenRecord, StoreError> {
    Ok(TokenRecord {
        id: columns.id()?,
        secret: columns.secret()?,
        client: columns.id()?,
        owner: columns.text()?.into(),
        scopes: columns.list()?,
        issued: columns.time()?,
        expires: columns.optional_time()?,
        status: match (columns.optional_time()?, columns.value()?) {
            (Some(_), _) => TokenStatus::Revoked,
            (None, true) => TokenStatus::OwnerDisabled,
            (None, false) => TokenStatus::Active,
        },
    })
}

const LOAD: &str = concat!(
    "SELECT ",
    client_columns!(),
    ", ",
    token_columns!(),
    " FROM (SELECT ?1 AS client, ?2 AS token) q
    LEFT JOIN clients c ON c.id = q.client
    LEFT JOIN tokens t ON t.id = q.token
    LEFT JOIN accounts a ON a.name = t.owner"
);

const INSERT: &str = "INSERT INTO tokens (id, secret, client, owner, scopes, issued, expires, revoked)
    VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)";
