//! The fence: what could be a replay after a loss of data is refused, and nothing else is.

use crate::{
    redis::Redis,
    support::{HASTY, PATIENCE, block_on, claim_at, kind, open_fenced, open_url, seasoned},
};
use countersign_core::{ClientId, Nonce, Timestamp};
use countersign_store::{Freshness, NonceStore, NonceUse, StoreErrorKind};
use countersign_store_redis::RedisStore;
use std::time::Instant;

const UNAVAILABLE: Result<Freshness, StoreErrorKind> = Err(StoreErrorKind::Unavailable);
const FRESH: Result<Freshness, StoreErrorKind> = Ok(Freshness::Fresh);
const REPLAYED: Result<Freshness, StoreErrorKind> = Ok(Freshness::Replayed);

/// The window, and the minute that a nonce is kept beyond it.
pub(crate) const WIDTH: u64 = 360;

/// What Redis's clock shows: a fence stands by the later of two.
pub(crate) fn clock(redis: &Redis) -> Timestamp {
    Timestamp::from_seconds(redis.number("tonumber(redis.call('TIME')[1])").unsigned_abs())
}

/// A request that is signed at `stamp` and comes at `now`.
pub(crate) async fn present(
    store: &RedisStore,
    stamp: Timestamp,
    now: Timestamp,
    nonce: &str,
) -> Result<Freshness, StoreErrorKind> {
    let client: ClientId = "client-1".parse().expect("an identifier");
    let used = NonceUse {
        client: &client,
        token: None,
        timestamp: stamp,
        nonce: Nonce::new(nonce).expect("a nonce"),
    };
    kind(store.remember(&used, stamp.plus(WIDTH), now).await)
}

/// Claims stamps from all of the window, each with its own nonce.
pub(crate) async fn claim_all(store: &RedisStore, now: Timestamp) {
    for (stamp, nonce) in all(now) {
        assert_eq!(present(store, stamp, now, nonce).await, FRESH, "{nonce}");
    }
}

/// How many of them are accepted again, once Redis answers: 300 seconds around the moment of each.
pub(crate) async fn accepted_again(store: &RedisStore, then: Timestamp, now: Timestamp) -> usize {
    let mut again = 0;
    for (stamp, nonce) in all(then) {
        again += usize::from(present(store, stamp, now, nonce).await == FRESH);
    }
    again
}

fn all(now: Timestamp) -> [(Timestamp, &'static str); 4] {
    let before = |seconds| Timestamp::from_seconds(now.seconds() - seconds);
    [(before(300), "oldest"), (before(1), "past"), (now, "now"), (now.plus(300), "future")]
}

/// Until it can be spoken to again.
pub(crate) async fn answering(store: &RedisStore) {
    let start = Instant::now();
    while store.check(Timestamp::from_seconds(1)).await.is_err() {
        assert!(start.elapsed() < PATIENCE, "it does not recover");
        tokio::task::yield_now().await;
    }
}

#[test]
fn replay_after_a_restart_that_forgot_is_refused() {
    let mut redis = Redis::start();
    seasoned(&redis);
    block_on(async {
        let (store, unfenced) = (open_fenced(&redis.url()), open_url(&redis.url()));
        let then = clock(&redis);
        claim_all(&store, then).await;
        redis.start_again();
        let now = clock(&redis);
        for node in [&store, &open_fenced(&redis.url())] {
            answering(node).await;
            assert_eq!(accepted_again(node, then, now).await, 0);
            // As time goes on, what was signed before stays refused, and what was signed after it is let in.
            let later = now.plus(WIDTH + 1);
            assert_eq!(accepted_again(node, then, later).await, 0);
            assert!(claim_at(node, later.plus(1), "new").await.is_ok());
        }
        // Without it all of them are.
        answering(&unfenced).await;
        assert_eq!(accepted_again(&unfenced, then, now).await, 4);
    });
}

#[test]
fn replay_after_redis_was_emptied_under_a_connection_is_refused() {
    let redis = Redis::start();
    seasoned(&redis);
    block_on(async {
        let store = open_fenced(&redis.url());
        let then = clock(&redis);
        claim_all(&store, then).await;
        assert_eq!(redis.ask("FLUSHALL"), "+OK");
        for _ in 0..3 {
            assert_eq!(accepted_again(&store, then, clock(&redis)).await, 0);
        }
        let later = clock(&redis).plus(WIDTH + 2);
        assert_eq!(claim_at(&store, later, "new").await, FRESH);
        assert_eq!(claim_at(&store, later, "new").await, REPLAYED);
    });
}

/// Each change was on the disk before it was acknowledged, so nothing is missing.
#[test]
fn a_restart_of_a_durable_redis_refuses_nothing() {
    let mut redis = Redis::durable();
    seasoned(&redis);
    block_on(async {
        let store = open_fenced(&redis.url());
        let then = clock(&redis);
        claim_all(&store, then).await;
        for round in ["one", "two"] {
            redis.start_again();
            for node in [&store, &open_fenced(&redis.url())] {
                answering(node).await;
                let now = clock(&redis);
                assert_eq!(present(node, then, now, "now").await, REPLAYED);
                assert_eq!(accepted_again(node, then, now).await, 0);
            }
            assert_eq!(present(&store, then, then, round).await, FRESH);
        }
    });
}

/// `appendfsync everysec` may lose the last moments with the machine, and nobody can tell with what it ended.
#[test]
fn replay_after_a_restart_of_a_redis_that_was_not_durable_all_along_is_refused() {
    let mut redis = Redis::start_with(&["--appendonly yes", "--appendfsync everysec"]);
    seasoned(&redis);
    block_on(async {
        let store = open_fenced(&redis.url());
        let then = clock(&redis);
        claim_all(&store, then).await;
        redis.start_again();
        assert_eq!(redis.ask("CONFIG SET appendfsync always"), "+OK");
        answering(&store).await;
        assert_eq!(present(&store, then, clock(&redis), "unseen").await, UNAVAILABLE);
    });
}

#[test]
fn a_redis_that_has_just_been_started_admits_what_nobody_can_have_signed_before() {
    let redis = Redis::start();
    block_on(async {
        let store = open_fenced(&redis.url());
        let now = clock(&redis);
        assert_eq!(present(&store, now, now, "n").await, UNAVAILABLE);
        let later = now.plus(WIDTH + 1);
        assert_eq!(present(&store, later, later, "n").await, FRESH);
    });
}

#[test]
fn a_new_redis_of_which_is_known_that_nothing_was_claimed_refuses_nothing() {
    let redis = Redis::start();
    block_on(async {
        let (store, other) = (open_fenced(&redis.url()), open_fenced(&redis.url()));
        let now = clock(&redis);
        let beginning = store.beginning().await.expect("an answer");
        assert!(!beginning.has_record());
        store.nothing_claimed_before(beginning, now).await.expect("a record");
        assert!(other.beginning().await.expect("an answer").has_record());
        other.claimed_before(now).await.expect("a record");
        claim_all(&store, now).await;
        assert_eq!(accepted_again(&other, now, now).await, 0);
        // Whatever is lost later is lost.
        assert_eq!(redis.ask("FLUSHALL"), "+OK");
        for node in [&store, &other, &open_fenced(&redis.url())] {
            assert_eq!(accepted_again(node, now, clock(&redis)).await, 0);
        }
    });
}

#[test]
fn replay_after_redis_was_emptied_before_the_first_node_had_said_so_is_refused() {
    let redis = Redis::start();
    block_on(async {
        let (store, other) = (open_fenced(&redis.url()), open_fenced(&redis.url()));
        let now = clock(&redis);
        let beginning = store.beginning().await.expect("an answer");
        // Another has claimed meanwhile, and all of it is lost; a third has left a name of its own.
        let theirs = other.beginning().await.expect("an answer");
        other.nothing_claimed_before(theirs, now).await.expect("a record");
        claim_all(&other, now).await;
        assert_eq!(redis.ask("FLUSHALL"), "+OK");
        assert!(!open_fenced(&redis.url()).beginning().await.expect("an answer").has_record());
        store.nothing_claimed_before(beginning, now).await.expect("a record");
        assert_eq!(accepted_again(&store, now, clock(&redis)).await, 0);
    });
}

#[test]
fn replay_in_a_redis_that_never_had_what_was_claimed_is_refused() {
    let redis = Redis::start();
    block_on(async {
        let store = open_fenced(&redis.url());
        let now = clock(&redis);
        store.claimed_before(now).await.expect("a record");
        assert_eq!(accepted_again(&store, now, now).await, 0);
        let later = now.plus(WIDTH + 2);
        assert_eq!(present(&store, later, later, "n").await, FRESH);
    });
}

/// Nothing was lost, though Redis calls its data set by a new name.
#[test]
fn the_first_replica_of_a_redis_raises_no_fence() {
    let (redis, [port, _]) = Redis::on_ports(|_, _| Vec::new());
    seasoned(&redis);
    block_on(async {
        let store = open_fenced(&redis.url());
        let now = clock(&redis);
        claim_all(&store, now).await;
        let name = || {
            redis
                .text("INFO replication")
                .lines()
                .find(|line| line.starts_with("master_replid:"))
                .map(str::to_owned)
        };
        let before = name();
        let replica = Redis::on_ports(|_, _| vec![format!("--replicaof 127.0.0.1 {port}")]).0;
        crate::support::until(|| replica.text("INFO replication").contains("master_link_status:up")).await;
        assert_ne!(name(), before);
        for node in [&store, &open_fenced(&redis.url_with(HASTY))] {
            assert_eq!(present(node, now, now, "now").await, REPLAYED);
        }
        assert_eq!(present(&store, now, now, "another").await, FRESH);
    });
}

/// Its data were another's meanwhile: what it had acknowledged since is gone.
#[test]
fn replay_after_a_master_was_a_replica_for_a_while_is_refused() {
    let (other, [port, _]) = Redis::on_ports(|_, _| Vec::new());
    let redis = Redis::start();
    seasoned(&redis);
    block_on(async {
        let store = open_fenced(&redis.url_with(HASTY));
        let then = clock(&redis);
        claim_all(&store, then).await;
        assert_eq!(redis.ask(&format!("REPLICAOF 127.0.0.1 {port}")), "+OK");
        crate::support::until(|| redis.text("INFO replication").contains("master_link_status:up")).await;
        assert_eq!(redis.ask("REPLICAOF NO ONE"), "+OK");
        for _ in 0..3 {
            assert_eq!(accepted_again(&store, then, clock(&redis)).await, 0);
        }
        drop(other);
    });
}
