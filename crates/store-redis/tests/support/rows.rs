//! The half that is in no cache: clients and tokens in memory, and the server of the cache, which ends with them.

use async_trait::async_trait;
use countersign_core::{ClientId, Timestamp, TokenId};
use countersign_store::{
    ClientRecord, ClientStore, Loaded, MemoryStore, Outcome, StoreError, TokenRecord, TokenStore,
};
use std::{any::Any, sync::Arc};

pub(crate) struct Rows {
    memory: MemoryStore,
    _beside: Box<dyn Any + Send + Sync>,
}

impl Rows {
    /// Beside that server, or those.
    pub(crate) fn beside(server: impl Any + Send + Sync) -> Self {
        Self { memory: MemoryStore::default(), _beside: Box::new(server) }
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
