//! A Redis that hangs, is full, is a replica or has lost its scripts: unavailable in bounded time, and well again by itself.

use crate::{
    redis::Redis,
    support::{NOW, block_on, claim, claim_in_the_end, hasty, id, kind, open, open_url, pending, yes},
};
use countersign_store::{Freshness, Outcome, StoreErrorKind, TemporaryStore};
use std::time::{Duration, Instant};

const UNAVAILABLE: Result<Freshness, StoreErrorKind> = Err(StoreErrorKind::Unavailable);

#[test]
fn a_hung_redis_is_unavailable_in_bounded_time_and_recovers() {
    let redis = Redis::start();
    block_on(async {
        let store = hasty(&redis);
        assert_eq!(claim(&store, "before").await, Ok(Freshness::Fresh));
        store.create(&pending("t-1", NOW.plus(600)), NOW).await.unwrap();
        redis.signal("STOP");
        let start = Instant::now();
        // One after the other and many at once: the connection is lost on the way, and none can be made.
        let waiting: Vec<_> = (0..100)
            .map(|number| {
                let store = store.clone();
                tokio::spawn(async move {
                    for round in 0..3 {
                        assert_eq!(claim(&store, &format!("n-{number}-{round}")).await, UNAVAILABLE);
                    }
                })
            })
            .collect();
        assert_eq!(kind(store.temporary(&id("t-1")).await.map(drop)), Err(StoreErrorKind::Unavailable));
        assert_eq!(kind(store.deny(&id("t-1"), NOW).await), Err(StoreErrorKind::Unavailable));
        assert_eq!(kind(store.check(NOW).await), Err(StoreErrorKind::Unavailable));
        for task in waiting {
            task.await.unwrap();
        }
        let longest = start.elapsed() / 3;
        println!("hung: answered after {} ms on average", longest.as_millis());
        assert!(longest < Duration::from_secs(3), "{longest:?}");

        redis.signal("CONT");
        assert_eq!(claim_in_the_end(&store, "before").await, Freshness::Replayed);
        assert_eq!(claim(&store, "after").await, Ok(Freshness::Fresh));
        // What was not answered may have happened, and is accepted at most once from now on.
        for number in 0..100 {
            let nonce = format!("n-{number}-0");
            assert!(claim(&store, &nonce).await.is_ok());
            assert_eq!(claim(&store, &nonce).await, Ok(Freshness::Replayed), "{nonce}");
        }
    });
}

#[test]
fn a_redis_that_is_away_is_unavailable_at_once_and_found_again() {
    let mut redis = Redis::start();
    block_on(async {
        let store = open_url(&redis.url());
        assert_eq!(claim(&store, "n-1").await, Ok(Freshness::Fresh));
        redis.kill();
        let start = Instant::now();
        for _ in 0..10 {
            assert_eq!(claim(&store, "n-2").await, UNAVAILABLE);
        }
        assert!(start.elapsed() < Duration::from_secs(2), "{:?}", start.elapsed());
        redis.start_again();
        assert_eq!(claim_in_the_end(&store, "n-2").await, Freshness::Fresh);
    });
}

#[test]
fn a_full_redis_is_unavailable_and_forgets_nothing() {
    let redis = Redis::start();
    block_on(async {
        let store = open(&redis);
        assert_eq!(claim(&store, "n-1").await, Ok(Freshness::Fresh));
        assert_eq!(redis.ask("CONFIG SET maxmemory 1"), "+OK");
        assert_eq!(claim(&store, "n-2").await, UNAVAILABLE);
        assert_eq!(
            kind(store.create(&pending("t-1", NOW.plus(600)), NOW).await),
            Err(StoreErrorKind::Unavailable)
        );
        assert_eq!(kind(store.check(NOW).await), Err(StoreErrorKind::Unavailable));
        assert_eq!(redis.ask("CONFIG SET maxmemory 0"), "+OK");
        assert_eq!(claim(&store, "n-1").await, Ok(Freshness::Replayed));
        assert_eq!(claim(&store, "n-2").await, Ok(Freshness::Fresh));
        store.check(NOW).await.unwrap();
    });
}

#[test]
fn a_master_that_became_a_replica_is_unavailable_until_it_is_one_again() {
    let redis = Redis::start();
    block_on(async {
        let store = hasty(&redis);
        assert_eq!(claim(&store, "n-1").await, Ok(Freshness::Fresh));
        assert_eq!(redis.ask("REPLICAOF 127.0.0.1 1"), "+OK");
        for nonce in ["n-1", "n-2", "n-2"] {
            assert_eq!(claim(&store, nonce).await, UNAVAILABLE);
        }
        let refused = store.connect().await.unwrap_err().to_string();
        assert!(refused.contains("is a replica"), "{refused}");
        assert_eq!(redis.ask("REPLICAOF NO ONE"), "+OK");
        assert_eq!(claim_in_the_end(&store, "n-1").await, Freshness::Replayed);
        assert_eq!(claim_in_the_end(&store, "n-2").await, Freshness::Fresh);
    });
}

#[test]
fn scripts_that_redis_has_forgotten_are_sent_again() {
    let redis = Redis::start();
    block_on(async {
        let store = open(&redis);
        assert_eq!(claim(&store, "n-1").await, Ok(Freshness::Fresh));
        store.create(&pending("t-1", NOW.plus(600)), NOW).await.unwrap();
        assert_eq!(redis.ask("SCRIPT FLUSH"), "+OK");
        assert_eq!(claim(&store, "n-1").await, Ok(Freshness::Replayed));
        assert_eq!(kind(store.grant(&id("t-1"), &yes(&id("t-1")), NOW).await), Ok(Outcome::Done));
    });
}
