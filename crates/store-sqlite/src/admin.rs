//! The database as a whole.

use crate::{SqliteStore, rows, schema};
use async_trait::async_trait;
use countersign_core::Timestamp;
use countersign_store::{AdminStore, NonceKey, StoreError};

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

    fn nonce_key(&self) -> NonceKey {
        self.shared.nonce_key.clone()
    }
}
