//! Creation that may be asked for twice and happens once.

use crate::{
    SqliteStore,
    rows::{atomically, change, find, guarded, seconds},
};
use async_trait::async_trait;
use countersign_core::{Secret, Timestamp};
use countersign_store::{Claim, IdempotencyStore, IdempotentRequest, Outcome, StoreError};
use rusqlite::Connection;

#[async_trait]
impl IdempotencyStore for SqliteStore {
    async fn claim_request(&self, request: &IdempotentRequest, now: Timestamp) -> Result<Claim, StoreError> {
        let request = request.clone();
        self.change_at(now, move |connection| {
            atomically(connection, |connection| claim(connection, &request, now))
        })
        .await
    }

    async fn answer_request(
        &self,
        request: &IdempotentRequest,
        answer: &Secret,
    ) -> Result<Outcome, StoreError> {
        let (request, answer) = (request.clone(), answer.clone());
        self.change(move |connection| {
            let sql = "UPDATE idempotent SET answer = ?3
                WHERE name = ?1 AND request_hash = ?2 AND answer IS NULL";
            guarded(connection, sql, (request.name(), request.hash, answer.expose()))
        })
        .await
    }

    async fn release_request(&self, request: &IdempotentRequest) -> Result<Outcome, StoreError> {
        let request = request.clone();
        self.change(move |connection| {
            let sql = "DELETE FROM idempotent WHERE name = ?1 AND request_hash = ?2 AND answer IS NULL";
            guarded(connection, sql, (request.name(), request.hash))
        })
        .await
    }
}

fn claim(connection: &Connection, request: &IdempotentRequest, now: Timestamp) -> Result<Claim, StoreError> {
    let values = (request.name(), request.hash, seconds(request.expires), seconds(now));
    if change(connection, CLAIM, values)? == 1 {
        return Ok(Claim::Claimed);
    }
    let found = find(connection, FIND, [request.name()], |columns| {
        let hash: [u8; 32] = columns.value()?;
        Ok((hash, columns.optional_text()?.map(Secret::from)))
    })?;
    let (hash, answer) = found.ok_or_else(|| StoreError::corrupt("a claimed request is gone"))?;
    Ok(match answer {
        _ if hash != request.hash => Claim::Mismatch,
        Some(answer) => Claim::Answered(answer),
        None => Claim::Pending,
    })
}

/// Where it is not there, or expired.
const CLAIM: &str = "INSERT INTO idempotent (name, request_hash, expires) VALUES (?1, ?2, ?3)
    ON CONFLICT (name) DO UPDATE SET request_hash = excluded.request_hash, expires = excluded.expires, answer = NULL
    WHERE expires <= ?4";

const FIND: &str = "SELECT request_hash, answer FROM idempotent WHERE name = ?1";
