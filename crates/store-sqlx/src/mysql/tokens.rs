//! Token credentials: the hot path's one statement, and the verbs that change one.

use super::{
    MySqlStore,
    clients::{self, CLIENT_COLUMNS, client_columns},
    failure::kind,
    pool::{End, Work, exec, positional},
    rows::Columns,
    values::{list, optional_time, time},
};
use async_trait::async_trait;
use countersign_core::{ClientId, Timestamp, TokenId};
use countersign_store::{
    Addition, Loaded, Outcome, Page, ResourceOwner, StoreError, StoreErrorKind, StoredToken, TokenRecord,
    TokenRegistry, TokenStatus, TokenStore,
};
use mysql_async::{Conn, Row, Value, prelude::Queryable as _};
use std::sync::Arc;

#[async_trait]
impl TokenStore for MySqlStore {
    async fn issue(&self, record: &TokenRecord) -> Result<(), StoreError> {
        self.shared.pool.change(INSERT, values(record)).await.map(drop)
    }

    async fn load(&self, client: &ClientId, token: Option<&TokenId>) -> Result<Arc<Loaded>, StoreError> {
        let ids = vec![client.as_str().into(), token.map(TokenId::as_str).into()];
        // The statement starts from a row of its own, so that there always is one.
        let found = self.shared.pool.first(LOAD, ids).await?;
        let row = found.ok_or_else(|| StoreError::corrupt("a lookup gave no row"))?;
        let mut columns = Columns::of(&row);
        let client = columns.unless_null(CLIENT_COLUMNS, clients::read)?;
        let token = columns.unless_null(TOKEN_COLUMNS, read)?;
        Ok(Loaded::new(client, token))
    }

    async fn revoke(&self, id: &TokenId, now: Timestamp) -> Result<Outcome, StoreError> {
        self.shared.pool.guarded(REVOKE, vec![time(now), id.as_str().into()]).await
    }
}

/// The columns of `tokens t LEFT JOIN accounts a` that [`read`] reads.
macro_rules! token_columns {
    () => {
        "t.id, t.secret, t.client, t.owner, t.scopes, t.issued, t.expires, t.revoked, COALESCE(a.disabled, 0)"
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
            LEFT JOIN token_uses u ON u.record = t.record
            WHERE ",
            $guard,
            " t.record < ? ORDER BY t.record DESC LIMIT ?"
        )
    };
}

#[async_trait]
impl TokenRegistry for MySqlStore {
    async fn add_tokens(&self, records: &[TokenRecord]) -> Result<Vec<Addition>, StoreError> {
        let mut fates = Vec::with_capacity(records.len());
        for some in records.chunks(AT_ONCE) {
            let some: Vec<_> = some.iter().map(values).collect();
            let pool = &self.shared.pool;
            let added = pool.long_transaction(2 * AT_ONCE, move |connection| add(connection, some.clone()));
            fates.extend(added.await?);
        }
        Ok(fates)
    }

    async fn tokens(
        &self,
        client: Option<&ClientId>,
        owner: Option<&ResourceOwner>,
        page: Page,
    ) -> Result<Vec<StoredToken>, StoreError> {
        // Four statements, so that each uses the index that fits.
        let sql = match (client, owner) {
            (None, None) => list_where!(""),
            (Some(_), None) => list_where!("t.client = ? AND"),
            (None, Some(_)) => list_where!("t.owner = ? AND"),
            (Some(_), Some(_)) => list_where!("t.client = ? AND t.owner = ? AND"),
        };
        let whose = [client.map(ClientId::as_str), owner.map(ResourceOwner::as_str)];
        let mut values: Vec<Value> = whose.into_iter().flatten().map(Value::from).collect();
        values.extend([page.bound().into(), page.limit.into()]);
        let rows = self.shared.pool.all(sql, values).await?;
        let read = |row: &Row| {
            let mut columns = Columns::of(row);
            let token = read(&mut columns)?;
            Ok(StoredToken { record: columns.number()?, token, last_used: columns.optional_time()? })
        };
        rows.iter().map(read).collect()
    }

    async fn withdraw(&self, id: &TokenId) -> Result<Outcome, StoreError> {
        let id = Value::from(id.as_str());
        self.shared.pool.transaction(move |connection| withdraw(connection, id.clone())).await
    }
}

fn withdraw(connection: &mut Conn, id: Value) -> Work<'_, End<Outcome>> {
    Box::pin(async move {
        exec(connection, WITHDRAW_USE, vec![id.clone()]).await?;
        Ok(match exec(connection, WITHDRAW, vec![id]).await? {
            1 => End::Commit(Outcome::Done),
            _ => End::RollBack(Outcome::Refused),
        })
    })
}

/// Adds each where it belongs to somebody; one that is there already undoes its own statement alone.
fn add(connection: &mut Conn, tokens: Vec<Vec<Value>>) -> Work<'_, End<Vec<Addition>>> {
    Box::pin(async move {
        let mut fates = Vec::with_capacity(tokens.len());
        for token in tokens {
            let whose = vec![token[CLIENT].clone(), token[OWNER].clone()];
            let found = connection.exec_first::<(bool, bool), _, _>(HAS, positional(whose.clone())).await?;
            fates.push(match found {
                Some((true, true)) => {
                    let guarded = token.into_iter().chain(whose).collect();
                    match exec(connection, ADD, guarded).await {
                        Ok(1) => Addition::Added,
                        // Removed since.
                        Ok(_) => Addition::NoClient,
                        Err(error) if kind(&error) == StoreErrorKind::Conflict => Addition::Conflict,
                        Err(error) => return Err(error),
                    }
                }
                Some((true, false)) => Addition::NoOwner,
                _ => Addition::NoClient,
            });
        }
        Ok(End::Commit(fates))
    })
}

/// The values of a new row, in the order of [`INSERT`].
pub(crate) fn values(record: &TokenRecord) -> Vec<Value> {
    // That an owner is disabled is what the owner's account says: no token keeps it.
    let revoked = (record.status == TokenStatus::Revoked).then_some(record.issued);
    vec![
        record.id.as_str().into(),
        record.secret.expose().into(),
        record.client.as_str().into(),
        record.owner.as_str().into(),
        list(&record.scopes),
        time(record.issued),
        optional_time(record.expires),
        optional_time(revoked),
    ]
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
        status: match (columns.optional_time()?, columns.flag()?) {
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
    " FROM (SELECT 1) q LEFT JOIN clients c ON c.id = ? LEFT JOIN tokens t ON t.id = ?
    LEFT JOIN accounts a ON a.name = t.owner"
);

pub(crate) const INSERT: &str =
    "INSERT INTO tokens (id, secret, client, owner, scopes, issued, expires, revoked)
    VALUES (?, ?, ?, ?, ?, ?, ?, ?)";

const REVOKE: &str = "UPDATE tokens SET revoked = ? WHERE id = ? AND revoked IS NULL";

const WITHDRAW_USE: &str = "DELETE u FROM token_uses u JOIN tokens t ON t.record = u.record WHERE t.id = ?";
const WITHDRAW: &str = "DELETE FROM tokens WHERE id = ?";

/// Where client and owner stand among the values of a row.
const CLIENT: usize = 2;
const OWNER: usize = 3;
/// So many of a list are added in one transaction.
const AT_ONCE: usize = 100;

const HAS: &str =
    "SELECT EXISTS (SELECT 1 FROM clients WHERE id = ?), EXISTS (SELECT 1 FROM accounts WHERE name = ?)";

const ADD: &str = "INSERT INTO tokens (id, secret, client, owner, scopes, issued, expires, revoked)
    SELECT ?, ?, ?, ?, ?, ?, ?, ? FROM clients c JOIN accounts a WHERE c.id = ? AND a.name = ?";
