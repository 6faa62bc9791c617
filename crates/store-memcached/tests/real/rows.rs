//! The half that is not in Memcached: clients, tokens and nonces in memory, and the Memcached that ends with them.

use crate::memcached::Memcached;
use async_trait::async_trait;
use countersign_core::{ClientId, Timestamp, TokenId};
use countersign_store::{
    ClientRecord, ClientStore, Loaded, MemoryStore, Outcome, StoreError, TokenRecord, TokenStore,
};
use std::sync::Arc;

pub(crate) struct Rows {
    memory: MemoryStore,
    _memcached: Memcached,
}

impl Rows {
    pub(crate) fn beside(memcached: Memcached) -> Self {
        Self { memory: MemoryStore::default(), _memcached: memcached }
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
