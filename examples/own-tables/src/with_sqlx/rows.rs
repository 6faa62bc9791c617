//! Records as rows, and back. What cannot be read is a corrupt row, never an absent one.

use countersign_core::{BadId, Timestamp};
use countersign_store::*;
use sqlx::{Error, Row, Sqlite, query, query::Query, sqlite::*};
use std::str::FromStr;

pub(super) type Statement<'q> = Query<'q, Sqlite, SqliteArguments>;

pub(super) fn client(row: SqliteRow) -> Result<ClientRecord, Error> {
    let key = ClientKey::Secret(row.try_get::<String, _>("api_secret")?.into());
    let blocked = row.try_get::<Option<i64>, _>("blocked_at")?.is_some();
    Ok(ClientRecord {
        callbacks: row.try_get::<Option<String>, _>("return_url")?.into_iter().collect(),
        scopes: list(&row)?,
        status: if blocked { ClientStatus::Suspended } else { ClientStatus::Active },
        created: time(row.try_get("joined_at")?)?,
        ..ClientRecord::new(id(&row, "api_key")?, row.try_get::<String, _>("company")?, key)
    })
}

pub(super) fn temporary(row: SqliteRow) -> Result<TemporaryRecord, Error> {
    Ok(TemporaryRecord {
        id: id(&row, "request_key")?,
        secret: row.try_get::<String, _>("request_secret")?.into(),
        client: id(&row, "partner_key")?,
        callback: row.try_get::<String, _>("return_url")?.into(),
        scopes: list(&row)?,
        expires: time(row.try_get("ends_at")?)?,
        state: TemporaryState::from_columns(
            row.try_get("declined")?,
            row.try_get("customer")?,
            row.try_get("code_hash")?,
        )
        .map_err(Error::decode)?,
    })
}

pub(super) fn token(row: SqliteRow) -> Result<TokenRecord, Error> {
    let withdrawn = row.try_get::<Option<i64>, _>("withdrawn_at")?.is_some();
    Ok(TokenRecord {
        id: id(&row, "grant_key")?,
        secret: row.try_get::<String, _>("grant_secret")?.into(),
        client: id(&row, "partner_key")?,
        owner: row.try_get::<String, _>("customer")?.into(),
        scopes: list(&row)?,
        issued: time(row.try_get("granted_at")?)?,
        expires: row.try_get::<Option<_>, _>("ends_at")?.map(time).transpose()?,
        status: if withdrawn { TokenStatus::Revoked } else { TokenStatus::Active },
    })
}

pub(super) fn insert_temporary(it: &TemporaryRecord) -> Statement<'_> {
    let sql = "INSERT INTO app_requests
               (request_key, request_secret, partner_key, return_url, areas, ends_at)
               VALUES ($1, $2, $3, $4, $5, $6)";
    let row = query(sql).bind(it.id.as_str()).bind(it.secret.expose()).bind(it.client.as_str());
    row.bind(it.callback.as_str()).bind(json(&it.scopes)).bind(seconds(it.expires))
}

pub(super) fn insert_token(it: &TokenRecord) -> Statement<'_> {
    let sql = "INSERT INTO app_grants
               (grant_key, grant_secret, partner_key, customer, areas, granted_at, ends_at)
               VALUES ($1, $2, $3, $4, $5, $6, $7)";
    let row = query(sql).bind(it.id.as_str()).bind(it.secret.expose()).bind(it.client.as_str());
    let row = row.bind(it.owner.as_str()).bind(json(&it.scopes));
    row.bind(seconds(it.issued)).bind(it.expires.map(seconds))
}

pub(super) fn insert_nonce<'q>(used: &'q NonceUse<'_>, until: Timestamp) -> Statement<'q> {
    let sql = "INSERT INTO used_nonces (partner_key, grant_key, stamp, nonce, keep_until)
               VALUES ($1, $2, $3, $4, $5) ON CONFLICT DO NOTHING";
    let row = query(sql).bind(used.client.as_str()).bind(used.token.unwrap_or_default());
    row.bind(seconds(used.timestamp)).bind(used.nonce.as_str()).bind(seconds(until))
}

pub(super) fn changed(done: Result<SqliteQueryResult, Error>) -> Result<Outcome, StoreError> {
    done.map(|done| if done.rows_affected() == 1 { Outcome::Done } else { Outcome::Refused }).map_err(failed)
}

pub(super) fn failed(error: Error) -> StoreError {
    match error {
        Error::Database(error) if error.is_unique_violation() => StoreError::conflict(),
        Error::ColumnDecode { .. } | Error::Decode(_) => StoreError::corrupt(error),
        _ => StoreError::unavailable(error),
    }
}

/// The largest number of the column stands for whatever is later.
pub(super) fn seconds(time: Timestamp) -> i64 {
    time.seconds().try_into().unwrap_or(i64::MAX)
}

fn time(seconds: i64) -> Result<Timestamp, Error> {
    seconds.try_into().map(Timestamp::from_seconds).map_err(Error::decode)
}

fn id<T: FromStr<Err = BadId>>(row: &SqliteRow, column: &str) -> Result<T, Error> {
    row.try_get::<&str, _>(column)?.parse().map_err(Error::decode)
}

fn list(row: &SqliteRow) -> Result<Vec<String>, Error> {
    serde_json::from_str(row.try_get("areas")?).map_err(Error::decode)
}

fn json(list: &[String]) -> String {
    serde_json::json!(list).to_string()
}
