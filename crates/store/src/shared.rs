//! A store behind an `Arc` is a store: so that which one it is can be chosen at run time.

use crate::{
    client::{ClientRecord, ClientStore},
    credentials::{
        CredentialStore, Grant, Outcome, TemporaryRecord, TemporaryStore, TokenRecord, TokenStore,
    },
    error::StoreError,
    loaded::Loaded,
    nonce::{Freshness, NonceStore, NonceUse},
};
use async_trait::async_trait;
use countersign_core::{ClientId, TemporaryId, Timestamp, TokenId};
use std::sync::Arc;

#[async_trait]
impl<S: ClientStore + ?Sized> ClientStore for Arc<S> {
    async fn client(&self, id: &ClientId) -> Result<Option<ClientRecord>, StoreError> {
        (**self).client(id).await
    }
}

#[async_trait]
impl<S: TemporaryStore + ?Sized> TemporaryStore for Arc<S> {
    async fn create(&self, record: &TemporaryRecord, now: Timestamp) -> Result<(), StoreError> {
        (**self).create(record, now).await
    }

    async fn temporary(&self, id: &TemporaryId) -> Result<Option<TemporaryRecord>, StoreError> {
        (**self).temporary(id).await
    }

    async fn grant(&self, id: &TemporaryId, grant: &Grant, now: Timestamp) -> Result<Outcome, StoreError> {
        (**self).grant(id, grant, now).await
    }

    async fn deny(&self, id: &TemporaryId, now: Timestamp) -> Result<Outcome, StoreError> {
        (**self).deny(id, now).await
    }

    async fn count_wrong_verifier(
        &self,
        id: &TemporaryId,
        most: u32,
        now: Timestamp,
    ) -> Result<u32, StoreError> {
        (**self).count_wrong_verifier(id, most, now).await
    }

    async fn consume(
        &self,
        id: &TemporaryId,
        client: &ClientId,
        now: Timestamp,
    ) -> Result<Outcome, StoreError> {
        (**self).consume(id, client, now).await
    }
}

#[async_trait]
impl<S: TokenStore + ?Sized> TokenStore for Arc<S> {
    async fn issue(&self, record: &TokenRecord) -> Result<(), StoreError> {
        (**self).issue(record).await
    }

    async fn load(&self, client: &ClientId, token: Option<&TokenId>) -> Result<Arc<Loaded>, StoreError> {
        (**self).load(client, token).await
    }

    async fn revoke(&self, id: &TokenId, now: Timestamp) -> Result<Outcome, StoreError> {
        (**self).revoke(id, now).await
    }
}

#[async_trait]
impl<S: CredentialStore + ?Sized> CredentialStore for Arc<S> {
    async fn redeem(
        &self,
        id: &TemporaryId,
        token: &TokenRecord,
        now: Timestamp,
    ) -> Result<Outcome, StoreError> {
        (**self).redeem(id, token, now).await
    }
}

#[async_trait]
impl<S: NonceStore + ?Sized> NonceStore for Arc<S> {
    async fn remember(
        &self,
        used: &NonceUse<'_>,
        until: Timestamp,
        now: Timestamp,
    ) -> Result<Freshness, StoreError> {
        (**self).remember(used, until, now).await
    }
}
