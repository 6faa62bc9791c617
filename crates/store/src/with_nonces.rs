//! Puts nonces elsewhere than temporary credentials.

use crate::{
    credentials::{Grant, Outcome, TemporaryRecord, TemporaryStore},
    error::StoreError,
    forward::forward,
    nonce::{Freshness, NonceStore, NonceUse},
};
use async_trait::async_trait;
use countersign_core::{ClientId, TemporaryId, Timestamp};

/// Temporary credentials in `T`, nonces in `N`: for a cache that may forget the former and must not forget the latter.
///
/// # Examples
///
/// ```
/// use countersign_store::{MemoryNonces, MemoryStore, Split, WithNonces};
///
/// let cache = WithNonces::new(MemoryStore::default(), MemoryNonces::default());
/// let store = Split::new(cache, MemoryStore::default());
/// ```
#[derive(Clone, Debug)]
pub struct WithNonces<T, N> {
    temporaries: T,
    nonces: N,
}

impl<T, N> WithNonces<T, N> {
    /// Composes both.
    pub const fn new(temporaries: T, nonces: N) -> Self {
        Self { temporaries, nonces }
    }
}

forward!(TemporaryStore for WithNonces<T: TemporaryStore, N: NonceStore> by temporaries);

forward!(NonceStore for WithNonces<T: TemporaryStore, N: NonceStore> by nonces);
