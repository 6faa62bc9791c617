//! Puts nonces elsewhere than temporary credentials.

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

/// Nonces in `N`, all else that it keeps in `T`: a cache that may forget temporary credentials and must not forget nonces, or a
/// whole store whose nonces are better kept elsewhere.
///
/// # Examples
///
/// ```
/// use countersign_store::{MemoryNonces, MemoryStore, Split, WithNonces};
///
/// let cache = WithNonces::new(MemoryStore::default(), MemoryNonces::default());
/// let store = Split::new(cache, MemoryStore::default());
/// // Clients, tokens and temporary credentials in one, so that redeeming stays one change.
/// let whole = WithNonces::new(MemoryStore::default(), MemoryNonces::default());
/// ```
#[derive(Clone, Debug)]
pub struct WithNonces<T, N> {
    rest: T,
    nonces: N,
}

impl<T, N> WithNonces<T, N> {
    /// Composes both.
    pub const fn new(rest: T, nonces: N) -> Self {
        Self { rest, nonces }
    }
}

#[async_trait]
impl<T: TokenStore, N: NonceStore> TokenStore for WithNonces<T, N> {
    async fn issue(&self, record: &TokenRecord) -> Result<(), StoreError> {
        self.rest.issue(record).await
    }

    async fn load(&self, client: &ClientId, token: Option<&TokenId>) -> Result<Arc<Loaded>, StoreError> {
        self.rest.load(client, token).await
    }

    async fn revoke(&self, id: &TokenId, now: Timestamp) -> Result<Outcome, StoreError> {
        self.rest.revoke(id, now).await
    }
}

#[async_trait]
impl<T: CredentialStore, N: NonceStore> CredentialStore for WithNonces<T, N> {
    async fn redeem(
        &self,
        id: &TemporaryId,
        token: &TokenRecord,
        now: Timestamp,
    ) -> Result<Outcome, StoreError> {
        self.rest.redeem(id, token, now).await
    }
}

forward!(ClientStore for WithNonces<T: ClientStore, N: NonceStore> by rest);
forward!(TemporaryStore for WithNonces<T: TemporaryStore, N: NonceStore> by rest);

forward!(NonceStore for WithNonces<T: TemporaryStore, N: NonceStore> by nonces);
