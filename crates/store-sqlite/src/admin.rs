//! The database as a whole.

use crate::{SqliteStore, rows, schema};
use async_trait::async_trait;
use countersign_core::Timestamp;
use countersign_store::{AdminStore, NonceKey, StoreError};
use rusqlite::Connection;
use std::sync::PoisonError;

#[async_trait]
impl AdminStore for SqliteStore {
    async fn check(&self) -> Result<(), StoreError> {
        self.read(schema::check)
    }

    async fn check_writable(&self, now: Timestamp) -> Result<(), StoreError> {
        self.change_at(now, move |connection| {
            let beat = "UPDATE meta SET value = ?1 WHERE name = 'heartbeat'";
            rows::change(connection, beat, [rows::seconds(now)]).map(drop)
        })
        .await
    }

    async fn clock(&self) -> Result<Option<Timestamp>, StoreError> {
        Ok(None)
    }

    async fn flush(&self) -> Result<(), StoreError> {
        self.change(|_| Ok(())).await
    }

    /// Ends the writer too; every later change is refused as unavailable, reads go on.
    async fn close(&self) {
        self.shared.writer.close().await;
    }

    async fn begin_claims(&self, now: Timestamp) -> Result<Option<Timestamp>, StoreError> {
        if let Some(when) = self.read(first_claim)? {
            return Ok(Some(when));
        }
        // What `Synchronous::Normal` could undo would be the first again. A panic while it is held leaves it whole.
        let connection = self.shared.durable.lock().unwrap_or_else(PoisonError::into_inner);
        match rows::change(&connection, BEGIN, [rows::seconds(now)])? {
            1 => Ok(None),
            _ => first_claim(&connection)?
                .map(Some)
                .ok_or_else(|| StoreError::corrupt("the first claim is gone")),
        }
    }

    async fn nonces_at(&self, place: &str, now: Timestamp) -> Result<Option<Timestamp>, StoreError> {
        // As above.
        let connection = self.shared.durable.lock().unwrap_or_else(PoisonError::into_inner);
        rows::atomically(&connection, |connection| {
            rows::change(connection, AT_FIRST, [place])?;
            rows::change(connection, MOVED, (place, rows::seconds(now)))?;
            rows::change(connection, NOW_AT, [place])?;
            rows::find(connection, LAST_MOVE, [], |columns| columns.time())
        })
    }

    fn nonce_key(&self) -> NonceKey {
        self.shared.nonce_key.clone()
    }
}

fn first_claim(connection: &Connection) -> Result<Option<Timestamp>, StoreError> {
    let sql = "SELECT value FROM meta WHERE name = 'first_claim'";
    rows::find(connection, sql, [], |columns| columns.time())
}

const BEGIN: &str = "INSERT INTO meta (name, value) VALUES ('first_claim', ?1) ON CONFLICT DO NOTHING";
const AT_FIRST: &str = "INSERT INTO meta (name, value) VALUES ('nonce_place', ?1) ON CONFLICT DO NOTHING";
const MOVED: &str = "INSERT INTO meta (name, value)
    SELECT 'nonces_moved', ?2 FROM meta WHERE name = 'nonce_place' AND value <> ?1
    ON CONFLICT (name) DO UPDATE SET value = excluded.value";
const NOW_AT: &str = "UPDATE meta SET value = ?1 WHERE name = 'nonce_place'";
const LAST_MOVE: &str = "SELECT value FROM meta WHERE name = 'nonces_moved'";
