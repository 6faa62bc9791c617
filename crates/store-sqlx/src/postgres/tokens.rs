//! Token credentials: the hot path's one statement, and the verbs that change one.

use super::{
    PostgresStore,
    clients::{self, CLIENT_COLUMNS, client_columns},
    rows::{Columns, Found},
    values::Value,
};
use crate::time::seconds;
use async_trait::async_trait;
use countersign_core::{ClientId, Timestamp, TokenId};
use countersign_store::{
    Addition, Loaded, Outcome, Page, ResourceOwner, StoreError, StoredToken, TokenRecord, TokenRegistry,
    TokenStatus, TokenStore,
};
use std::{collections::HashSet, sync::Arc};

#[async_trait]
impl TokenStore for PostgresStore {
    async fn issue(&self, record: &TokenRecord) -> Result<(), StoreError> {
        self.shared.lanes.change(INSERT, &values(record)).await.map(drop)
    }

    async fn load(&self, client: &ClientId, token: Option<&TokenId>) -> Result<Arc<Loaded>, StoreError> {
        let ids = [client.as_str().into(), token.map(TokenId::as_str).into()];
        // The statement starts from a row of its own, so that there always is one.
        let found = self.shared.lanes.look_up(LOAD, &ids).await?;
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

/// The columns of `tokens t LEFT JOIN accounts a` that [`read`] reads.
macro_rules! token_columns {
    () => {
        "t.id, t.secret, t.client, t.owner, t.scopes, t.issued, t.expires, t.revoked, coalesce(a.disabled, false)"
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
            WHERE t.record < $1 AND ",
            $guard,
            " ORDER BY t.record DESC LIMIT $2"
        )
    };
}

#[async_trait]
impl TokenRegistry for PostgresStore {
    async fn add_tokens(&self, records: &[TokenRecord]) -> Result<Vec<Addition>, StoreError> {
        let text = |of: fn(&TokenRecord) -> &str| records.iter().map(|one| Some(of(one))).collect::<Vec<_>>();
        let time = |of: fn(&TokenRecord) -> Option<Timestamp>| {
            records.iter().map(|one| of(one).map(seconds)).collect::<Vec<_>>()
        };
        let scopes: Vec<_> = records.iter().map(|one| array_text(&one.scopes)).collect();
        let scopes: Vec<_> = scopes.iter().map(|list| Some(list.as_str())).collect();
        let (ids, secrets) = (text(|one| one.id.as_str()), text(|one| one.secret.expose()));
        let (clients, owners) = (text(|one| one.client.as_str()), text(|one| one.owner.as_str()));
        let (issued, expires) = (time(|one| Some(one.issued)), time(|one| one.expires));
        let revoked = time(revoked);
        let values = [
            Value::EachText(&ids),
            Value::EachText(&secrets),
            Value::EachText(&clients),
            Value::EachText(&owners),
            Value::EachText(&scopes),
            Value::EachNumber(&issued),
            Value::EachNumber(&expires),
            Value::EachNumber(&revoked),
        ];
        let rows = self.shared.lanes.all(ADD, &values).await?;
        let mut added = HashSet::new();
        let fate = |row: &Found| {
            let mut columns = row.columns();
            let (id, is_new) = (columns.value::<String>()?, columns.value::<bool>()?);
            Ok(match (columns.value::<bool>()?, columns.value::<bool>()?) {
                (false, _) => Addition::NoClient,
                (_, false) => Addition::NoOwner,
                // Of two with one identifier the first was added.
                _ if is_new && added.insert(id) => Addition::Added,
                _ => Addition::Conflict,
            })
        };
        rows.iter().map(fate).collect()
    }

    async fn tokens(
        &self,
        client: Option<&ClientId>,
        owner: Option<&ResourceOwner>,
        page: Page,
    ) -> Result<Vec<StoredToken>, StoreError> {
        let (bound, limit) = (Value::Number(Some(page.bound())), page.limit.into());
        let (client, owner) = (client.map(ClientId::as_str), owner.map(ResourceOwner::as_str));
        let lanes = &self.shared.lanes;
        // Four statements, so that each uses the index that fits.
        let rows = match (client, owner) {
            (None, None) => lanes.all(list_where!("true"), &[bound, limit]).await,
            (Some(client), None) => {
                lanes.all(list_where!("t.client = $3"), &[bound, limit, client.into()]).await
            }
            (None, Some(owner)) => {
                lanes.all(list_where!("t.owner = $3"), &[bound, limit, owner.into()]).await
            }
            (Some(client), Some(owner)) => {
                let values = [bound, limit, client.into(), owner.into()];
                lanes.all(list_where!("t.client = $3 AND t.owner = $4"), &values).await
            }
        }?;
        let read = |row: &Found| {
            let mut columns = row.columns();
            let token = read(&mut columns)?;
            Ok(StoredToken { record: columns.value()?, token, last_used: columns.optional_time()? })
        };
        rows.iter().map(read).collect()
    }

    async fn withdraw(&self, id: &TokenId) -> Result<Outcome, StoreError> {
        self.guarded(WITHDRAW, &[id.as_str().into()]).await
    }
}

/// The values of a new row, in the order of `INSERT`.
pub(crate) fn values(record: &TokenRecord) -> [Value<'_>; 8] {
    [
        record.id.as_str().into(),
        record.secret.expose().into(),
        record.client.as_str().into(),
        record.owner.as_str().into(),
        record.scopes[..].into(),
        record.issued.into(),
        record.expires.into(),
        revoked(record).into(),
    ]
}

/// That an owner is disabled is what the owner's account says: no token keeps it.
fn revoked(record: &TokenRecord) -> Option<Timestamp> {
    (record.status == TokenStatus::Revoked).then_some(record.issued)
}

/// A list as the text of a `text[]`: an array of arrays would have to be a rectangle.
fn array_text(list: &[String]) -> String {
    let mut text = String::from("{");
    for (number, item) in list.iter().enumerate() {
        text.push_str(if number == 0 { "\"" } else { ",\"" });
        for char in item.chars() {
            if matches!(char, '"' | '\\') {
                text.push('\\');
            }
            text.push(char);
        }
        text.push('"');
    }
    text.push('}');
    text
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
    " FROM (SELECT $1::text AS client, $2::text AS token) q
    LEFT JOIN clients c ON c.id = q.client
    LEFT JOIN tokens t ON t.id = q.token
    LEFT JOIN accounts a ON a.name = t.owner"
);

const INSERT: &str = "INSERT INTO tokens (id, secret, client, owner, scopes, issued, expires, revoked)
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8)";

const REVOKE: &str = "UPDATE tokens SET revoked = $2 WHERE id = $1 AND revoked IS NULL";

const WITHDRAW: &str =
    "WITH token_use AS (DELETE FROM token_uses u USING tokens t WHERE t.id = $1 AND u.record = t.record)
    DELETE FROM tokens WHERE id = $1";

const ADD: &str = "WITH given AS MATERIALIZED (
        SELECT g.*, EXISTS (SELECT 1 FROM clients c WHERE c.id = g.client) AS has_client,
            EXISTS (SELECT 1 FROM accounts a WHERE a.name = g.owner) AS has_owner
        FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[], $6::bigint[], $7::bigint[], $8::bigint[])
            WITH ORDINALITY AS g (id, secret, client, owner, scopes, issued, expires, revoked, number)),
    added AS (
        INSERT INTO tokens (id, secret, client, owner, scopes, issued, expires, revoked)
        SELECT id, secret, client, owner, scopes::text[], issued, expires, revoked
        FROM given WHERE has_client AND has_owner ORDER BY number
        ON CONFLICT (id) DO NOTHING RETURNING id)
    SELECT g.id, added.id IS NOT NULL, g.has_client, g.has_owner
    FROM given g LEFT JOIN added ON added.id = g.id ORDER BY g.number";
