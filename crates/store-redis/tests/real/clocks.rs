//! Clocks that disagree: what Redis throws away by its own, it does not throw away too early.

use crate::{
    redis::Redis,
    support::{block_on, claim_at, client, id, kind, open, open_url, pending, yes},
};
use countersign_core::Timestamp;
use countersign_store::{Freshness, Outcome, TemporaryStore};

/// Redis's own clock stands between these.
const SLOW: Timestamp = Timestamp::from_seconds(1_000_000_000);
const FAST: Timestamp = Timestamp::from_seconds(3_000_000_000);

#[test]
fn replay_through_a_node_whose_clock_is_off_is_refused() {
    let redis = Redis::start();
    block_on(async {
        let store = open(&redis);
        for at in [SLOW, FAST] {
            assert_eq!(claim_at(&store, at, "n-1").await, Ok(Freshness::Fresh));
            for _ in 0..3 {
                assert_eq!(claim_at(&store, at, "n-1").await, Ok(Freshness::Replayed), "{at:?}");
            }
        }
    });
}

#[test]
fn a_nonce_is_kept_for_its_time_and_not_for_ever() {
    let redis = Redis::start();
    block_on(async {
        let store = open_url(&redis.url());
        assert_eq!(claim_at(&store, SLOW, "n-1").await, Ok(Freshness::Fresh));
        assert_eq!(redis.number("#redis.call('RANDOMKEY')"), 14 + 16, "the prefix and 16 bytes");
        let left = redis.number("redis.call('TTL', redis.call('RANDOMKEY'))");
        assert!((300..=360).contains(&left), "{left}");
    });
}

#[test]
fn temporary_credentials_of_a_slow_clock_live_their_time() {
    let redis = Redis::start();
    block_on(async {
        let store = open(&redis);
        for at in [SLOW, FAST] {
            let name = format!("t-{}", at.seconds());
            store.create(&pending(&name, at.plus(600)), at).await.unwrap();
            let (id, late) = (id(&name), at.plus(600));
            assert_eq!(kind(store.grant(&id, &yes(&id), late).await), Ok(Outcome::Refused));
            assert_eq!(kind(store.grant(&id, &yes(&id), at.plus(599)).await), Ok(Outcome::Done));
            assert_eq!(kind(store.consume(&id, &client(), late).await), Ok(Outcome::Refused));
            assert_eq!(kind(store.count_wrong_verifier(&id, 5, late).await), Ok(5));
            assert_eq!(kind(store.consume(&id, &client(), at.plus(599)).await), Ok(Outcome::Done));
        }
        // Past its expiry it is not there, so its identifier is free.
        store.create(&pending("t", FAST.plus(600)), FAST).await.unwrap();
        let later = FAST.plus(600);
        store.create(&pending("t", later.plus(600)), later).await.unwrap();
        assert_eq!(kind(store.grant(&id("t"), &yes(&id("t")), later).await), Ok(Outcome::Done));
    });
}
