//! Nonces, for whoever accepts that some are forgotten.

use crate::{MemcachedStore, lanes::Changed, lifetime};
use async_trait::async_trait;
use countersign_core::Timestamp;
use countersign_store::{Freshness, NonceKey, NonceStore, NonceUse, StoreError};

/// Nonces in Memcached: each is accepted once, **as long as Memcached remembers it**.
///
/// # Security
///
/// See [`MemcachedStore::danger_nonces`], which makes it.
#[derive(Clone, Debug)]
pub struct DangerousNonces {
    store: MemcachedStore,
    key: NonceKey,
}

impl DangerousNonces {
    pub(crate) const fn new(store: MemcachedStore, key: NonceKey) -> Self {
        Self { store, key }
    }
}

#[async_trait]
impl NonceStore for DangerousNonces {
    async fn remember(
        &self,
        used: &NonceUse<'_>,
        until: Timestamp,
        now: Timestamp,
    ) -> Result<Freshness, StoreError> {
        let key = self.store.key("n:", &used.digest(&self.key));
        let lanes = &self.store.shared.lanes;
        let mut lane = lanes.take().await?;
        let added = lane.set(&key, "1", &["ME", &lifetime(until, now)]).await?;
        lanes.give_back(lane);
        Ok(if added == Changed::Done { Freshness::Fresh } else { Freshness::Replayed })
    }
}
