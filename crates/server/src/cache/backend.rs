//! One place for what is short-lived, by its URL. What is said of it never shows a password.

use crate::{
    config::config_error,
    error::{Error, chain},
};
use countersign_core::Timestamp;
use countersign_store::{NonceKey, StoreError};
use countersign_store_memcached::{MemcachedStore, OpenError as NoMemcached};
use countersign_store_redis::{Facts, OpenError as NoRedis, RedisStore};
use std::fmt;

/// A place, not yet connected to.
#[derive(Clone, Debug)]
pub(super) enum Backend {
    /// In the database, beside all else.
    Database,
    /// In this process.
    Memory,
    /// In a Redis that all nodes share.
    Redis(RedisStore),
    /// In a Memcached that all nodes share.
    Memcached(MemcachedStore),
}

/// What a place is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Holds {
    Both,
    Temporaries,
    Nonces,
}

impl Backend {
    /// Reads the URL of a key, and opens nothing.
    pub(super) fn parse(key: &str, url: &str, nonce_key: NonceKey) -> Result<Self, Error> {
        match url {
            "sql:" => return Ok(Self::Database),
            "memory:" => return Ok(Self::Memory),
            _ => {}
        }
        let scheme = url.split(':').next().unwrap_or_default();
        if MEMCACHED.contains(&scheme) {
            return MemcachedStore::open(url).map(Self::Memcached).map_err(|error| unusable(key, &error));
        }
        if !REDIS.contains(&scheme) {
            // What stands after it may be a password.
            let message = "is not known: use \"sql:\", \"memory:\", \"redis://HOST\" or \"memcached://HOST\"";
            return Err(config_error(key, message));
        }
        RedisStore::open(url, nonce_key).map(Self::Redis).map_err(|error| unusable(key, &error))
    }

    /// Connects, where there is something to connect to; gives back what is noteworthy of it.
    pub(super) async fn connect(&self, key: &str, holds: Holds) -> Result<Vec<String>, Error> {
        match self {
            Self::Database => Ok(Vec::new()),
            Self::Memory => Ok(vec![holds.forgetful(key)]),
            Self::Redis(redis) => match redis.connect().await {
                Ok(facts) => Ok(notices(key, holds, &facts, redis.is_fenced())),
                Err(error @ NoRedis::Unreachable { .. }) => Err(away(key, &error)),
                Err(error) => Err(unusable(key, &error)),
            },
            Self::Memcached(memcached) => match memcached.connect().await {
                Ok(_) if holds == Holds::Temporaries => Ok(Vec::new()),
                Ok(_) => Ok(vec![format!("{key} {EVICTING}")]),
                Err(error @ NoMemcached::Unreachable { .. }) => Err(away(key, &error)),
                Err(error) => Err(unusable(key, &error)),
            },
        }
    }

    /// Whether it answers and can store.
    pub(super) async fn check(&self, now: Timestamp) -> Result<(), StoreError> {
        match self {
            Self::Database | Self::Memory => Ok(()),
            Self::Redis(redis) => redis.check(now).await,
            Self::Memcached(memcached) => memcached.check(now).await,
        }
    }

    pub(super) fn redis(&self) -> Option<&RedisStore> {
        match self {
            Self::Redis(redis) => Some(redis),
            Self::Database | Self::Memory | Self::Memcached(_) => None,
        }
    }
}

impl fmt::Display for Backend {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Database => f.write_str("sql:"),
            Self::Memory => f.write_str("memory:"),
            Self::Redis(redis) => write!(f, "redis at {}", redis.place()),
            Self::Memcached(memcached) => write!(f, "memcached at {}", memcached.place()),
        }
    }
}

impl Holds {
    fn forgetful(self, key: &str) -> String {
        let replays =
            if self == Self::Temporaries { "" } else { "replays of the last minutes are accepted then, " };
        format!("{key} is memory: {self} are forgotten on restart, {replays}and it holds for this one node")
    }
}

impl fmt::Display for Holds {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Both => "temporary credentials and nonces",
            Self::Temporaries => "temporary credentials",
            Self::Nonces => "nonces",
        })
    }
}

fn unusable(key: &str, error: &dyn std::error::Error) -> Error {
    config_error(key, &chain(error))
}

/// Not now, but it may be soon.
fn away(key: &str, error: &dyn std::error::Error) -> Error {
    Error::Away { place: key.into(), message: chain(error) }
}

fn notices(key: &str, holds: Holds, facts: &Facts, fenced: bool) -> Vec<String> {
    let mut notices = Vec::new();
    let lost = match (holds, fenced) {
        (Holds::Temporaries, _) => String::new(),
        (_, true) => format!("; {FENCED}"),
        (_, false) => format!(
            "; replays of the last minutes are accepted then, because danger_no_fence stands in {key}"
        ),
    };
    if !facts.append_only {
        notices.push(format!(
            "{key} is a Redis without an append-only file: when it restarts, {holds} are forgotten{lost}; set `appendonly yes` and \
             `appendfsync always` there, or use sql:"
        ));
    }
    if facts.replicas > 0 {
        if holds != Holds::Temporaries {
            notices.push(format!(
                "{key} is a Redis with replicas: one that takes over may not know the nonces of the last moments{lost}; where that \
                 must not be, use sql:"
            ));
        }
        if !facts.waits_for_replicas {
            notices.push(format!(
                "{key} is a Redis that takes changes while it is cut off from its replicas, and for a while there may be two masters: \
                 set `min-replicas-to-write 1` there"
            ));
        }
    }
    notices
}

const REDIS: [&str; 7] = ["redis", "rediss", "redis+unix", "unix", "valkey", "valkeys", "valkey+unix"];
const MEMCACHED: [&str; 2] = ["memcached", "memcached+unix"];
const FENCED: &str = "requests of the last minutes could be replays then, and for as long as the timestamp's window all are refused with 503";
const EVICTING: &str = "is a Memcached with danger_nonces: it forgets nonces when it is restarted or needs room, and replays of the \
                        last minutes are accepted then; keep nonces in a Redis or in the database, by nonces.url";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_redis_would_forget_is_noteworthy() {
        let told = |holds, append_only, replicas, waits, fenced| {
            let mut facts = Facts::default();
            (facts.append_only, facts.replicas, facts.waits_for_replicas) = (append_only, replicas, waits);
            notices("cache.url", holds, &facts, fenced).concat()
        };
        assert_eq!(told(Holds::Both, true, 0, false, true), "");
        assert!(told(Holds::Both, false, 0, false, true).contains("appendonly yes"));
        let over = told(Holds::Nonces, true, 1, true, true);
        assert!(over.contains("takes over") && over.contains("503"), "{over}");
        assert!(told(Holds::Both, true, 1, true, false).contains("danger_no_fence"));
        assert!(told(Holds::Both, true, 1, false, true).contains("min-replicas-to-write"));
        let temporaries = told(Holds::Temporaries, false, 1, true, true);
        assert!(temporaries.contains("forgotten;") && !temporaries.contains("replay"), "{temporaries}");
    }
}
