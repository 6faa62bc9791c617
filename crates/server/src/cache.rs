//! `cache.url`: where temporary credentials and nonces live. What is said of it never shows a password.

use crate::{
    config::config_error,
    error::{Error, chain},
};
use countersign_core::Timestamp;
use countersign_provider::{Clock, System};
use countersign_store::{
    AdminStore, Announced, Cached, ClientStore, CredentialStore, Lookups, MemoryStore, NonceKey, NonceStore,
    Seal, Sealed, Split, Store, StoreError, WithNonces,
};
use countersign_store_memcached::MemcachedStore;
use countersign_store_redis::{Facts, RedisStore};
use std::{
    fmt,
    sync::Arc,
    time::{Duration, Instant},
};

/// Where temporary credentials and nonces live.
#[derive(Clone, Debug)]
pub enum Cache {
    /// In the database, beside all else.
    Database,
    /// In this process.
    Memory,
    /// In a Redis that all nodes share.
    Redis(RedisStore),
    /// Temporary credentials in a Memcached that all nodes share; nonces too if there is a key for them, else in the database.
    Memcached(MemcachedStore, Option<NonceKey>),
}

impl Cache {
    /// Reads the URL, and opens nothing.
    pub(crate) fn parse(url: &str, nonce_key: NonceKey) -> Result<Self, Error> {
        match url {
            "sql:" => return Ok(Self::Database),
            "memory:" => return Ok(Self::Memory),
            _ => {}
        }
        let scheme = url.split(':').next().unwrap_or_default();
        if MEMCACHED.contains(&scheme) {
            let store = MemcachedStore::open(url).map_err(|error| unusable(&error))?;
            let nonces = store.wants_nonces().then_some(nonce_key);
            return Ok(Self::Memcached(store, nonces));
        }
        if !REDIS.contains(&scheme) {
            // What stands after it may be a password.
            let message = "is not known: use \"sql:\", \"memory:\", \"redis://HOST\" or \"memcached://HOST\"";
            return Err(config_error("cache.url", message));
        }
        RedisStore::open(url, nonce_key).map(Self::Redis).map_err(|error| unusable(&error))
    }

    /// What the provider uses: the short-lived part here, clients and tokens in `rows`, lookups kept in memory, which it gives too.
    pub(crate) fn before<S>(
        &self,
        rows: Sealed<S>,
        seal: Arc<dyn Seal>,
        lookups: usize,
    ) -> (Arc<dyn Store>, Lookups)
    where
        S: ClientStore + CredentialStore + NonceStore + Clone + 'static,
    {
        match self {
            Self::Database => cached(rows, lookups),
            Self::Memory => cached(Split::new(MemoryStore::default(), rows), lookups),
            Self::Redis(redis) => cached(Split::new(Sealed::new(redis.clone(), seal), rows), lookups),
            Self::Memcached(memcached, nonces) => {
                let sealed = Sealed::new(memcached.clone(), seal);
                match nonces {
                    Some(key) => {
                        let all = WithNonces::new(sealed, memcached.danger_nonces(key.clone()));
                        cached(Split::new(all, rows), lookups)
                    }
                    None => cached(Split::new(WithNonces::new(sealed, rows.clone()), rows), lookups),
                }
            }
        }
    }

    /// The rows of a database that does not tell what changes in it, with word of changes carried here, where that can be.
    pub(crate) fn announcing(&self, rows: Arc<dyn AdminStore>) -> Arc<dyn AdminStore> {
        match self {
            Self::Redis(redis) => Arc::new(Announced::new(rows, redis.clone())),
            Self::Database | Self::Memory | Self::Memcached(..) => rows,
        }
    }

    /// Connects, where there is something to connect to; gives back what is noteworthy of it.
    ///
    /// # Errors
    ///
    /// [`Error::Config`], which says what to set, or [`Error::Away`].
    pub async fn connect(&self) -> Result<Vec<String>, Error> {
        match self {
            Self::Database => Ok(Vec::new()),
            Self::Memory => Ok(vec![FORGETFUL.into()]),
            Self::Redis(redis) => {
                redis.connect().await.map(|facts| notices(&facts, redis.is_fenced())).map_err(|error| {
                    match error {
                        countersign_store_redis::OpenError::Unreachable { .. } => away(&error),
                        _ => unusable(&error),
                    }
                })
            }
            Self::Memcached(memcached, nonces) => {
                memcached.connect().await.map_err(|error| match error {
                    countersign_store_memcached::OpenError::Unreachable { .. } => away(&error),
                    _ => unusable(&error),
                })?;
                Ok(nonces.iter().map(|_| EVICTING.into()).collect())
            }
        }
    }

    /// Tells a Redis whether nonces were ever claimed, as `rows` remember: it cannot tell whether it is new or was emptied. To be called
    /// before any is claimed, wherever that will be: a Redis that comes later will not have it.
    ///
    /// # Errors
    ///
    /// [`StoreError`] where one of them cannot say.
    pub(crate) async fn begin(&self, rows: &dyn AdminStore) -> Result<(), StoreError> {
        let Self::Redis(redis) = self else {
            return rows.begin_claims(System.now()).await.map(drop);
        };
        let beginning = redis.beginning().await?;
        match rows.begin_claims(System.now()).await? {
            None => redis.nothing_claimed_before(beginning, System.now()).await,
            Some(when) => {
                let recent = when.seconds().abs_diff(System.now().seconds()) <= RECENT;
                if recent && !beginning.has_record() {
                    await_record(redis).await?;
                }
                redis.claimed_before(System.now()).await
            }
        }
    }

    /// Whether it answers and can store.
    ///
    /// # Errors
    ///
    /// [`StoreError`] if not.
    pub async fn check(&self, now: Timestamp) -> Result<(), StoreError> {
        match self {
            Self::Database | Self::Memory => Ok(()),
            Self::Redis(redis) => redis.check(now).await,
            Self::Memcached(memcached, _) => memcached.check(now).await,
        }
    }
}

impl fmt::Display for Cache {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Database => f.write_str("sql:"),
            Self::Memory => f.write_str("memory:"),
            Self::Redis(redis) => write!(f, "redis at {}", redis.place()),
            Self::Memcached(memcached, None) => {
                write!(f, "memcached at {}, nonces in the database", memcached.place())
            }
            Self::Memcached(memcached, Some(_)) => write!(f, "memcached at {}", memcached.place()),
        }
    }
}

fn cached(store: impl Store + 'static, most: usize) -> (Arc<dyn Store>, Lookups) {
    let cached = Cached::new(store, most);
    let lookups = cached.lookups();
    (Arc::new(cached), lookups)
}

/// Another node is the first, and is about to make it; where it does not, it has died, and nobody knows what was claimed.
async fn await_record(redis: &RedisStore) -> Result<(), StoreError> {
    let start = Instant::now();
    while start.elapsed() < PATIENCE && !redis.beginning().await?.has_record() {
        tokio::time::sleep(PAUSE).await;
    }
    Ok(())
}

fn unusable(error: &dyn std::error::Error) -> Error {
    config_error("cache.url", &chain(error))
}

/// Not now, but it may be soon.
fn away(error: &dyn std::error::Error) -> Error {
    Error::Away { place: "cache.url".into(), message: chain(error) }
}

fn notices(facts: &Facts, fenced: bool) -> Vec<String> {
    let mut notices = Vec::new();
    let lost = if fenced {
        "requests of the last minutes could be replays then, and for as long as the timestamp's window all are refused with 503"
    } else {
        "replays of the last minutes are accepted then, because danger_no_fence stands in cache.url"
    };
    if !facts.append_only {
        notices.push(format!(
            "cache.url is a Redis without an append-only file: when it restarts, temporary credentials and nonces are \
             forgotten; {lost}; set `appendonly yes` and `appendfsync always` there, or use sql:"
        ));
    }
    if facts.replicas > 0 {
        notices.push(format!(
            "cache.url is a Redis with replicas: one that takes over may not know the nonces of the last moments; {lost}; \
             where that must not be, use sql:"
        ));
        if !facts.waits_for_replicas {
            notices.push(
                "cache.url is a Redis that takes changes while it is cut off from its replicas, and for a while there may be two \
                 masters: set `min-replicas-to-write 1` there"
                    .into(),
            );
        }
    }
    notices
}

/// Seconds: nodes that start together are no further apart.
const RECENT: u64 = 10;
const PATIENCE: Duration = Duration::from_secs(5);
const PAUSE: Duration = Duration::from_millis(50);
const REDIS: [&str; 7] = ["redis", "rediss", "redis+unix", "unix", "valkey", "valkeys", "valkey+unix"];
const MEMCACHED: [&str; 2] = ["memcached", "memcached+unix"];
const EVICTING: &str = "cache.url is a Memcached with danger_nonces: it forgets nonces when it is restarted or needs room, and \
                        replays of the last minutes are accepted then; without danger_nonces they are in the database";
const FORGETFUL: &str = "cache.url is memory: temporary credentials and nonces are forgotten on restart, replays of the \
                         last minutes are accepted then, and it holds for this one node";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_redis_would_forget_is_noteworthy() {
        let told = |append_only, replicas, waits, fenced| {
            let mut facts = Facts::default();
            (facts.append_only, facts.replicas, facts.waits_for_replicas) = (append_only, replicas, waits);
            notices(&facts, fenced).concat()
        };
        assert_eq!(told(true, 0, false, true), "");
        assert!(told(false, 0, false, true).contains("appendonly yes"));
        assert!(
            told(true, 1, true, true).contains("takes over") && told(true, 1, true, true).contains("503")
        );
        assert!(told(true, 1, true, false).contains("danger_no_fence"));
        assert!(told(true, 1, false, true).contains("min-replicas-to-write"));
    }

    #[test]
    fn a_url_is_refused_without_its_password() {
        for (url, said) in [
            ("memcached://:s3cret@h", "without a user"),
            ("memcached://h?s3cret", "danger_nonces"),
            ("http://:s3cret@h", "memcached://HOST"),
            ("s3cret", "redis://HOST"),
            ("rediss://:s3cret@h?ca=/nowhere/at/all", "ca names"),
            ("redis://:s3cret@h/?sentinel=a&cluster", "Sentinel"),
            ("redis://:s3cret@h?x=s3cret", "prefix"),
        ] {
            let Err(error) = Cache::parse(url, NonceKey::new([0; 16])) else { panic!("{url}") };
            let error = error.to_string();
            assert!(error.starts_with("cache.url: ") && error.contains(said), "{error}");
            assert!(!error.contains("s3cret"), "{error}");
        }
        for (url, shown) in [
            ("redis://:s3cret@h", "redis at h:6379"),
            ("redis://:s3cret@h1,h2/?cluster", "redis at h1:6379,h2:6379"),
            ("unix:///r.sock?pass=s3cret", "redis at /r.sock"),
            ("rediss://:s3cret@h", "redis at h:6379"),
            ("memcached://h", "memcached at h:11211, nonces in the database"),
            ("memcached+unix:///m.sock?danger_nonces", "memcached at /m.sock"),
            ("redis://:s3cret@h1,h2/?sentinel=a&sentinel_pass=s3cret", "redis at a of h1:26379,h2:26379"),
        ] {
            let cache = Cache::parse(url, NonceKey::new([0; 16])).unwrap();
            assert_eq!((&*cache.to_string(), format!("{cache:?}").contains("s3cret")), (shown, false));
        }
    }
}
