//! Nonces: one row each, found by what was signed.

use crate::{
    SqliteStore,
    rows::{change, seconds},
};
use async_trait::async_trait;
use countersign_core::Timestamp;
use countersign_store::{Freshness, NonceStore, NonceUse, StoreError};

#[async_trait]
impl NonceStore for SqliteStore {
    async fn remember(
        &self,
        used: &NonceUse<'_>,
        until: Timestamp,
        now: Timestamp,
    ) -> Result<Freshness, StoreError> {
        let (stamp, digest) = (seconds(used.timestamp), used.digest(&self.shared.nonce_key));
        let inserted = self
            .change_at(now, move |connection| change(connection, REMEMBER, (stamp, digest, seconds(until))));
        Ok(if inserted.await? == 1 { Freshness::Fresh } else { Freshness::Replayed })
    }
}

const REMEMBER: &str =
    "INSERT INTO nonces (stamp, digest, until) VALUES (?1, ?2, ?3) ON CONFLICT (stamp, digest) DO NOTHING";
