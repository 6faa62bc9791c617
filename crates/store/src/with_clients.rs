//! Composes a store from clients that are kept elsewhere, and a store of everything else.

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

/// Clients of `C`, and of it alone; temporary and token credentials and nonces of `S`.
///
/// For a list in a file, or a directory that your own system keeps. What is around `S` alone, such as
/// [`Sealed`](crate::Sealed), does not touch the clients; put [`Cached`](crate::Cached) around both.
///
/// # Examples
///
/// ```
/// use countersign_store::{MemoryStore, WithClients};
///
/// let partners = MemoryStore::default().with_client("dpf43f3p2l4k3l03", "kd94hf93k423kf44", "Printer");
/// let store = WithClients::new(partners, MemoryStore::default());
/// ```
#[derive(Clone, Debug)]
pub struct WithClients<C, S> {
    clients: C,
    rest: S,
}

impl<C, S> WithClients<C, S> {
    /// Composes both.
    pub const fn new(clients: C, rest: S) -> Self {
        Self { clients, rest }
    }
}

#[async_trait]
impl<C: ClientStore, S: TokenStore> TokenStore for WithClients<C, S> {
    async fn issue(&self, record: &TokenRecord) -> Result<(), StoreError> {
        self.rest.issue(record).await
    }

    /// A client that `S` may know under the same identifier does not count.
    async fn load(&self, client: &ClientId, token: Option<&TokenId>) -> Result<Arc<Loaded>, StoreError> {
        let found = self.clients.client(client).await?;
        let token = match token {
            Some(_) => self.rest.load(client, token).await?.into_parts().1,
            None => None,
        };
        Ok(Loaded::new(found, token))
    }

    async fn revoke(&self, id: &TokenId, now: Timestamp) -> Result<Outcome, StoreError> {
        self.rest.revoke(id, now).await
    }
}

#[async_trait]
impl<C: ClientStore, S: CredentialStore> CredentialStore for WithClients<C, S> {
    async fn redeem(
        &self,
        id: &TemporaryId,
        token: &TokenRecord,
        now: Timestamp,
    ) -> Result<Outcome, StoreError> {
        self.rest.redeem(id, token, now).await
    }
}

forward!(ClientStore for WithClients<C: ClientStore, S: TokenStore> by clients);
forward!(TemporaryStore for WithClients<C: ClientStore, S: TemporaryStore> by rest);
forward!(NonceStore for WithClients<C: ClientStore, S: NonceStore> by rest);

#[cfg(test)]
mod tests {
    use super::*;
    use crate::MemoryStore;

    #[tokio::test]
    async fn a_client_of_the_rest_does_not_count() {
        let rest = MemoryStore::default().with_client("printer", "of the rest", "Printer");
        let known = ClientId::new("printer").unwrap();
        let store = WithClients::new(MemoryStore::default(), rest);
        assert!(store.client(&known).await.unwrap().is_none());
        assert!(store.load(&known, None).await.unwrap().client().is_none());
        assert!(store.load(&known, Some(&TokenId::new("any").unwrap())).await.unwrap().client().is_none());
    }
}
