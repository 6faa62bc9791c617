//! The database as a whole.

use super::{PostgresStore, schema};
use async_trait::async_trait;
use countersign_core::Timestamp;
use countersign_store::{AdminStore, Lookups, NonceKey, StoreError};

#[async_trait]
impl AdminStore for PostgresStore {
    async fn check(&self) -> Result<(), StoreError> {
        schema::check(&self.shared.lanes).await
    }

    async fn check_writable(&self, now: Timestamp) -> Result<(), StoreError> {
        match self.shared.lanes.change(BEAT, &[now.into()]).await? {
            1 => Ok(()),
            _ => Err(StoreError::corrupt("the heartbeat is missing")),
        }
    }

    async fn clock(&self) -> Result<Option<Timestamp>, StoreError> {
        let found = self.shared.lanes.first(CLOCK, &[]).await?;
        let row = found.ok_or_else(|| StoreError::corrupt("the database has no clock"))?;
        row.columns().time().map(Some)
    }

    async fn flush(&self) -> Result<(), StoreError> {
        self.append_waiting().await
    }

    async fn close(&self) {
        self.shared.listeners.end();
        // OK because what fails is logged there
        drop(self.append_waiting().await);
    }

    async fn tell_changes(&self, lookups: Lookups) {
        Self::tell_changes(self, lookups).await;
    }

    async fn begin_claims(&self, now: Timestamp) -> Result<Option<Timestamp>, StoreError> {
        // Whoever is not the first needs no database that can be written to.
        if let Some(when) = self.first_claim().await? {
            return Ok(Some(when));
        }
        match self.shared.lanes.change(BEGIN, &[now.into()]).await? {
            1 => Ok(None),
            _ => self
                .first_claim()
                .await?
                .map(Some)
                .ok_or_else(|| StoreError::corrupt("the first claim is gone")),
        }
    }

    async fn nonces_at(&self, place: &str, now: Timestamp) -> Result<Option<Timestamp>, StoreError> {
        let lanes = &self.shared.lanes;
        // Whoever moves nothing needs no database that can be written to.
        let found = match lanes.first(MOVED, &[place.into()]).await? {
            Some(row) => Some(row),
            None => lanes.first(MOVE, &[place.into(), now.into()]).await?,
        };
        found.ok_or_else(|| StoreError::corrupt("the place of nonces is gone"))?.columns().optional_time()
    }

    fn nonce_key(&self) -> NonceKey {
        self.shared.nonce_key.clone()
    }
}

impl PostgresStore {
    async fn first_claim(&self) -> Result<Option<Timestamp>, StoreError> {
        let found = self.shared.lanes.first(FIRST, &[]).await?;
        found.map(|row| row.columns().time()).transpose()
    }
}

const BEGIN: &str = "INSERT INTO first_claim (at) VALUES ($1) ON CONFLICT DO NOTHING";
const FIRST: &str = "SELECT at FROM first_claim";
const MOVED: &str = "SELECT moved FROM nonce_place WHERE place = $1";
const MOVE: &str = "INSERT INTO nonce_place AS known (place) VALUES ($1)
    ON CONFLICT (one) DO UPDATE SET place = $1, moved = CASE WHEN known.place = $1 THEN known.moved ELSE $2::bigint END
    RETURNING moved";
const BEAT: &str = "UPDATE heartbeat SET at = $1";
const CLOCK: &str = "SELECT extract(epoch FROM clock_timestamp())::bigint";
