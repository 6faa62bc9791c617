//! What a loss does to temporary credentials: what may have been redeemed already is redeemed no more.

use crate::{
    fence::{answering, clock},
    redis::Redis,
    support::{block_on, client, id, kind, open_fenced, open_url, pending, seasoned, yes},
};
use countersign_core::Timestamp;
use countersign_store::{Outcome, TemporaryStore};
use countersign_store_redis::RedisStore;

async fn granted(store: &RedisStore, name: &str, now: Timestamp) {
    store.create(&pending(name, now.plus(600)), now).await.expect("a record");
    assert_eq!(kind(store.grant(&id(name), &yes(&id(name)), now).await), Ok(Outcome::Done));
}

/// Consumed, and consumed again from a copy that was made before: as a replica that takes over would have it.
async fn redeemed_from_a_copy(open: impl Fn(&Redis) -> RedisStore) -> Outcome {
    let mut redis = Redis::start();
    seasoned(&redis);
    let store = open(&redis);
    let now = clock(&redis);
    granted(&store, "t-1", now).await;
    assert_eq!(redis.ask("SAVE"), "+OK");
    assert_eq!(kind(store.consume(&id("t-1"), &client(), now).await), Ok(Outcome::Done));
    redis.start_again();
    answering(&store).await;
    store.consume(&id("t-1"), &client(), now).await.expect("an outcome")
}

#[test]
fn temporary_credentials_from_before_a_loss_are_redeemed_no_more() {
    block_on(async {
        assert_eq!(redeemed_from_a_copy(|redis| open_fenced(&redis.url())).await, Outcome::Refused);
        assert_eq!(redeemed_from_a_copy(|redis| open_url(&redis.url())).await, Outcome::Done);
    });
}

#[test]
fn temporary_credentials_from_after_a_loss_live_at_once() {
    let mut redis = Redis::start();
    seasoned(&redis);
    block_on(async {
        let store = open_fenced(&redis.url());
        let now = clock(&redis);
        granted(&store, "t-1", now).await;
        redis.start_again();
        answering(&store).await;
        granted(&store, "t-1", now).await;
        assert_eq!(kind(store.consume(&id("t-1"), &client(), now).await), Ok(Outcome::Done));
    });
}
