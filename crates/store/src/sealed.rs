//! Secrets at rest: HMAC needs the plain text back, so they are sealed, not hashed
//! ([RFC 5849 §4.5](https://www.rfc-editor.org/rfc/rfc5849#section-4.5)).

use crate::{
    admin::{IdempotentRequest, SealedKind},
    client::{ClientKey, ClientRecord, ClientStore},
    credentials::{
        CredentialStore, Grant, Outcome, TemporaryRecord, TemporaryStore, TokenRecord, TokenStore,
    },
    error::StoreError,
    forward::forward,
    key_ring::BadKeyRing,
    loaded::Loaded,
    nonce::{Freshness, NonceStore, NonceUse},
};
use async_trait::async_trait;
use countersign_core::{ClientId, Secret, TemporaryId, Timestamp, TokenId};
use std::{fmt, sync::Arc};

/// Any store, with its secrets sealed on the way in and opened on the way out.
///
/// The store below sees sealed text where a secret stands, and nothing else changes. A row that was never sealed is an
/// error, not a secret.
#[derive(Clone, Debug)]
pub struct Sealed<S> {
    rows: S,
    keys: Arc<dyn Seal>,
}

/// What seals and opens: a [`KeyRing`](crate::KeyRing), a [`KeyFile`](crate::KeyFile), or keys that you keep elsewhere.
pub trait Seal: fmt::Debug + Send + Sync {
    /// Seals a secret for the row of that identity.
    ///
    /// # Errors
    ///
    /// [`BadKeyRing`] where it cannot.
    fn seal(&self, row: &str, secret: &Secret) -> Result<String, BadKeyRing>;

    /// Opens what [`seal`](Self::seal) made for the same row.
    ///
    /// # Errors
    ///
    /// [`BadKeyRing`] for whatever was not sealed for that row.
    fn open(&self, row: &str, sealed: &str) -> Result<Secret, BadKeyRing>;
}

impl<S> Sealed<S> {
    /// Seals what `rows` stores.
    pub fn new(rows: S, keys: Arc<dyn Seal>) -> Self {
        Self { rows, keys }
    }

    /// The store below, for what holds no secret.
    pub fn rows(&self) -> &S {
        &self.rows
    }

    /// A client as it must be stored.
    ///
    /// # Errors
    ///
    /// [`StoreError`] if its secret cannot be sealed.
    pub fn seal_client(&self, record: &ClientRecord) -> Result<ClientRecord, StoreError> {
        let mut sealed = record.clone();
        Self::each_secret(&mut sealed, |id, secret| self.seal("client:", id, secret))?;
        Ok(sealed)
    }

    /// A key of that client as it must be stored.
    ///
    /// # Errors
    ///
    /// [`StoreError`] if it is a secret and cannot be sealed.
    pub fn seal_client_key(&self, client: &ClientId, key: &ClientKey) -> Result<ClientKey, StoreError> {
        Ok(match key {
            ClientKey::Secret(secret) => ClientKey::Secret(self.seal("client:", client.as_str(), secret)?),
            ClientKey::PublicKey(key) => ClientKey::PublicKey(key.clone()),
        })
    }

    fn open_client(&self, record: &mut ClientRecord) -> Result<(), StoreError> {
        Self::each_secret(record, |id, sealed| self.open("client:", id, sealed))
    }

    /// Both of a client's secrets are sealed for one row, so that the newest becomes the previous one without being opened.
    fn each_secret(
        record: &mut ClientRecord,
        change: impl Fn(&str, &Secret) -> Result<Secret, StoreError>,
    ) -> Result<(), StoreError> {
        let previous = record.previous_key.as_mut().map(|previous| &mut previous.key);
        for key in std::iter::once(&mut record.key).chain(previous) {
            if let ClientKey::Secret(secret) = key {
                *secret = change(record.id.as_str(), secret)?;
            }
        }
        Ok(())
    }

    /// The stored answer to an idempotent request as it must be stored: it may hold a new client's secret.
    ///
    /// # Errors
    ///
    /// [`StoreError`] if it cannot be sealed.
    pub fn seal_answer(&self, request: &IdempotentRequest, answer: &Secret) -> Result<Secret, StoreError> {
        self.seal(SealedKind::Answer.prefix(), &request.name(), answer)
    }

    /// The stored answer to an idempotent request in the clear.
    ///
    /// # Errors
    ///
    /// [`StoreError`] if it was not sealed for that request.
    pub fn open_answer(&self, request: &IdempotentRequest, sealed: &Secret) -> Result<Secret, StoreError> {
        self.open(SealedKind::Answer.prefix(), &request.name(), sealed)
    }

    /// Token credentials as they must be stored.
    ///
    /// # Errors
    ///
    /// [`StoreError`] if their secret cannot be sealed.
    pub fn seal_token(&self, record: &TokenRecord) -> Result<TokenRecord, StoreError> {
        let secret = self.seal("token:", record.id.as_str(), &record.secret)?;
        Ok(TokenRecord { secret, ..record.clone() })
    }

    fn seal(&self, kind: &str, id: &str, secret: &Secret) -> Result<Secret, StoreError> {
        self.keys.seal(&[kind, id].concat(), secret).map(Secret::from).map_err(StoreError::corrupt)
    }

    fn open(&self, kind: &str, id: &str, sealed: &Secret) -> Result<Secret, StoreError> {
        self.keys.open(&[kind, id].concat(), sealed.expose()).map_err(StoreError::corrupt)
    }
}

#[async_trait]
impl<S: ClientStore> ClientStore for Sealed<S> {
    async fn client(&self, id: &ClientId) -> Result<Option<ClientRecord>, StoreError> {
        let mut found = self.rows.client(id).await?;
        found.as_mut().map(|record| self.open_client(record)).transpose()?;
        Ok(found)
    }
}

#[async_trait]
impl<S: TemporaryStore> TemporaryStore for Sealed<S> {
    async fn create(&self, record: &TemporaryRecord, now: Timestamp) -> Result<(), StoreError> {
        let secret = self.seal("temporary:", record.id.as_str(), &record.secret)?;
        self.rows.create(&TemporaryRecord { secret, ..record.clone() }, now).await
    }

    async fn temporary(&self, id: &TemporaryId) -> Result<Option<TemporaryRecord>, StoreError> {
        let mut found = self.rows.temporary(id).await?;
        if let Some(record) = &mut found {
            record.secret = self.open("temporary:", id.as_str(), &record.secret)?;
        }
        Ok(found)
    }

    async fn grant(&self, id: &TemporaryId, grant: &Grant, now: Timestamp) -> Result<Outcome, StoreError> {
        self.rows.grant(id, grant, now).await
    }

    async fn deny(&self, id: &TemporaryId, now: Timestamp) -> Result<Outcome, StoreError> {
        self.rows.deny(id, now).await
    }

    async fn count_wrong_verifier(
        &self,
        id: &TemporaryId,
        most: u32,
        now: Timestamp,
    ) -> Result<u32, StoreError> {
        self.rows.count_wrong_verifier(id, most, now).await
    }

    async fn consume(
        &self,
        id: &TemporaryId,
        client: &ClientId,
        now: Timestamp,
    ) -> Result<Outcome, StoreError> {
        self.rows.consume(id, client, now).await
    }
}

#[async_trait]
impl<S: TokenStore> TokenStore for Sealed<S> {
    async fn issue(&self, record: &TokenRecord) -> Result<(), StoreError> {
        self.rows.issue(&self.seal_token(record)?).await
    }

    async fn load(&self, client: &ClientId, token: Option<&TokenId>) -> Result<Arc<Loaded>, StoreError> {
        let (mut client, mut token) = self.rows.load(client, token).await?.into_parts();
        client.as_mut().map(|record| self.open_client(record)).transpose()?;
        if let Some(record) = &mut token {
            record.secret = self.open("token:", record.id.as_str(), &record.secret)?;
        }
        Ok(Loaded::new(client, token))
    }

    async fn revoke(&self, id: &TokenId, now: Timestamp) -> Result<Outcome, StoreError> {
        self.rows.revoke(id, now).await
    }
}

#[async_trait]
impl<S: CredentialStore> CredentialStore for Sealed<S> {
    async fn redeem(
        &self,
        id: &TemporaryId,
        token: &TokenRecord,
        now: Timestamp,
    ) -> Result<Outcome, StoreError> {
        self.rows.redeem(id, &self.seal_token(token)?, now).await
    }
}

forward!(NonceStore for Sealed<S: NonceStore> by rows);
