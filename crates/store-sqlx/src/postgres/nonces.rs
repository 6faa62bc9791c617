//! Nonces: one row each, found by what was signed.

use super::PostgresStore;
use crate::sweeper::Sweeps as _;
use async_trait::async_trait;
use countersign_core::Timestamp;
use countersign_store::{Freshness, NonceStore, NonceUse, StoreError};

#[async_trait]
impl NonceStore for PostgresStore {
    async fn remember(
        &self,
        used: &NonceUse<'_>,
        until: Timestamp,
        now: Timestamp,
    ) -> Result<Freshness, StoreError> {
        let digest = used.digest(&self.shared.nonce_key);
        let values = [used.timestamp.into(), digest[..].into(), until.into()];
        let row = self.shared.lanes.first(REMEMBER, &values).await?;
        let (claims, may_be_forgotten): (i64, bool) = match &row {
            Some(row) => {
                let mut columns = row.columns();
                (columns.value()?, columns.value()?)
            }
            None => return Err(StoreError::corrupt("the horizon of nonces is missing")),
        };
        self.sweep_soon(now);
        match (claims, may_be_forgotten) {
            (_, true) => Err(StoreError::unavailable(
                "the time of this nonce is over for the database: this machine's clock is behind",
            )),
            (1, false) => Ok(Freshness::Fresh),
            _ => Ok(Freshness::Replayed),
        }
    }
}

const REMEMBER: &str = "WITH claimed AS (
        INSERT INTO nonces (stamp, digest, until)
        SELECT $1::bigint, $2::bytea, $3::bigint FROM nonce_horizon WHERE refused < $3::bigint
        ON CONFLICT (stamp, digest) DO NOTHING RETURNING 1)
    SELECT (SELECT count(*) FROM claimed), refused >= $3::bigint FROM nonce_horizon";
