//! Composes a store from two halves that share no transaction: temporaries in a cache, tokens in a database.

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

/// Temporary credentials (and nonces) in `T`, clients and token credentials in `K`.
///
/// Redeeming consumes first: a crash between the two loses one grant, which its owner can repeat, and never gives out two
/// tokens.
#[derive(Clone, Debug)]
pub struct Split<T, K> {
    temporaries: T,
    tokens: K,
}

impl<T, K> Split<T, K> {
    /// Composes both halves.
    pub const fn new(temporaries: T, tokens: K) -> Self {
        Self { temporaries, tokens }
    }
}

#[async_trait]
impl<T: TemporaryStore, K: TokenStore> CredentialStore for Split<T, K> {
    async fn redeem(
        &self,
        id: &TemporaryId,
        token: &TokenRecord,
        now: Timestamp,
    ) -> Result<Outcome, StoreError> {
        let outcome = self.temporaries.consume(id, &token.client, now).await?;
        if outcome == Outcome::Done {
            self.tokens.issue(token).await?;
        }
        Ok(outcome)
    }
}

#[async_trait]
impl<T: TemporaryStore, K: TokenStore> TemporaryStore for Split<T, K> {
    async fn create(&self, record: &TemporaryRecord, now: Timestamp) -> Result<(), StoreError> {
        self.temporaries.create(record, now).await
    }

    async fn temporary(&self, id: &TemporaryId) -> Result<Option<TemporaryRecord>, StoreError> {
        self.temporaries.temporary(id).await
    }

    async fn grant(&self, id: &TemporaryId, grant: &Grant, now: Timestamp) -> Result<Outcome, StoreError> {
        self.temporaries.grant(id, grant, now).await
    }

    async fn deny(&self, id: &TemporaryId, now: Timestamp) -> Result<Outcome, StoreError> {
        self.temporaries.deny(id, now).await
    }

    async fn count_wrong_verifier(
        &self,
        id: &TemporaryId,
        most: u32,
        now: Timestamp,
    ) -> Result<u32, StoreError> {
        self.temporaries.count_wrong_verifier(id, most, now).await
    }

    async fn consume(
        &self,
        id: &TemporaryId,
        client: &ClientId,
        now: Timestamp,
    ) -> Result<Outcome, StoreError> {
        self.temporaries.consume(id, client, now).await
    }
}

#[async_trait]
impl<T: TemporaryStore, K: TokenStore> TokenStore for Split<T, K> {
    async fn issue(&self, record: &TokenRecord) -> Result<(), StoreError> {
        self.tokens.issue(record).await
    }

    async fn load(&self, client: &ClientId, token: Option<&TokenId>) -> Result<Arc<Loaded>, StoreError> {
        self.tokens.load(client, token).await
    }

    async fn revoke(&self, id: &TokenId, now: Timestamp) -> Result<Outcome, StoreError> {
        self.tokens.revoke(id, now).await
    }
}

#[async_trait]
impl<T: Send + Sync, K: ClientStore> ClientStore for Split<T, K> {
    async fn client(&self, id: &ClientId) -> Result<Option<ClientRecord>, StoreError> {
        self.tokens.client(id).await
    }
}

#[async_trait]
impl<T: NonceStore, K: Send + Sync> NonceStore for Split<T, K> {
    async fn remember(
        &self,
        used: &NonceUse<'_>,
        until: Timestamp,
        now: Timestamp,
    ) -> Result<Freshness, StoreError> {
        self.temporaries.remember(used, until, now).await
    }
}
