//! Nonces: one small key each, named by what was signed.

use crate::{RedisStore, link::Ask};
use async_trait::async_trait;
use countersign_core::Timestamp;
use countersign_store::{Freshness, NonceStore, NonceUse, StoreError};

#[async_trait]
impl NonceStore for RedisStore {
    async fn remember(
        &self,
        used: &NonceUse<'_>,
        until: Timestamp,
        now: Timestamp,
    ) -> Result<Freshness, StoreError> {
        // Kept as long as either clock asks for. By the caller's alone, a nonce that came through a node whose clock is behind
        // would be gone at once, and fresh again.
        let till = until.plus(self.shared.link.ahead(now).await?).min(LATEST);
        let mut claim = redis::cmd("SET");
        claim.arg(self.key("n:", &used.digest(&self.shared.nonce_key))).arg(1);
        claim.arg("NX").arg("EXAT").arg(till.seconds());
        let claimed: bool = self.shared.link.ask(&Ask::Command(claim)).await?;
        Ok(if claimed { Freshness::Fresh } else { Freshness::Replayed })
    }
}

/// Redis refuses a time that is too late for it to count in milliseconds.
const LATEST: Timestamp = Timestamp::from_seconds(99_999_999_999);
