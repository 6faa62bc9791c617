//! Token credentials: the hot path's one statement, and lists for those who revoke.

use crate::{
    SqliteStore,
    clients::{self, CLIENT_COLUMNS, client_columns},
    rows::{Columns, Page, change, find, guarded, json, list, seconds},
};
use async_trait::async_trait;
use countersign_core::{ClientId, Timestamp, TokenId};
use countersign_store::{Loaded, Outcome, ResourceOwner, StoreError, TokenRecord, TokenStatus, TokenStore};
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

/// Token credentials with the number of their record, by which logs and pages name them.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct StoredToken {
    /// Its number; never that of another, not even once this one is gone.
    pub record: i64,
    /// The credentials, their secret sealed.
    pub token: TokenRecord,
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
            ", t.record FROM tokens t LEFT JOIN accounts a ON a.name = t.owner WHERE ",
            $guard,
            " AND t.record < ?3 ORDER BY t.record DESC LIMIT ?4"
        )
    };
}

/// Token credentials, for those who look after them.
impl SqliteStore {
    /// The token credentials of a client, of a resource owner, of both, or all of them, the newest first.
    ///
    /// # Errors
    ///
    /// [`StoreError`] where the store does not know.
    pub async fn tokens(
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
                Ok(StoredToken { record: columns.value()?, token })
            })
        })
    }
}

/// Issuing, for those who show a secret to a person.
impl SqliteStore {
    /// Takes token credentials back that nobody has seen: as if they had never been issued.
    ///
    /// # Errors
    ///
    /// [`StoreError`] where the store does not know whether it happened.
    pub async fn withdraw(&self, id: &TokenId) -> Result<Outcome, StoreError> {
        let id = id.clone();
        self.change(move |connection| guarded(connection, "DELETE FROM tokens WHERE id = ?1", [id.as_str()]))
            .await
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
