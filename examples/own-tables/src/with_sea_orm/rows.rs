//! Records as models, and back. What cannot be read is a corrupt row, never an absent one.

use super::entities::{app_grant, app_request, partner, prelude::*, used_nonce};
use countersign_core::{BadId, Timestamp};
use countersign_store::*;
use sea_orm::{ActiveValue::Set, *};
use std::str::FromStr;

pub(super) fn client(row: partner::Model) -> Result<ClientRecord, StoreError> {
    let blocked = row.blocked_at.is_some();
    Ok(ClientRecord {
        callbacks: row.return_url.into_iter().collect(),
        scopes: list(&row.areas)?,
        status: if blocked { ClientStatus::Suspended } else { ClientStatus::Active },
        created: time(row.joined_at)?,
        ..ClientRecord::new(id(&row.api_key)?, row.company, ClientKey::Secret(row.api_secret.into()))
    })
}

pub(super) fn temporary(row: app_request::Model) -> Result<TemporaryRecord, StoreError> {
    Ok(TemporaryRecord {
        id: id(&row.request_key)?,
        secret: row.request_secret.into(),
        client: id(&row.partner_key)?,
        callback: row.return_url.into(),
        scopes: list(&row.areas)?,
        expires: time(row.ends_at)?,
        state: TemporaryState::from_columns(row.declined, row.customer, row.code_hash)?,
    })
}

pub(super) fn token(row: app_grant::Model) -> Result<TokenRecord, StoreError> {
    let withdrawn = row.withdrawn_at.is_some();
    Ok(TokenRecord {
        id: id(&row.grant_key)?,
        secret: row.grant_secret.into(),
        client: id(&row.partner_key)?,
        owner: row.customer.into(),
        scopes: list(&row.areas)?,
        issued: time(row.granted_at)?,
        expires: row.ends_at.map(time).transpose()?,
        status: if withdrawn { TokenStatus::Revoked } else { TokenStatus::Active },
    })
}

pub(super) fn new_request(record: &TemporaryRecord) -> Insert<app_request::ActiveModel> {
    AppRequest::insert(app_request::ActiveModel {
        request_key: Set(record.id.as_str().into()),
        request_secret: Set(record.secret.expose().into()),
        partner_key: Set(record.client.as_str().into()),
        return_url: Set(record.callback.as_str().into()),
        areas: Set(json(&record.scopes)),
        ends_at: Set(seconds(record.expires)),
        ..Default::default()
    })
}

pub(super) fn new_grant(record: &TokenRecord) -> Insert<app_grant::ActiveModel> {
    AppGrant::insert(app_grant::ActiveModel {
        grant_key: Set(record.id.as_str().into()),
        grant_secret: Set(record.secret.expose().into()),
        partner_key: Set(record.client.as_str().into()),
        customer: Set(record.owner.as_str().into()),
        areas: Set(json(&record.scopes)),
        granted_at: Set(seconds(record.issued)),
        ends_at: Set(record.expires.map(seconds)),
        ..Default::default()
    })
}

pub(super) fn new_nonce(used: &NonceUse<'_>, until: Timestamp) -> TryInsert<used_nonce::ActiveModel> {
    let row = used_nonce::ActiveModel {
        partner_key: Set(used.client.as_str().into()),
        grant_key: Set(used.token.unwrap_or_default().into()),
        stamp: Set(seconds(used.timestamp)),
        nonce: Set(used.nonce.as_str().into()),
        keep_until: Set(seconds(until)),
    };
    UsedNonce::insert(row).on_conflict_do_nothing()
}

pub(super) fn changed(done: Result<UpdateResult, DbErr>) -> Result<Outcome, StoreError> {
    done.map(|done| outcome(done.rows_affected)).map_err(failed)
}

pub(super) fn removed(done: Result<DeleteResult, DbErr>) -> Result<Outcome, StoreError> {
    done.map(|done| outcome(done.rows_affected)).map_err(failed)
}

fn outcome(rows: u64) -> Outcome {
    if rows == 1 { Outcome::Done } else { Outcome::Refused }
}

pub(super) fn failed(error: DbErr) -> StoreError {
    match error.sql_err() {
        Some(SqlErr::UniqueConstraintViolation(_)) => StoreError::conflict(),
        _ if matches!(error, DbErr::Type(_) | DbErr::TryIntoErr { .. }) => StoreError::corrupt(error),
        _ => StoreError::unavailable(error),
    }
}

pub(super) fn immediate() -> TransactionOptions {
    let sqlite_transaction_mode = Some(SqliteTransactionMode::Immediate);
    TransactionOptions { sqlite_transaction_mode, ..Default::default() }
}

/// The largest number of the column stands for whatever is later.
pub(super) fn seconds(time: Timestamp) -> i64 {
    time.seconds().try_into().unwrap_or(i64::MAX)
}

fn time(seconds: i64) -> Result<Timestamp, StoreError> {
    seconds.try_into().map(Timestamp::from_seconds).map_err(StoreError::corrupt)
}

fn id<T: FromStr<Err = BadId>>(text: &str) -> Result<T, StoreError> {
    text.parse().map_err(StoreError::corrupt)
}

fn list(text: &str) -> Result<Vec<String>, StoreError> {
    serde_json::from_str(text).map_err(StoreError::corrupt)
}

fn json(list: &[String]) -> String {
    serde_json::json!(list).to_string()
}
