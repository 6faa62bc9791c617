//! Composes a store from two halves that share no transaction: temporaries in a cache, tokens in a database.

use crate::{
    client::{ClientRecord, ClientStore},
    credentials::{
        CredentialStore, Grant, Outcome, TemporaryRecord, TemporaryStore, TokenRecord, TokenStore,
    },
    error::StoreError,
    forward::forward,
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

forward!(TemporaryStore for Split<T: TemporaryStore, K: TokenStore> by temporaries);

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

forward!(ClientStore for Split<T: TemporaryStore, K: ClientStore> by tokens);

forward!(NonceStore for Split<T: NonceStore, K: TokenStore> by temporaries);
