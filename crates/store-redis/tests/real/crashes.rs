//! `kill -9` of Redis, and its restart: what was acknowledged is there, and no nonce comes back.

use crate::{
    redis::Redis,
    support::{NOW, block_on, claim, claim_in_the_end, client, id, kind, open, open_url, pending, yes},
};
use countersign_store::{Freshness, Outcome, TemporaryStore};
use std::sync::{
    Arc,
    atomic::{AtomicBool, AtomicUsize, Ordering},
};

#[test]
fn acknowledged_changes_survive_a_restart_where_each_is_on_the_disk() {
    let mut redis = Redis::durable();
    block_on(async {
        let store = open(&redis);
        assert!(store.connect().await.unwrap().append_only);
        for number in 0..200 {
            assert_eq!(claim(&store, &format!("n-{number}")).await, Ok(Freshness::Fresh));
        }
        for name in ["pending", "granted", "consumed"] {
            store.create(&pending(name, NOW.plus(600)), NOW).await.unwrap();
        }
        for name in ["granted", "consumed"] {
            assert_eq!(kind(store.grant(&id(name), &yes(&id(name)), NOW).await), Ok(Outcome::Done));
        }
        assert_eq!(kind(store.count_wrong_verifier(&id("granted"), 5, NOW).await), Ok(1));
        assert_eq!(kind(store.consume(&id("consumed"), &client(), NOW).await), Ok(Outcome::Done));

        redis.start_again();
        for number in 0..200 {
            assert_eq!(claim_in_the_end(&store, &format!("n-{number}")).await, Freshness::Replayed);
        }
        assert_eq!(kind(store.count_wrong_verifier(&id("granted"), 5, NOW).await), Ok(2));
        assert_eq!(kind(store.deny(&id("pending"), NOW).await), Ok(Outcome::Done));
        assert_eq!(kind(store.consume(&id("consumed"), &client(), NOW).await), Ok(Outcome::Refused));
        assert_eq!(kind(store.consume(&id("granted"), &client(), NOW).await), Ok(Outcome::Done));
    });
}

/// A Redis that keeps nothing says so when it is asked: the server warns of it.
#[test]
fn a_redis_without_an_append_only_file_is_known_to_forget() {
    let mut redis = Redis::start();
    block_on(async {
        let store = open_url(&redis.url());
        let facts = store.connect().await.unwrap();
        assert!(!facts.append_only && facts.replicas == 0, "{facts:?}");
        assert_eq!(claim(&store, "n-1").await, Ok(Freshness::Fresh));
        redis.start_again();
        assert_eq!(claim_in_the_end(&store, "n-1").await, Freshness::Fresh);
    });
}

#[test]
fn no_acknowledged_nonce_is_accepted_again_through_kills_amid_claims() {
    let mut redis = Redis::durable();
    block_on(async {
        let (stop, errors) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicUsize::new(0)));
        let acknowledged = Arc::new(AtomicUsize::new(0));
        let tasks: Vec<_> = (0..8)
            .map(|task| {
                let (store, stop, errors) = (open(&redis), Arc::clone(&stop), Arc::clone(&errors));
                let acknowledged = Arc::clone(&acknowledged);
                tokio::spawn(async move {
                    let mut kept = Vec::new();
                    for number in 0_usize.. {
                        let nonce = format!("n-{task}-{number}");
                        match claim(&store, &nonce).await {
                            Ok(freshness) => {
                                assert_eq!(freshness, Freshness::Fresh, "{nonce}");
                                acknowledged.fetch_add(1, Ordering::Relaxed);
                                kept.push(nonce);
                            }
                            Err(_) => {
                                errors.fetch_add(1, Ordering::Relaxed);
                                tokio::task::yield_now().await;
                            }
                        }
                        if stop.load(Ordering::Relaxed) {
                            break;
                        }
                    }
                    kept
                })
            })
            .collect();
        for kill in 1..=3 {
            crate::support::until(|| acknowledged.load(Ordering::Relaxed) > kill * 500).await;
            redis.kill();
            let seen = errors.load(Ordering::Relaxed);
            crate::support::until(|| errors.load(Ordering::Relaxed) > seen).await;
            redis.start_again();
        }
        let after = acknowledged.load(Ordering::Relaxed);
        crate::support::until(|| acknowledged.load(Ordering::Relaxed) > after + 500).await;
        stop.store(true, Ordering::Relaxed);

        let (store, mut again, mut all) = (open(&redis), 0, 0);
        for task in tasks {
            for nonce in task.await.expect("no task panics") {
                all += 1;
                again += usize::from(claim(&store, &nonce).await != Ok(Freshness::Replayed));
            }
        }
        println!(
            "3 kills, {all} claims acknowledged, {} refused, {again} accepted again",
            errors.load(Ordering::Relaxed)
        );
        assert_eq!(again, 0);
    });
}
