//! Nonces: one row each, found by what was signed.

use super::{MySqlStore, values::time};
use crate::sweeper::Sweeps as _;
use async_trait::async_trait;
use countersign_core::Timestamp;
use countersign_store::{Freshness, NonceStore, NonceUse, StoreError, StoreErrorKind};

#[async_trait]
impl NonceStore for MySqlStore {
    async fn remember(
        &self,
        used: &NonceUse<'_>,
        until: Timestamp,
        now: Timestamp,
    ) -> Result<Freshness, StoreError> {
        let digest = used.digest(&self.shared.nonce_key);
        let values = vec![time(used.timestamp), digest[..].into(), time(until), time(until)];
        let claimed = self.shared.pool.change(REMEMBER, values).await;
        self.sweep_soon(now);
        match claimed {
            Ok(1) => Ok(Freshness::Fresh),
            Ok(_) => Err(StoreError::unavailable(
                "the time of this nonce is over for the database: this machine's clock is behind",
            )),
            // The row that was there first: no other rule of the table can be broken in this way.
            Err(error) if error.kind() == StoreErrorKind::Conflict => Ok(Freshness::Replayed),
            Err(error) => Err(error),
        }
    }
}

// A plain INSERT: one that ignores errors would take a refused value for a replay, or cut it.
const REMEMBER: &str = "INSERT INTO nonces (stamp, digest, until)
    SELECT ?, ?, ? FROM nonce_horizon WHERE refused < ?";
