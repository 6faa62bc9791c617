//! What went wrong: at connecting, and what Redis's errors mean for a caller.

use countersign_store::StoreError;
use redis::{ErrorKind, RedisError, ServerErrorKind};
use std::error::Error;

/// Why a Redis cannot be used.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum OpenError {
    /// The URL cannot be read.
    #[error("the URL of Redis cannot be used: {reason}")]
    BadUrl {
        /// What is wrong with it; no part of it, since it may hold a password.
        reason: &'static str,
    },
    /// It is one node of a Cluster.
    #[error("Redis at {place} is a node of a Cluster: say so by `?cluster` behind its address")]
    Cluster {
        /// Which one.
        place: String,
    },
    /// It may throw away nonces that are still of use.
    #[error(
        "Redis at {place} may evict what it must keep: set `maxmemory-policy noeviction` there (it is {policy}), in \
         redis.conf or by CONFIG SET"
    )]
    Evicts {
        /// Which one.
        place: String,
        /// Its policy.
        policy: String,
    },
    /// It lacks what the scripts need.
    #[error("Redis at {place} has version {version}, and 6.2 or newer is needed")]
    Old {
        /// Which one.
        place: String,
        /// Its version.
        version: String,
    },
    /// It takes no writes.
    #[error("Redis at {place} is a replica: name its master")]
    Replica {
        /// Which one.
        place: String,
    },
    /// It does not answer, or refuses us.
    #[error("Redis at {place} cannot be used")]
    Unreachable {
        /// Which one.
        place: String,
        /// Why.
        source: Box<dyn Error + Send + Sync>,
    },
}

/// Whether the connection is of no more use: it is broken, or somebody else is the master now.
pub(crate) fn is_lost(error: &RedisError) -> bool {
    use ServerErrorKind::{MasterDown, ReadOnly};
    matches!(error.kind(), ErrorKind::Io | ErrorKind::Parse | ErrorKind::Server(MasterDown | ReadOnly))
        || error.is_unrecoverable_error()
}

/// What an error of Redis means: only what cannot be read is corrupt.
pub(crate) fn failed(error: RedisError) -> StoreError {
    match error.kind() {
        ErrorKind::UnexpectedReturnType => StoreError::corrupt(error),
        _ if error.code() == Some("WRONGTYPE") => StoreError::corrupt(error),
        _ => StoreError::unavailable(error),
    }
}

/// It took too long.
#[derive(Debug, thiserror::Error)]
#[error("no answer within {0} ms")]
pub(crate) struct Silent(pub(crate) u128);
