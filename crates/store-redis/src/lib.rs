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
//! **It carries word of changes** between nodes whose database cannot, over a channel, `changes` behind the prefix:
//! [`Announced`](countersign_store::Announced).
//!
//! **It does not** keep clients or tokens: compose it with a store that does, by [`Split`](countersign_store::Split). It does
//! not seal secrets: wrap it in [`Sealed`](countersign_store::Sealed).
//!
//! # The fence
//!
//! What Redis forgets could be replayed. A Redis without an append-only file forgets with its process; a replica that takes
//! over has perhaps not heard of the last moments. So Redis holds a record, `fence` behind the prefix, of whose its data are. Each
//! connection is compared with it, and each claim. Where nonces may be missing, every timestamp that could have been used before is
//! refused until it is outside of the window: as far as the window reaches back, and as far ahead, on every node. The caller
//! is told [for how long](countersign_store::StoreError::retry_after). Temporary credentials from before such a loss are not there
//! any more: they could have been redeemed.
//!
//! A loss is: another Redis became the master; Redis was started again, unless it is one that had and has `appendfsync always`; it was
//! emptied; it is new. Whoever knows that nothing was ever claimed [says so](RedisStore::nothing_claimed_before), and a new one refuses
//! nothing; whoever knows that something was [says that](RedisStore::claimed_before). Where nobody says anything, a Redis that
//! has been running for longer than the window when it is first used refuses what was signed before.
//!
//! # Security
//!
//! With `danger_no_fence` in the URL what Redis forgets is accepted again. All nodes must agree on it, or temporary credentials of one are not
//! there for another. With the fence a replay can pass only where two Redis take changes at once
//! for longer than a minute (`min-replicas-to-write 1` prevents it), or where one is exchanged by hand for a durable copy that is older: then delete the
//! record before it is used. Where no pause is acceptable at all, keep nonces in the database.
//!
//! A user of Redis needs these rights, with the prefix that you have:
//!
//! ```text
//! ACL SETUSER countersign on >PASSWORD ~countersign:* resetchannels &countersign:changes -@all +info +config|get +set +hmget +evalsha +script|load +time +exists +del +hset +hget +hincrby +expireat +publish +subscribe +ping
//! ```
//!
//! and `+cluster|slots` in a Cluster. The channel, `+publish` and `+subscribe` are for changes alone. Without `+config|get` a restart of a durable Redis is taken for a loss. At Sentinels a user needs
//! `+sentinel|get-master-addr-by-name +sentinel|master`.
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
mod beginning;
mod connection;
mod error;
mod fence;
mod link;
mod listener;
mod nonces;
mod query;
mod requirements;
mod sentinel;
mod temporaries;
mod tls;

pub use beginning::Beginning;
pub use error::OpenError;
pub use requirements::Facts;

use address::Address;
use countersign_core::Timestamp;
use countersign_store::{NonceKey, StoreError};
use fence::Fence;
use link::{Ask, Link};
use listener::Listeners;
use std::{fmt, sync::Arc};

/// Temporary credentials and nonces in one Redis. A clone is another handle of the same connection.
#[derive(Clone)]
pub struct RedisStore {
    shared: Arc<Shared>,
}

struct Shared {
    link: Link,
    /// `None` where it is switched off.
    fence: Option<Fence>,
    prefix: String,
    nonce_key: NonceKey,
    listeners: Listeners,
}

impl RedisStore {
    /// Reads the URL; nothing is connected until the first verb, or [`connect`](Self::connect).
    ///
    /// `redis://[user][:password@]host[:port][/db]`, `redis://[user][:password@]host[:port][,host[:port]…]/?cluster` for a Cluster, of
    /// which it must reach one node to find the others, `redis://[user][:password@]host[:port][,host[:port]…][/db]/?sentinel=NAME` for the
    /// master that Sentinels name, with its own user and password, or `unix:///path[?db=…&user=…&pass=…]`. With `rediss` in place of `redis` all of
    /// them are spoken to by TLS. Each with these after a `?`:
    ///
    /// | parameter | default | |
    /// |---|---|---|
    /// | `prefix` | `countersign:` | of every key |
    /// | `connect_timeout_ms` | 2000 | how long connecting may take |
    /// | `response_timeout_ms` | 2000 | how long an answer may take |
    /// | `sentinel_user`, `sentinel_pass` | none | what Sentinels want to know |
    /// | `ca` | the system's | a file of certificates that are believed, in PEM |
    /// | `danger_no_fence` | no | accept what could be a replay after a loss of data |
    ///
    /// The key of the nonces' hashes must be the same on every node and at every start: a node with another key would accept
    /// what the others have seen. It is passed in, so that a Redis that is emptied takes nothing with it that nodes agree on.
    ///
    /// # Errors
    ///
    /// [`OpenError::BadUrl`].
    pub fn open(url: &str, nonce_key: NonceKey) -> Result<Self, OpenError> {
        let Address { target, place, prefix, connect, response, fenced } = Address::parse(url)?;
        let link = Link::new(target, place, connect, response);
        let fence = fenced.then(Fence::default);
        Ok(Self {
            shared: Arc::new(Shared { link, fence, prefix, nonce_key, listeners: Listeners::default() }),
        })
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

    /// Whether what could be a replay after a loss of data is refused: unless `danger_no_fence` stands in the URL.
    #[must_use]
    pub fn is_fenced(&self) -> bool {
        self.shared.fence.is_some()
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
