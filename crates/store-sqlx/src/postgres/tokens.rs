//! Token credentials: the hot path's one statement, and the verbs that change one.

use super::{
    PostgresStore,
    clients::{self, CLIENT_COLUMNS, client_columns},
    rows::Columns,
    values::Value,
};
use async_trait::async_trait;
use countersign_core::{ClientId, Timestamp, TokenId};
use countersign_store::{Loaded, Outcome, StoreError, TokenRecord, TokenStatus, TokenStore};
use std::sync::Arc;

#[async_trait]
impl TokenStore for PostgresStore {
    async fn issue(&self, record: &TokenRecord) -> Result<(), StoreError> {
        self.shared.lanes.change(INSERT, &values(record)).await.map(drop)
    }

    async fn load(&self, client: &ClientId, token: Option<&TokenId>) -> Result<Arc<Loaded>, StoreError> {
        let ids = [client.as_str().into(), token.map(TokenId::as_str).into()];
        // The statement starts from a row of its own, so that there always is one.
        let found = self.shared.lanes.first(LOAD, &ids).await?;
        let row = found.ok_or_else(|| StoreError::corrupt("a lookup gave no row"))?;
        let mut columns = row.columns();
        let client = columns.unless_null(CLIENT_COLUMNS, clients::read)?;
        let token = columns.unless_null(TOKEN_COLUMNS, read)?;
        Ok(Loaded::new(client, token))
    }

    async fn revoke(&self, id: &TokenId, now: Timestamp) -> Result<Outcome, StoreError> {
        self.guarded(REVOKE, &[id.as_str().into(), now.into()]).await
    }
}

/// How many columns [`read`] reads.
const TOKEN_COLUMNS: usize = 8;

/// The values of a new row, in the order of `INSERT`.
pub(crate) fn values(record: &TokenRecord) -> [Value<'_>; TOKEN_COLUMNS] {
    // That an owner is disabled is what the owner's account says: no token keeps it.
    let revoked = (record.status == TokenStatus::Revoked).then_some(record.issued);
    [
        record.id.as_str().into(),
        record.secret.expose().into(),
        record.client.as_str().into(),
        record.owner.as_str().into(),
        record.scopes[..].into(),
        record.issued.into(),
        record.expires.into(),
        revoked.into(),
    ]
}

fn read(columns: &mut Columns<'_>) -> Result<TokenRecord, StoreError> {
    Ok(TokenRecord {
        id: columns.id()?,
        secret: columns.secret()?,
        client: columns.id()?,
        owner: columns.text()?.into(),
        scopes: columns.value()?,
        issued: columns.time()?,
        expires: columns.optional_time()?,
        status: match columns.optional_time()? {
            Some(_) => TokenStatus::Revoked,
            None => TokenStatus::Active,
        },
    })
}

const LOAD: &str = concat!(
    "SELECT ",
    client_columns!(),
    ", t.id, t.secret, t.client, t.owner, t.scopes, t.issued, t.expires, t.revoked
    FROM (SELECT $1::text AS client, $2::text AS token) q
    LEFT JOIN clients c ON c.id = q.client
    LEFT JOIN tokens t ON t.id = q.token"
);

const INSERT: &str = "INSERT INTO tokens (id, secret, client, owner, scopes, issued, expires, revoked)
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8)";

const REVOKE: &str = "UPDATE tokens SET revoked = $2 WHERE id = $1 AND revoked IS NULL";
