//! Temporary credentials and nonces in Redis (6.2 or newer) or Valkey: what any number of nodes must share.
//!
//! ```text
//!   remember ─▶ SET … NX EXAT: kept until its time has passed by the caller's clock and by Redis's
//!   grant, deny, count, consume ─▶ one script each: the guard and the change, on one key
//! ```
//!
//! Every verb touches one key, and with it one slot. Guards compare with the time that is passed in; Redis's clock only
//! decides when a key that is of no use any more is thrown away. A record past its expiry is not there.
//!
//! **A Redis that does not answer is an error**, in bounded time: [`Unavailable`](countersign_store::StoreErrorKind). A
//! claim whose outcome is not known is an error too and is never sent again; the connection is given up, and the next verb
//! makes a new one. Whenever one is made, Redis is asked for its version, and whether it may evict what it should keep.
//!
//! **It does not** keep clients or tokens: compose it with a store that does, by [`Split`](countersign_store::Split). It does
//! not seal secrets: wrap it in [`Sealed`](countersign_store::Sealed). It speaks no TLS, and to no Sentinel.
//!
//! # Security
//!
//! What Redis forgets can be replayed. A Redis without an append-only file forgets with its process; a replica that takes
//! over has perhaps not heard of the last moments. Where that must not be, keep nonces in the database.
//!
//! A user of Redis needs these rights, with the prefix that you have:
//!
//! ```text
//! ACL SETUSER countersign on >PASSWORD ~countersign:* resetchannels -@all +info +set +hmget +evalsha +script|load +time +exists +del +hset +hget +hincrby +expireat
//! ```
//!
//! and `+cluster|slots +ping` in a Cluster.
//!
//! # Examples
//!
//! ```
//! use countersign_store::{KeyRing, MemoryStore, NonceKey, Sealed, Split};
//! use countersign_store_redis::RedisStore;
//! use std::sync::Arc;
//!
//! // The same on every node, and kept: random bytes, with your other secrets.
//! let key = NonceKey::new([7; 16]);
//! let redis = RedisStore::open("redis://127.0.0.1:6379/?prefix=photos:", key)?;
//! let rows = MemoryStore::default().with_client("dpf43f3p2l4k3l03", "kd94hf93k423kf44", "Printer");
//! let ring = Arc::new(KeyRing::generate());
//! let store = Split::new(Sealed::new(redis, ring), rows);
//! # Ok::<_, Box<dyn std::error::Error>>(())
//! ```

mod address;
mod connection;
mod error;
mod link;
mod nonces;
mod requirements;
mod temporaries;

pub use error::OpenError;
pub use requirements::Facts;

use address::Address;
use countersign_core::Timestamp;
use countersign_store::{NonceKey, StoreError};
use link::{Ask, Link};
use std::{fmt, sync::Arc};

/// Temporary credentials and nonces in one Redis. A clone is another handle of the same connection.
#[derive(Clone)]
pub struct RedisStore {
    shared: Arc<Shared>,
}

struct Shared {
    link: Link,
    prefix: String,
    nonce_key: NonceKey,
}

impl RedisStore {
    /// Reads the URL; nothing is connected until the first verb, or [`connect`](Self::connect).
    ///
    /// `redis://[user][:password@]host[:port][/db]`, `redis://[user][:password@]host[:port][,host[:port]…]/?cluster` for a Cluster, of
    /// which it must reach one node to find the others, or `unix:///path[?db=…&user=…&pass=…]`; each with these after a `?`:
    ///
    /// | parameter | default | |
    /// |---|---|---|
    /// | `prefix` | `countersign:` | of every key |
    /// | `connect_timeout_ms` | 2000 | how long connecting may take |
    /// | `response_timeout_ms` | 2000 | how long an answer may take |
    ///
    /// The key of the nonces' hashes must be the same on every node and at every start: a node with another key would accept
    /// what the others have seen. It is passed in, so that a Redis that is emptied takes nothing with it that nodes agree on.
    ///
    /// # Errors
    ///
    /// [`OpenError::BadUrl`].
    pub fn open(url: &str, nonce_key: NonceKey) -> Result<Self, OpenError> {
        let Address { target, place, prefix, connect, response } = Address::parse(url)?;
        let link = Link::new(target, place, connect, response);
        Ok(Self { shared: Arc::new(Shared { link, prefix, nonce_key }) })
    }

    /// Connects now, if it is not connected, and tells what was found.
    ///
    /// # Errors
    ///
    /// [`OpenError`] for a Redis that does not answer or cannot be relied on; it says what to set.
    pub async fn connect(&self) -> Result<Facts, OpenError> {
        self.shared.link.connect().await
    }

    /// Whether it answers and can store: by one small change.
    ///
    /// # Errors
    ///
    /// [`StoreError`] if not: silence, no memory, a replica, a disk that is full.
    pub async fn check(&self, now: Timestamp) -> Result<(), StoreError> {
        let mut beat = redis::cmd("SET");
        beat.arg(self.key("heartbeat", b"")).arg(now.seconds()).arg("EX").arg(3600);
        self.shared.link.ask(&Ask::Command(beat)).await
    }

    /// Where it is: host and port, or the path of a socket; no password.
    #[must_use]
    pub fn place(&self) -> &str {
        self.shared.link.place()
    }

    fn key(&self, kind: &str, name: &[u8]) -> Vec<u8> {
        [self.shared.prefix.as_bytes(), kind.as_bytes(), name].concat()
    }
}

impl fmt::Debug for RedisStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RedisStore").field("place", &self.place()).finish_non_exhaustive()
    }
}
