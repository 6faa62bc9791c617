//! The half that is not in Redis: clients and tokens in memory, and the Redis that ends with them.

use crate::redis::Redis;
use async_trait::async_trait;
use countersign_core::{ClientId, Timestamp, TokenId};
use countersign_store::{
    ClientRecord, ClientStore, Loaded, MemoryStore, Outcome, StoreError, TokenRecord, TokenStore,
};
use std::sync::Arc;

pub(crate) struct Rows {
    memory: MemoryStore,
    _redis: Vec<Redis>,
}

impl Rows {
    pub(crate) fn beside(redis: Redis) -> Self {
        Self::beside_all(vec![redis])
    }

    pub(crate) fn beside_all(redis: Vec<Redis>) -> Self {
        Self { memory: MemoryStore::default(), _redis: redis }
    }
}

#[async_trait]
impl ClientStore for Rows {
    async fn client(&self, id: &ClientId) -> Result<Option<ClientRecord>, StoreError> {
        self.memory.client(id).await
    }
}

#[async_trait]
impl TokenStore for Rows {
    async fn issue(&self, record: &TokenRecord) -> Result<(), StoreError> {
        self.memory.issue(record).await
    }

    async fn load(&self, client: &ClientId, token: Option<&TokenId>) -> Result<Arc<Loaded>, StoreError> {
        self.memory.load(client, token).await
    }

    async fn revoke(&self, id: &TokenId, now: Timestamp) -> Result<Outcome, StoreError> {
        self.memory.revoke(id, now).await
    }
}
