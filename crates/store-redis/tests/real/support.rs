//! What these tests share: a store on a Redis, and claims.

use crate::redis::Redis;
use countersign_core::{Nonce, Timestamp};
use countersign_store::{Freshness, NonceKey, NonceStore, NonceUse, StoreErrorKind};
use countersign_store_redis::RedisStore;
use std::time::{Duration, Instant};

pub(crate) use crate::temporaries::{client, id, kind, pending, yes};
pub(crate) use countersign_store::contract::{NOW, block_on};

pub(crate) const HASTY: &str = "connect_timeout_ms=300&response_timeout_ms=300";
pub(crate) const KEY: NonceKey = NonceKey::new([7; 16]);

/// One with a fence that knows of no loss: as if Redis had been in use for years.
pub(crate) fn open(redis: &Redis) -> RedisStore {
    seasoned(redis);
    open_fenced(&redis.url())
}

/// One that is not patient, without a fence.
pub(crate) fn hasty(redis: &Redis) -> RedisStore {
    open_url(&redis.url_with(HASTY))
}

/// One without a fence.
pub(crate) fn open_url(url: &str) -> RedisStore {
    let more = if url.contains('?') { '&' } else { '?' };
    open_fenced(&format!("{url}{more}danger_no_fence"))
}

pub(crate) fn open_fenced(url: &str) -> RedisStore {
    RedisStore::open(url, KEY).expect("a URL")
}

/// Leaves the record of a Redis that has lost nothing.
pub(crate) fn seasoned(redis: &Redis) {
    redis.season(false);
}

pub(crate) async fn claim(store: &RedisStore, nonce: &str) -> Result<Freshness, StoreErrorKind> {
    claim_at(store, NOW, nonce).await
}

pub(crate) async fn claim_at(
    store: &RedisStore,
    at: Timestamp,
    nonce: &str,
) -> Result<Freshness, StoreErrorKind> {
    let nonce = Nonce::new(nonce).expect("a nonce");
    let client = client();
    let used = NonceUse { client: &client, token: Some("k-1"), timestamp: at, nonce };
    kind(store.remember(&used, at.plus(360), at).await)
}

/// Claims until Redis answers again.
pub(crate) async fn claim_in_the_end(store: &RedisStore, nonce: &str) -> Freshness {
    let start = Instant::now();
    loop {
        match claim(store, nonce).await {
            Ok(freshness) => return freshness,
            Err(kind) => assert_eq!(kind, StoreErrorKind::Unavailable),
        }
        assert!(start.elapsed() < PATIENCE, "it does not recover");
        tokio::task::yield_now().await;
    }
}

/// How long anything may take on a busy machine.
pub(crate) const PATIENCE: Duration = Duration::from_secs(60);

/// Lets the others run until it holds.
pub(crate) async fn until(mut holds: impl FnMut() -> bool) {
    let start = Instant::now();
    while !holds() {
        assert!(start.elapsed() < PATIENCE, "waited in vain");
        tokio::task::yield_now().await;
    }
}
