//! What the hot path reads: a client and a token, with their keys prepared once.

use crate::{
    client::{ClientKey, ClientRecord},
    credentials::TokenRecord,
    prepared_keys::PreparedKeys,
};
use countersign_core::{BadKey, Keys, Secret, SignatureMethod};
use std::{
    fmt,
    sync::{Arc, PoisonError, RwLock},
};

/// A client and a token as [`TokenStore::load`](crate::TokenStore::load) found them.
pub struct Loaded {
    client: Option<Arc<ClientRecord>>,
    token: Option<Arc<TokenRecord>>,
    prepared: RwLock<Vec<Prepared>>,
}

struct Prepared {
    method: Arc<dyn SignatureMethod>,
    keys: PreparedKeys,
}

impl Loaded {
    /// What was found: records, or shared ones of a store that keeps them in memory.
    #[must_use]
    pub fn new<C, T>(client: Option<C>, token: Option<T>) -> Arc<Self>
    where
        C: Into<Arc<ClientRecord>>,
        T: Into<Arc<TokenRecord>>,
    {
        let (client, token) = (client.map(Into::into), token.map(Into::into));
        Arc::new(Self { client, token, prepared: RwLock::default() })
    }

    /// The client.
    #[must_use]
    pub fn client(&self) -> Option<&ClientRecord> {
        self.client.as_deref()
    }

    /// The token.
    #[must_use]
    pub fn token(&self) -> Option<&TokenRecord> {
        self.token.as_deref()
    }

    /// Whether it holds these very records, and not only equal ones.
    pub(crate) fn is_of(&self, client: Option<&Arc<ClientRecord>>, token: &Arc<TokenRecord>) -> bool {
        let same_client = match (&self.client, client) {
            (Some(mine), Some(other)) => Arc::ptr_eq(mine, other),
            (mine, other) => mine.is_none() && other.is_none(),
        };
        same_client && self.token.as_ref().is_some_and(|mine| Arc::ptr_eq(mine, token))
    }

    /// Both records, for a store that wraps another.
    #[must_use]
    pub fn into_parts(self: Arc<Self>) -> (Option<ClientRecord>, Option<TokenRecord>) {
        let (client, token) = match Arc::try_unwrap(self) {
            Ok(loaded) => (loaded.client, loaded.token),
            Err(shared) => (shared.client.clone(), shared.token.clone()),
        };
        (client.map(Arc::unwrap_or_clone), token.map(Arc::unwrap_or_clone))
    }

    /// The keys of client and token, ready for `method`: made once, then kept as long as this is.
    ///
    /// # Errors
    ///
    /// [`BadKey`] where there is no client, or its key is of another kind.
    pub fn prepared(&self, method: &Arc<dyn SignatureMethod>) -> Result<PreparedKeys, BadKey> {
        let known = |kept: &[Prepared]| {
            kept.iter().find(|one| one.method.name() == method.name()).map(|one| one.keys.clone())
        };
        // OK because the list stays whole even if a thread panics while it holds the lock
        if let Some(keys) = known(&self.prepared.read().unwrap_or_else(PoisonError::into_inner)) {
            return Ok(keys);
        }
        let client = self.client.as_ref().ok_or(BadKey::Kind)?;
        let empty = Secret::empty();
        let token_secret = self.token.as_ref().map_or(&empty, |token| &token.secret);
        let keys = PreparedKeys::new(client, token_secret, &**method)?;
        let mut kept = self.prepared.write().unwrap_or_else(PoisonError::into_inner);
        if known(&kept).is_none() {
            kept.push(Prepared { method: Arc::clone(method), keys: keys.clone() });
        }
        Ok(keys)
    }
}

impl ClientKey {
    /// The keys of this client together with a token secret; `empty` stands for the secret that a client with a
    /// public key has not.
    #[must_use]
    pub fn with_token<'a>(&'a self, token_secret: &'a Secret, empty: &'a Secret) -> Keys<'a> {
        match self {
            Self::Secret(client_secret) => Keys { client_secret, token_secret, public_key: None },
            Self::PublicKey(key) => Keys { client_secret: empty, token_secret, public_key: Some(key) },
        }
    }
}

impl fmt::Debug for Loaded {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Loaded")
            .field("client", &self.client)
            .field("token", &self.token)
            .finish_non_exhaustive()
    }
}
