//! `cache.url` and `nonces.url`: where temporary credentials and nonces live. What is said of them never shows a password.

mod backend;

use crate::{
    config::{Config, config_error},
    error::Error,
};
use backend::{Backend, Holds};
use countersign_core::Timestamp;
use countersign_provider::{Clock, System};
use countersign_store::{
    AdminStore, Announced, Cached, ClientStore, CredentialStore, Lookups, MemoryNonces, MemoryStore,
    NonceKey, NonceStore, Seal, Sealed, Split, Store, StoreError, TemporaryStore, WithNonces,
};
use countersign_store_redis::RedisStore;
use std::{
    fmt,
    sync::Arc,
    time::{Duration, Instant},
};

/// Where temporary credentials and nonces live.
#[derive(Clone, Debug)]
pub struct Cache {
    temporaries: Backend,
    nonces: Backend,
    /// Whether `nonces.url` names another place than `cache.url`.
    apart: bool,
    nonce_key: NonceKey,
}

impl Cache {
    /// Reads the configuration, and opens nothing.
    ///
    /// # Errors
    ///
    /// [`Error::Config`], which names the key: for nonces where they would be forgotten and nothing says that they may be, too.
    pub(crate) fn of(config: &Config, nonce_key: NonceKey) -> Result<Self, Error> {
        let (cache, nonces) = (&*config.cache.url, &*config.nonces.url);
        let temporaries = Backend::parse(CACHE, cache, nonce_key.clone())?;
        let apart = !nonces.is_empty() && nonces != cache;
        let nonces = match &temporaries {
            _ if apart => Backend::parse(NONCES, nonces, nonce_key.clone())?,
            Backend::Memcached(memcached) if nonces.is_empty() && !memcached.wants_nonces() => {
                Backend::Database
            }
            same => same.clone(),
        };
        match (&temporaries, &nonces) {
            (_, Backend::Memcached(memcached)) if !memcached.wants_nonces() => {
                return Err(config_error(NONCES, EVICTED));
            }
            (Backend::Memcached(memcached), _) if apart && memcached.wants_nonces() => {
                return Err(config_error(CACHE, CONTRADICTED));
            }
            _ => {}
        }
        Ok(Self { temporaries, nonces, apart, nonce_key })
    }

    /// That no node keeps for itself what another one has to know: replays would be accepted.
    pub(crate) fn check_shared(&self) -> Result<(), Error> {
        match (&self.temporaries, &self.nonces) {
            (_, Backend::Memory) => Err(config_error(self.key_of_nonces(), UNSEEN)),
            (Backend::Memory, _) => Err(config_error(CACHE, ALONE)),
            _ => Ok(()),
        }
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
        let temporaries: Option<Arc<dyn TemporaryStore>> = match &self.temporaries {
            Backend::Database => None,
            Backend::Memory => Some(Arc::new(MemoryStore::default())),
            Backend::Redis(redis) => Some(Arc::new(Sealed::new(redis.clone(), seal))),
            Backend::Memcached(memcached) => Some(Arc::new(Sealed::new(memcached.clone(), seal))),
        };
        let nonces: Option<Arc<dyn NonceStore>> = match &self.nonces {
            Backend::Database => None,
            Backend::Memory => Some(Arc::new(MemoryNonces::default())),
            Backend::Redis(redis) => Some(Arc::new(redis.clone())),
            Backend::Memcached(memcached) => Some(Arc::new(memcached.danger_nonces(self.nonce_key.clone()))),
        };
        match (temporaries, nonces) {
            (None, None) => cached(rows, lookups),
            (None, Some(nonces)) => cached(WithNonces::new(rows, nonces), lookups),
            (Some(temporaries), nonces) => {
                let nonces = nonces.unwrap_or_else(|| Arc::new(rows.clone()));
                cached(Split::new(WithNonces::new(temporaries, nonces), rows), lookups)
            }
        }
    }

    /// The rows of a database that does not tell what changes in it, with word of changes carried by a Redis, where there is one.
    pub(crate) fn announcing(&self, rows: Arc<dyn AdminStore>) -> Arc<dyn AdminStore> {
        match self.temporaries.redis().or_else(|| self.nonces.redis()) {
            Some(redis) => Arc::new(Announced::new(rows, redis.clone())),
            None => rows,
        }
    }

    /// Connects, where there is something to connect to; gives back what is noteworthy of it.
    ///
    /// # Errors
    ///
    /// [`Error::Config`], which says what to set, or [`Error::Away`].
    pub async fn connect(&self) -> Result<Vec<String>, Error> {
        let mut notices = Vec::new();
        for (key, backend, holds) in self.places() {
            notices.extend(backend.connect(key, holds).await?);
        }
        Ok(notices)
    }

    /// Tells each Redis whether nonces were ever claimed, as `rows` remember: it cannot tell whether it is new or was emptied. To be called
    /// before any is claimed, wherever that will be: a Redis that comes later will not have it.
    ///
    /// Tells since when nonces are no longer claimed elsewhere, if they ever were.
    ///
    /// # Errors
    ///
    /// [`StoreError`] where one of them cannot say.
    pub(crate) async fn begin(&self, rows: &dyn AdminStore) -> Result<Option<Timestamp>, StoreError> {
        let mut beginnings = Vec::new();
        for (_, backend, _) in self.places() {
            if let Some(redis) = backend.redis() {
                beginnings.push((redis, redis.beginning().await?));
            }
        }
        let claimed = rows.begin_claims(System.now()).await?;
        let moved = rows.nonces_at(&self.nonces.to_string(), System.now()).await?;
        for (redis, beginning) in beginnings {
            let Some(when) = claimed else {
                redis.nothing_claimed_before(beginning, System.now()).await?;
                continue;
            };
            let recent = when.seconds().abs_diff(System.now().seconds()) <= RECENT;
            if recent && !beginning.has_record() {
                await_record(redis).await?;
            }
            redis.claimed_before(System.now()).await?;
        }
        // Whoever wants no fence there wants none here.
        let unfenced = self.nonces.redis().is_some_and(|redis| !redis.is_fenced());
        Ok(moved.filter(|_| !unfenced))
    }

    /// Whether it answers and can store.
    ///
    /// # Errors
    ///
    /// [`StoreError`] if not.
    pub async fn check(&self, now: Timestamp) -> Result<(), StoreError> {
        for (_, backend, _) in self.places() {
            backend.check(now).await?;
        }
        Ok(())
    }

    /// The key that says where nonces are.
    pub(crate) const fn key_of_nonces(&self) -> &'static str {
        if self.apart { NONCES } else { CACHE }
    }

    /// Each place once, with the key that names it.
    fn places(&self) -> impl Iterator<Item = (&'static str, &Backend, Holds)> {
        let both = if self.has_both() { Holds::Both } else { Holds::Temporaries };
        let apart = self.apart.then_some((NONCES, &self.nonces, Holds::Nonces));
        std::iter::once((CACHE, &self.temporaries, both)).chain(apart)
    }

    /// Whether nonces are where temporary credentials are.
    fn has_both(&self) -> bool {
        let beside = matches!((&self.temporaries, &self.nonces), (Backend::Memcached(_), Backend::Database));
        !self.apart && !beside
    }
}

impl fmt::Display for Cache {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.temporaries.fmt(f)?;
        match &self.nonces {
            _ if self.has_both() => Ok(()),
            Backend::Database => f.write_str(", nonces in the database"),
            nonces => write!(f, ", nonces in {nonces}"),
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

const CACHE: &str = "cache.url";
const NONCES: &str = "nonces.url";
/// Seconds: nodes that start together are no further apart.
const RECENT: u64 = 10;
const PATIENCE: Duration = Duration::from_secs(5);
const PAUSE: Duration = Duration::from_millis(50);
const UNSEEN: &str = "is memory:, but single_node = false says that there are other nodes: each would accept what another has \
                      seen already; use \"sql:\" or a Redis";
const ALONE: &str = "is memory:, but single_node = false says that there are other nodes: what is begun at one could not go on at \
                     another; use \"sql:\", a Redis or a Memcached";
const EVICTED: &str = "is a Memcached, which evicts and forgets: each nonce that it forgets is a replay accepted; use \"sql:\" or a \
                       Redis (with danger_nonces in its URL it is used all the same)";
const CONTRADICTED: &str =
    "has danger_nonces, but nonces.url says that nonces are elsewhere: take one of them out";

#[cfg(test)]
mod tests {
    use super::*;

    fn of(cache: &str, nonces: &str) -> Result<Cache, String> {
        let mut config = Config::default();
        (config.cache.url, config.nonces.url) = (cache.into(), nonces.into());
        Cache::of(&config, NonceKey::new([0; 16])).map_err(|error| error.to_string())
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
            for (cache, nonces, key) in [(url, "", "cache.url: "), ("sql:", url, "nonces.url: ")] {
                let error = of(cache, nonces).unwrap_err();
                assert!(error.starts_with(key) && error.contains(said), "{error}");
                assert!(!error.contains("s3cret"), "{error}");
            }
        }
    }

    #[test]
    fn each_place_is_called_by_its_host_and_not_by_its_password() {
        let apart = "redis at h:6379, nonces in redis at g:6379";
        for (cache, nonces, shown) in [
            ("sql:", "", "sql:"),
            ("redis://:s3cret@h", "", "redis at h:6379"),
            ("redis://:s3cret@h", "redis://:s3cret@h", "redis at h:6379"),
            ("redis://:s3cret@h", "redis://:s3cret@g", apart),
            ("redis://:s3cret@h", "sql:", "redis at h:6379, nonces in the database"),
            ("sql:", "redis://:s3cret@h", "sql:, nonces in redis at h:6379"),
            ("memory:", "sql:", "memory:, nonces in the database"),
            ("redis://:s3cret@h1,h2/?cluster", "", "redis at h1:6379,h2:6379"),
            ("unix:///r.sock?pass=s3cret", "", "redis at /r.sock"),
            ("rediss://:s3cret@h", "", "redis at h:6379"),
            ("memcached://h", "", "memcached at h:11211, nonces in the database"),
            ("memcached://h", "redis://:s3cret@h", "memcached at h:11211, nonces in redis at h:6379"),
            ("memcached+unix:///m.sock?danger_nonces", "", "memcached at /m.sock"),
            ("redis://:s3cret@h1,h2/?sentinel=a&sentinel_pass=s3cret", "", "redis at a of h1:26379,h2:26379"),
        ] {
            let cache = of(cache, nonces).unwrap();
            assert_eq!((&*cache.to_string(), format!("{cache:?}").contains("s3cret")), (shown, false));
        }
    }

    #[test]
    fn nonces_in_a_memcached_are_refused_unless_the_danger_is_named() {
        for cache in ["sql:", "redis://h", "memcached://h"] {
            let error = of(cache, "memcached://h").unwrap_err();
            assert!(error.starts_with("nonces.url: ") && error.contains("danger_nonces"), "{error}");
        }
        of("redis://h", "memcached://h?danger_nonces").unwrap();
        let error = of("memcached://h?danger_nonces", "sql:").unwrap_err();
        assert!(error.starts_with("cache.url: ") && error.contains("nonces.url"), "{error}");
    }

    #[test]
    fn memory_of_one_of_several_nodes_is_refused_wherever_it_is_named() {
        for (cache, nonces, key) in [
            ("memory:", "", "cache.url: "),
            ("sql:", "memory:", "nonces.url: "),
            ("redis://h", "memory:", "nonces.url: "),
            ("memory:", "redis://h", "cache.url: "),
        ] {
            let error = of(cache, nonces).unwrap().check_shared().unwrap_err().to_string();
            assert!(error.starts_with(key) && error.contains("single_node"), "{error}");
        }
        of("memcached://h", "redis://h").unwrap().check_shared().unwrap();
    }
}
