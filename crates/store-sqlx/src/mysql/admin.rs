//! The database as a whole.

use super::{MySqlStore, rows::Columns, schema, values::time};
use async_trait::async_trait;
use countersign_core::Timestamp;
use countersign_store::{AdminStore, NonceKey, StoreError, StoreErrorKind};
use mysql_async::Value;

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

    async fn begin_claims(&self, now: Timestamp) -> Result<Option<Timestamp>, StoreError> {
        // Whoever is not the first needs no database that can be written to.
        if let Some(when) = self.first_claim().await? {
            return Ok(Some(when));
        }
        match self.shared.pool.change(BEGIN, vec![time(now)]).await {
            Ok(_) => Ok(None),
            Err(error) if error.kind() != StoreErrorKind::Conflict => Err(error),
            Err(_) => self
                .first_claim()
                .await?
                .map(Some)
                .ok_or_else(|| StoreError::corrupt("the first claim is gone")),
        }
    }

    async fn nonces_at(&self, place: &str, now: Timestamp) -> Result<Option<Timestamp>, StoreError> {
        let (pool, place) = (&self.shared.pool, Value::from(place));
        let mut found = pool.first(MOVED, vec![place.clone()]).await?;
        // Whoever moves nothing needs no database that can be written to.
        if found.is_none() {
            pool.change(MOVE, vec![place.clone(), time(now), place.clone()]).await?;
            found = pool.first(MOVED, vec![place]).await?;
        }
        // A place that was noted and is gone again was taken by another node.
        let row = found.ok_or_else(|| StoreError::unavailable("nodes name different places of nonces"))?;
        Columns::of(&row).optional_time()
    }

    fn nonce_key(&self) -> NonceKey {
        self.shared.nonce_key.clone()
    }
}

impl MySqlStore {
    async fn first_claim(&self) -> Result<Option<Timestamp>, StoreError> {
        let found = self.shared.pool.first(FIRST, Vec::new()).await?;
        found.map(|row| Columns::of(&row).time()).transpose()
    }
}

/// Its key makes it fail where it is there. No `ON DUPLICATE KEY`, which counts a row that stays as it is.
const BEGIN: &str = "INSERT INTO first_claim (one, at) VALUES (1, ?)";
const FIRST: &str = "SELECT at FROM first_claim";
const MOVED: &str = "SELECT moved FROM nonce_place WHERE place = ?";
/// From left to right: the place is still the old one where the time is set.
const MOVE: &str = "INSERT INTO nonce_place (one, place) VALUES (1, ?)
    ON DUPLICATE KEY UPDATE moved = IF(place = VALUES(place), moved, ?), place = ?";
const BEAT: &str = "UPDATE heartbeat SET at = ?";
const CLOCK: &str = "SELECT UNIX_TIMESTAMP()";
