//! The database as a whole.

use super::{MySqlStore, rows::Columns, schema, values::time};
use async_trait::async_trait;
use countersign_core::Timestamp;
use countersign_store::{AdminStore, NonceKey, StoreError};

#[async_trait]
impl AdminStore for MySqlStore {
    async fn check(&self) -> Result<(), StoreError> {
        schema::check(&self.shared.pool).await
    }

    async fn check_writable(&self, now: Timestamp) -> Result<(), StoreError> {
        match self.shared.pool.change(BEAT, vec![time(now)]).await? {
            1 => Ok(()),
            _ => Err(StoreError::corrupt("the heartbeat is missing")),
        }
    }

    async fn clock(&self) -> Result<Option<Timestamp>, StoreError> {
        let found = self.shared.pool.first(CLOCK, Vec::new()).await?;
        let row = found.ok_or_else(|| StoreError::corrupt("the database has no clock"))?;
        Columns::of(&row).time().map(Some)
    }

    async fn flush(&self) -> Result<(), StoreError> {
        self.append_waiting().await
    }

    async fn close(&self) {
        // OK because what fails is logged there
        drop(self.append_waiting().await);
    }

    fn nonce_key(&self) -> NonceKey {
        self.shared.nonce_key.clone()
    }
}

const BEAT: &str = "UPDATE heartbeat SET at = ?";
const CLOCK: &str = "SELECT UNIX_TIMESTAMP()";
