//! Keys and values are bytes: none is folded, cut or taken for another's, and they are small.

use crate::{
    redis::Redis,
    support::{NOW, block_on, claim, id, kind, open, open_url, pending, yes},
    temporaries::come_back_whole,
};
use countersign_store::{Freshness, Outcome, StoreErrorKind, TemporaryState, TemporaryStore};

#[test]
fn a_granted_record_comes_back_byte_for_byte() {
    let redis = Redis::start();
    block_on(async {
        let store = open(&redis);
        come_back_whole(&store, ["{a}b", "a\u{feff}", "%s%n{}", "é漢🦀 "], "jane \u{1F980}\t").await;
    });
}

#[test]
fn prefixes_keep_two_providers_in_one_redis_apart() {
    let redis = Redis::start();
    block_on(async {
        let one = open_url(&redis.url_with("prefix=%7Bone%7D:"));
        let other = open_url(&redis.url_with("prefix=%7BOne%7D:"));
        for store in [&one, &other] {
            store.create(&pending("t-1", NOW.plus(600)), NOW).await.unwrap();
            assert_eq!(claim(store, "n-1").await, Ok(Freshness::Fresh));
        }
        assert_eq!(kind(one.deny(&id("t-1"), NOW).await), Ok(Outcome::Done));
        let kept = other.temporary(&id("t-1")).await.unwrap().expect("it is there");
        assert_eq!(kept.state, TemporaryState::Pending);
        assert_eq!(redis.ask("DBSIZE"), ":4");
    });
}

#[test]
fn what_another_program_wrote_is_corrupt_and_not_absent() {
    let redis = Redis::start();
    block_on(async {
        let store = open(&redis);
        redis.ask("SET countersign:t:t-1 x");
        redis.ask("HSET countersign:t:t-2 expires 99999999999 state maybe");
        for name in ["t-1", "t-2"] {
            assert_eq!(
                kind(store.temporary(&id(name)).await.map(drop)),
                Err(StoreErrorKind::Corrupt),
                "{name}"
            );
        }
        assert!(store.grant(&id("t-1"), &yes(&id("t-1")), NOW).await.is_err());
        assert_eq!(redis.ask("TYPE countersign:t:t-1"), "+string");
    });
}

#[test]
fn a_live_nonce_is_small() {
    let redis = Redis::start();
    block_on(async {
        let store = open(&redis);
        assert_eq!(claim(&store, "warm").await, Ok(Freshness::Fresh));
        let used = || redis.number(USED);
        let before = used();
        for number in 0..20_000 {
            assert_eq!(claim(&store, &format!("n-{number}")).await, Ok(Freshness::Fresh));
        }
        let each = (used() - before) / 20_000;
        println!("{each} bytes of Redis's memory for a live nonce, its tables included");
        assert!(each < 200, "{each}");
    });
}

const USED: &str = "tonumber(string.match(redis.call('INFO', 'memory'), 'used_memory:(%d+)'))";
