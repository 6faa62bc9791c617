//! Which nonces are live, in memory: eight bytes each, in tables by time, so that expiry drops whole tables.

use crate::nonce::Freshness;
use countersign_core::Timestamp;
use std::{
    collections::{BTreeMap, HashSet},
    hash::{BuildHasher, Hasher},
};

/// The live nonces, each by its [`hash`](crate::NonceUse::hash); some 9 to 21 bytes each.
///
/// It remembers for one process: a store that must survive writes them down too, and reads them back.
///
/// # Security
///
/// Two combinations share a hash with a chance of one in 2⁶⁴ for each that is live: then the second is refused. None is
/// ever accepted for it, and nobody without the key can look for two.
///
/// # Examples
///
/// ```
/// use countersign_core::{ClientId, Nonce, Timestamp};
/// use countersign_store::{Freshness, NonceIndex, NonceKey, NonceUse};
///
/// let (client, now) = (ClientId::new("dpf43f3p2l4k3l03")?, Timestamp::from_seconds(1_800_000_000));
/// let used = NonceUse { client: &client, token: None, timestamp: now, nonce: Nonce::new("kllo9940pd9333jh")? };
/// let (hash, until) = (used.hash(&NonceKey::ephemeral()), now.plus(360));
///
/// let mut index = NonceIndex::default();
/// assert_eq!(index.claim(hash, now, until, now), Freshness::Fresh);
/// assert_eq!(index.claim(hash, now, until, now.plus(359)), Freshness::Replayed);
/// # Ok::<_, Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, Default)]
pub struct NonceIndex {
    /// By `timestamp / SPAN`: a replay looks where its original went, whatever the window is by then.
    tables: BTreeMap<u64, Table>,
}

#[derive(Clone, Debug, Default)]
struct Table {
    /// The latest time that any of its nonces must be kept to.
    until: Timestamp,
    hashes: HashSet<u64, AsItIs>,
}

impl NonceIndex {
    /// Inserts a hash if it is absent, and keeps it until `until` at least.
    pub fn claim(&mut self, hash: u64, timestamp: Timestamp, until: Timestamp, now: Timestamp) -> Freshness {
        let span = timestamp.seconds() / SPAN;
        if !self.tables.contains_key(&span) {
            self.tables.retain(|_, table| table.until > now);
        }
        let table = self.tables.entry(span).or_default();
        table.until = until.max(table.until);
        if table.hashes.insert(hash) { Freshness::Fresh } else { Freshness::Replayed }
    }

    /// Takes a claim back that could not be written down.
    pub fn forget(&mut self, hash: u64, timestamp: Timestamp) {
        if let Some(table) = self.tables.get_mut(&(timestamp.seconds() / SPAN)) {
            table.hashes.remove(&hash);
        }
    }

    /// How many are remembered, those included that have expired and are not dropped yet.
    #[must_use]
    pub fn len(&self) -> usize {
        self.tables.values().map(|table| table.hashes.len()).sum()
    }

    /// Whether none is remembered.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

/// A hash of a keyed hash would be no better.
#[derive(Clone, Debug, Default)]
struct AsItIs;

impl BuildHasher for AsItIs {
    type Hasher = Itself;

    fn build_hasher(&self) -> Itself {
        Itself(0)
    }
}

struct Itself(u64);

impl Hasher for Itself {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write_u64(&mut self, hash: u64) {
        self.0 = hash;
    }

    /// For completeness: a `u64` does not come here.
    fn write(&mut self, bytes: &[u8]) {
        self.0 = bytes.iter().fold(self.0, |hash, byte| hash.rotate_left(8) ^ u64::from(*byte));
    }
}

/// Seconds of timestamps that share a table.
const SPAN: u64 = 16;

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Timestamp = Timestamp::from_seconds(1_800_000_000);

    #[test]
    fn what_is_forgotten_can_be_claimed_again_and_nothing_else() {
        let mut index = NonceIndex::default();
        for hash in [1, 2] {
            assert_eq!(index.claim(hash, NOW, NOW.plus(360), NOW), Freshness::Fresh);
        }
        index.forget(1, NOW);
        index.forget(3, NOW.plus(1000));
        let again = [1, 2].map(|hash| index.claim(hash, NOW, NOW.plus(360), NOW));
        assert_eq!((again, index.len()), ([Freshness::Fresh, Freshness::Replayed], 2));
    }

    #[test]
    fn one_that_lives_longer_keeps_its_table_and_the_others_are_dropped() {
        let mut index = NonceIndex::default();
        let _ = index.claim(1, NOW, NOW.plus(3600), NOW);
        let _ = index.claim(2, NOW.plus(SPAN), NOW.plus(360), NOW);
        let later = NOW.plus(3599);
        let _ = index.claim(3, later, later.plus(360), later);
        assert_eq!((index.len(), index.claim(1, NOW, NOW.plus(3600), later)), (2, Freshness::Replayed));
    }
}
