//! Temporary credentials in Memcached (1.6 or newer): ten minutes of state that any number of nodes share.
//!
//! ```text
//!   create ─▶ add
//!   grant, deny, count, consume ─▶ get with its version, decide, store or delete if the version is still that one
//! ```
//!
//! Of two that change a record at once, one has the version that is still there, and the other looks again. Guards compare with the time
//! that is passed in; Memcached's own clock only decides when a record that is of no use any more is thrown away.
//!
//! **A Memcached that does not answer is an error**, in bounded time: [`Unavailable`](countersign_store::StoreErrorKind). A
//! change whose outcome is not known is an error too and is never sent again; the connection is given up, and the next verb makes
//! a new one.
//!
//! **It evicts and forgets**: with its process, and whenever it needs room. For temporary credentials that costs a
//! resource owner a second try. For nonces it would be a replay accepted, so they belong in a database, by
//! [`WithNonces`](countersign_store::WithNonces); [`danger_nonces`](MemcachedStore::danger_nonces) keeps them here all the same.
//!
//! **It does not** keep clients or tokens: compose it with a store that does, by [`Split`](countersign_store::Split). It does
//! not seal secrets: wrap it in [`Sealed`](countersign_store::Sealed). It speaks no TLS, and knows no users.
//!
//! # Security
//!
//! Whoever reaches Memcached can read and write what is there: a socket, or a network of its own. Sealed secrets stay unreadable, but who
//! can write may answer in a resource owner's place.
//!
//! # Examples
//!
//! ```
//! use countersign_store::{KeyRing, MemoryNonces, MemoryStore, Sealed, Split, WithNonces};
//! use countersign_store_memcached::MemcachedStore;
//! use std::sync::Arc;
//!
//! let memcached = MemcachedStore::open("memcached://127.0.0.1:11211/?prefix=photos:")?;
//! let sealed = Sealed::new(memcached, Arc::new(KeyRing::generate()));
//! // In earnest both are a database that all nodes share.
//! let (nonces, rows) = (MemoryNonces::default(), MemoryStore::default());
//! let rows = rows.with_client("dpf43f3p2l4k3l03", "kd94hf93k423kf44", "Printer");
//! let store = Split::new(WithNonces::new(sealed, nonces), rows);
//! # Ok::<_, Box<dyn std::error::Error>>(())
//! ```

mod address;
mod error;
mod lanes;
mod nonces;
mod record;
mod temporaries;

pub use error::OpenError;
pub use nonces::DangerousNonces;

use address::Address;
use aws_lc_rs::digest::{SHA256, digest};
use countersign_core::Timestamp;
use countersign_store::{NonceKey, StoreError};
use lanes::Lanes;
use std::{fmt, fmt::Write as _, sync::Arc};

/// Temporary credentials in one Memcached. A clone is another handle of the same connections.
#[derive(Clone)]
pub struct MemcachedStore {
    shared: Arc<Shared>,
}

struct Shared {
    lanes: Lanes,
    prefix: String,
    danger_nonces: bool,
}

impl MemcachedStore {
    /// Reads the URL; nothing is connected until the first verb, or [`connect`](Self::connect).
    ///
    /// `memcached://host[:port]` or `memcached+unix:///path`, each with these after a `?`:
    ///
    /// | parameter | default | |
    /// |---|---|---|
    /// | `prefix` | `countersign:` | of every key |
    /// | `connect_timeout_ms` | 2000 | how long connecting may take |
    /// | `response_timeout_ms` | 2000 | how long an answer may take |
    /// | `danger_nonces` | no | for whoever composes stores: that nonces shall be here too |
    ///
    /// # Errors
    ///
    /// [`OpenError::BadUrl`].
    pub fn open(url: &str) -> Result<Self, OpenError> {
        let Address { target, place, prefix, connect, response, danger_nonces } = Address::parse(url)?;
        let lanes = Lanes::new(target, place, connect, response);
        Ok(Self { shared: Arc::new(Shared { lanes, prefix, danger_nonces }) })
    }

    /// Connects now, and gives back its version.
    ///
    /// # Errors
    ///
    /// [`OpenError`] for a Memcached that does not answer, or is too old.
    pub async fn connect(&self) -> Result<String, OpenError> {
        self.shared.lanes.version().await
    }

    /// Whether it answers and can store: by one small change.
    ///
    /// # Errors
    ///
    /// [`StoreError`] if not.
    pub async fn check(&self, now: Timestamp) -> Result<(), StoreError> {
        let key = [&*self.shared.prefix, "heartbeat"].concat();
        let mut lane = self.shared.lanes.take().await?;
        lane.set(&key, &now.seconds().to_string(), &["T3600"]).await?;
        self.shared.lanes.give_back(lane);
        Ok(())
    }

    /// Where it is: host and port, or the path of a socket.
    #[must_use]
    pub fn place(&self) -> &str {
        self.shared.lanes.place()
    }

    /// Whether `danger_nonces` stands in its URL.
    #[must_use]
    pub fn wants_nonces(&self) -> bool {
        self.shared.danger_nonces
    }

    /// Keeps nonces here too.
    ///
    /// # Security
    ///
    /// Memcached forgets nonces when it is restarted, and when it needs room for others; what is forgotten is accepted again. A stranger
    /// with a valid client can make it need room.
    #[must_use]
    pub fn danger_nonces(&self, key: NonceKey) -> DangerousNonces {
        DangerousNonces::new(self.clone(), key)
    }

    /// Letters and digits alone, of one length, whatever the name holds.
    fn key(&self, kind: &str, name: &[u8]) -> String {
        let mut key = [&*self.shared.prefix, kind].concat();
        for byte in digest(&SHA256, name).as_ref() {
            // OK because a String takes whatever is written
            let _ = write!(key, "{byte:02x}");
        }
        key
    }
}

impl fmt::Debug for MemcachedStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MemcachedStore").field("place", &self.place()).finish_non_exhaustive()
    }
}

/// For how long Memcached keeps something, as it wants to be told: seconds from now on, or a time where those would be too many.
///
/// Its clock moves once a second, so it gets a little more than is needed.
fn lifetime(until: Timestamp, now: Timestamp) -> String {
    let left = until.seconds().saturating_sub(now.seconds()).saturating_add(2);
    if left > RELATIVE { format!("T{}", until.seconds().min(LATEST)) } else { format!("T{left}") }
}

/// Thirty days: a greater number is a time.
const RELATIVE: u64 = 60 * 60 * 24 * 30;
/// Memcached counts in 32 bits, some of its versions with a sign.
const LATEST: u64 = 0x7fff_ffff;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_lifetime_is_relative_up_to_thirty_days_and_never_for_ever() {
        let at = Timestamp::from_seconds;
        assert_eq!(lifetime(at(1600), at(1000)), "T602");
        assert_eq!(lifetime(at(1000), at(2000)), "T2");
        assert_eq!(lifetime(at(1000 + RELATIVE - 2), at(1000)), "T2592000");
        assert_eq!(lifetime(at(1_800_000_000 + RELATIVE), at(1_800_000_000)), "T1802592000");
        assert_eq!(lifetime(at(u64::MAX), at(0)), "T2147483647");
    }

    #[test]
    fn a_key_is_letters_digits_and_the_prefix_whatever_it_names() {
        let store = MemcachedStore::open("memcached://h").unwrap();
        let key = store.key("t:", "\r\nflush_all\r\n \u{1F980}".repeat(40).as_bytes());
        assert_eq!(key.len(), "countersign:t:".len() + 64);
        assert!(key.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b':'));
        assert_ne!(key, store.key("t:", b"another"));
    }
}
