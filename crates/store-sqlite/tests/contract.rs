//! The store contract, against the file itself and against what a server puts on top of it.

use countersign_core::{ClientId, TemporaryId, Timestamp, TokenId};
use countersign_store::{
    Cached, ClientRecord, ClientStore, CredentialStore, Freshness, Grant, KeyRing, Loaded, NonceStore,
    NonceUse, Outcome, Sealed, StoreError, TemporaryRecord, TemporaryStore, TokenRecord, TokenStore,
    contract,
};
use countersign_store_sqlite::{Options, SqliteStore};
use std::sync::Arc;
use tempfile::TempDir;

mod bare {
    use super::*;

    async fn new_store() -> Kept<SqliteStore> {
        Kept::new(|rows| rows)
    }
    contract!(new_store);
}

mod sealed_and_cached {
    use super::*;

    async fn new_store() -> Kept<Cached<Sealed<SqliteStore>>> {
        Kept::new(|rows| Cached::new(Sealed::new(rows, Arc::new(KeyRing::generate())), 1000))
    }
    contract!(new_store);
}

/// A store together with the folder that holds its file.
struct Kept<S> {
    store: S,
    _folder: TempDir,
}

impl<S> Kept<S> {
    fn new(wrap: impl FnOnce(SqliteStore) -> S) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let rows = SqliteStore::open(folder.path().join("test.db"), Options::default()).unwrap();
        Self { store: wrap(rows), _folder: folder }
    }
}

#[async_trait::async_trait]
impl<S: ClientStore> ClientStore for Kept<S> {
    async fn client(&self, id: &ClientId) -> Result<Option<ClientRecord>, StoreError> {
        self.store.client(id).await
    }
}

#[async_trait::async_trait]
impl<S: TemporaryStore> TemporaryStore for Kept<S> {
    async fn create(&self, record: &TemporaryRecord, now: Timestamp) -> Result<(), StoreError> {
        self.store.create(record, now).await
    }

    async fn temporary(&self, id: &TemporaryId) -> Result<Option<TemporaryRecord>, StoreError> {
        self.store.temporary(id).await
    }

    async fn grant(&self, id: &TemporaryId, grant: &Grant, now: Timestamp) -> Result<Outcome, StoreError> {
        self.store.grant(id, grant, now).await
    }

    async fn deny(&self, id: &TemporaryId, now: Timestamp) -> Result<Outcome, StoreError> {
        self.store.deny(id, now).await
    }

    async fn count_wrong_verifier(
        &self,
        id: &TemporaryId,
        most: u32,
        now: Timestamp,
    ) -> Result<u32, StoreError> {
        self.store.count_wrong_verifier(id, most, now).await
    }

    async fn consume(
        &self,
        id: &TemporaryId,
        client: &ClientId,
        now: Timestamp,
    ) -> Result<Outcome, StoreError> {
        self.store.consume(id, client, now).await
    }
}

#[async_trait::async_trait]
impl<S: TokenStore> TokenStore for Kept<S> {
    async fn issue(&self, record: &TokenRecord) -> Result<(), StoreError> {
        self.store.issue(record).await
    }

    async fn load(&self, client: &ClientId, token: Option<&TokenId>) -> Result<Arc<Loaded>, StoreError> {
        self.store.load(client, token).await
    }

    async fn revoke(&self, id: &TokenId, now: Timestamp) -> Result<Outcome, StoreError> {
        self.store.revoke(id, now).await
    }
}

#[async_trait::async_trait]
impl<S: CredentialStore> CredentialStore for Kept<S> {
    async fn redeem(
        &self,
        id: &TemporaryId,
        token: &TokenRecord,
        now: Timestamp,
    ) -> Result<Outcome, StoreError> {
        self.store.redeem(id, token, now).await
    }
}

#[async_trait::async_trait]
impl<S: NonceStore> NonceStore for Kept<S> {
    async fn remember(
        &self,
        used: &NonceUse<'_>,
        until: Timestamp,
        now: Timestamp,
    ) -> Result<Freshness, StoreError> {
        self.store.remember(used, until, now).await
    }
}
