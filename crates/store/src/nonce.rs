//! Nonces: each is accepted once ([RFC 5849 §3.3](https://www.rfc-editor.org/rfc/rfc5849#section-3.3)).

use crate::error::StoreError;
use async_trait::async_trait;
use countersign_core::{ClientId, Nonce, Timestamp};
use siphasher::sip128::{Hash128, Hasher128, SipHasher24};
use std::{collections::hash_map::RandomState, fmt, hash::BuildHasher, hash::Hasher};

/// One use of a nonce: it is the combination that must be new, compared byte by byte.
#[derive(Clone, Copy, Debug)]
pub struct NonceUse<'a> {
    /// Who signed.
    pub client: &'a ClientId,
    /// With which token, if any.
    pub token: Option<&'a str>,
    /// When.
    pub timestamp: Timestamp,
    /// The nonce.
    pub nonce: Nonce<'a>,
}

impl NonceUse<'_> {
    /// 16 bytes that stand for the combination: what a store needs to keep.
    ///
    /// # Security
    ///
    /// The key keeps strangers from finding two combinations with one digest. Every node that shares a store must use
    /// the same key, and a restart must keep it.
    #[must_use]
    pub fn digest(&self, key: &NonceKey) -> [u8; 16] {
        self.hash128(key).as_bytes()
    }

    /// The first 8 bytes of the [`digest`](Self::digest): what a [`NonceIndex`](crate::NonceIndex) keeps in memory.
    #[must_use]
    pub fn hash(&self, key: &NonceKey) -> u64 {
        self.hash128(key).h1
    }

    fn hash128(&self, key: &NonceKey) -> Hash128 {
        let mut hasher = SipHasher24::new_with_key(&key.0);
        for part in [self.client.as_str(), self.token.unwrap_or_default(), self.nonce.as_str()] {
            hasher.write_u64(part.len() as u64);
            hasher.write(part.as_bytes());
        }
        hasher.write_u64(self.timestamp.seconds());
        hasher.finish128()
    }
}

/// The key of [`NonceUse::digest`]; never shown.
#[derive(Clone)]
pub struct NonceKey([u8; 16]);

impl NonceKey {
    /// From bytes that a store keeps.
    #[must_use]
    pub const fn new(bytes: [u8; 16]) -> Self {
        Self(bytes)
    }

    /// A fresh one, for a store that forgets everything with its process.
    #[must_use]
    pub fn ephemeral() -> Self {
        let half = || RandomState::new().hash_one(0_u8).to_le_bytes();
        let mut key = [0; 16];
        key[..8].copy_from_slice(&half());
        key[8..].copy_from_slice(&half());
        Self(key)
    }
}

impl fmt::Debug for NonceKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("NonceKey(***)")
    }
}

/// Whether a nonce was new.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use]
pub enum Freshness {
    /// It was, and is remembered now.
    Fresh,
    /// It was remembered already.
    Replayed,
}

/// Remembers nonces.
#[async_trait]
pub trait NonceStore: Send + Sync {
    /// Inserts the combination if it is absent, and keeps it until `until` at least.
    ///
    /// # Errors
    ///
    /// [`StoreError`] where the store does not know: never [`Freshness::Fresh`].
    ///
    /// # Security
    ///
    /// One atomic step, never a read and then a write; acknowledged only once it would survive a crash of the process.
    async fn remember(
        &self,
        used: &NonceUse<'_>,
        until: Timestamp,
        now: Timestamp,
    ) -> Result<Freshness, StoreError>;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_two_combinations_share_a_digest() {
        let (a, ab) = (ClientId::new("a").unwrap(), ClientId::new("ab").unwrap());
        let key = NonceKey::new([7; 16]);
        let digest = |client, token, seconds, nonce| {
            let timestamp = Timestamp::from_seconds(seconds);
            let used = NonceUse { client, token, timestamp, nonce: Nonce::new(nonce).unwrap() };
            assert_eq!(used.hash(&key).to_le_bytes(), used.digest(&key)[..8]);
            used.digest(&key)
        };
        let mut all = vec![
            digest(&a, Some("bc"), 1, "d"),
            digest(&ab, Some("c"), 1, "d"),
            digest(&a, Some("b"), 1, "cd"),
            digest(&a, None, 1, "bcd"),
            digest(&a, Some("bc"), 2, "d"),
            digest(&a, Some("bc"), 1, "D"),
            digest(&a, Some("bc"), 1, "d "),
        ];
        all.sort_unstable();
        all.dedup();
        assert_eq!(all.len(), 7);
    }
}
