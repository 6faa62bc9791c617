//! Records come back byte for byte, stay apart, and are redeemed once by all nodes together.

use crate::{
    memcached::Memcached,
    support::{NOW, block_on, client, id, kind, open, pending, yes},
    temporaries::come_back_whole,
};
use countersign_core::Timestamp;
use countersign_store::{Outcome, StoreErrorKind, TemporaryState, TemporaryStore};
use countersign_store_memcached::MemcachedStore;
use std::sync::Arc;
use tokio::sync::Barrier;

#[test]
fn a_granted_record_comes_back_byte_for_byte() {
    let memcached = Memcached::start();
    block_on(async {
        let store = open(&memcached);
        let long = "x".repeat(255);
        come_back_whole(
            &store,
            ["\" \\ ", "a\u{feff}", "\u{1F980} flush_all", &long],
            "jane \u{1F980}\t\r\nEND",
        )
        .await;
    });
}

#[test]
fn one_of_64_tasks_on_two_nodes_consumes_temporary_credentials() {
    let memcached = Memcached::start();
    block_on(async {
        let nodes = [open(&memcached), open(&memcached)];
        for round in 0..200 {
            let name = id(&format!("t-{round}"));
            nodes[0].create(&pending(name.as_str(), NOW.plus(600)), NOW).await.unwrap();
            assert_eq!(kind(nodes[1].grant(&name, &yes(&name), NOW).await), Ok(Outcome::Done));
            let gate = Arc::new(Barrier::new(64));
            let start = |index: usize| {
                let (gate, store, name) = (Arc::clone(&gate), nodes[index % 2].clone(), name.clone());
                tokio::spawn(async move {
                    gate.wait().await;
                    kind(store.consume(&name, &client(), NOW).await)
                })
            };
            let mut won = 0;
            for task in (0..64).map(start).collect::<Vec<_>>() {
                won += usize::from(task.await.unwrap() == Ok(Outcome::Done));
            }
            assert_eq!(won, 1, "round {round}");
        }
    });
}

#[test]
fn prefixes_keep_two_providers_in_one_memcached_apart() {
    let memcached = Memcached::start();
    block_on(async {
        let under =
            |prefix: &str| MemcachedStore::open(&format!("{}?prefix={prefix}", memcached.url())).unwrap();
        let (one, other) = (under("one:"), under("One:"));
        for store in [&one, &other] {
            store.create(&pending("t-1", NOW.plus(600)), NOW).await.unwrap();
        }
        assert_eq!(kind(one.deny(&id("t-1"), NOW).await), Ok(Outcome::Done));
        let kept = other.temporary(&id("t-1")).await.unwrap().expect("it is there");
        assert_eq!(kept.state, TemporaryState::Pending);
    });
}

#[test]
fn what_another_program_wrote_is_corrupt_and_not_absent() {
    let memcached = Memcached::start();
    block_on(async {
        let store = open(&memcached);
        store.create(&pending("t-1", NOW.plus(600)), NOW).await.unwrap();
        // The same record under another's key: as if two names had one hash.
        let key = |name: &str| {
            let hash = aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, name.as_bytes());
            hash.as_ref().iter().fold("countersign:t:".to_owned(), |key, byte| format!("{key}{byte:02x}"))
        };
        assert!(memcached.ask(&format!("get {}", key("t-1"))).starts_with("VALUE"));
        assert_eq!(memcached.ask(&format!("set {} 0 0 1\r\nx", key("t-2"))), "STORED");
        for name in ["t-2"] {
            assert_eq!(kind(store.temporary(&id(name)).await.map(drop)), Err(StoreErrorKind::Corrupt));
            assert_eq!(
                kind(store.grant(&id(name), &yes(&id(name)), NOW).await),
                Err(StoreErrorKind::Corrupt)
            );
            assert_eq!(
                kind(store.create(&pending(name, NOW.plus(600)), NOW).await),
                Err(StoreErrorKind::Corrupt)
            );
        }
    });
}

/// Memcached's clock stands between these.
#[test]
fn temporary_credentials_of_a_clock_that_is_off_live_their_time() {
    let memcached = Memcached::start();
    block_on(async {
        let store = open(&memcached);
        for at in [Timestamp::from_seconds(1_000_000_000), Timestamp::from_seconds(3_000_000_000)] {
            let name = format!("t-{}", at.seconds());
            store.create(&pending(&name, at.plus(600)), at).await.unwrap();
            let (id, late) = (id(&name), at.plus(600));
            assert_eq!(kind(store.grant(&id, &yes(&id), late).await), Ok(Outcome::Refused));
            assert_eq!(kind(store.grant(&id, &yes(&id), at.plus(599)).await), Ok(Outcome::Done));
            assert_eq!(kind(store.consume(&id, &client(), late).await), Ok(Outcome::Refused));
            assert_eq!(kind(store.consume(&id, &client(), at.plus(599)).await), Ok(Outcome::Done));
        }
        // Past its expiry it is not there, so its identifier is free.
        store.create(&pending("t", NOW.plus(600)), NOW).await.unwrap();
        let later = NOW.plus(600);
        store.create(&pending("t", later.plus(600)), later).await.unwrap();
        assert_eq!(
            kind(store.create(&pending("t", later.plus(600)), later).await),
            Err(StoreErrorKind::Conflict)
        );
    });
}

#[test]
fn temporary_credentials_that_were_evicted_are_not_there() {
    let memcached = Memcached::start();
    block_on(async {
        let store = open(&memcached);
        store.create(&pending("t-1", NOW.plus(600)), NOW).await.unwrap();
        assert_eq!(kind(store.grant(&id("t-1"), &yes(&id("t-1")), NOW).await), Ok(Outcome::Done));
        assert_eq!(memcached.ask("flush_all"), "OK");
        assert!(store.temporary(&id("t-1")).await.unwrap().is_none());
        assert_eq!(kind(store.consume(&id("t-1"), &client(), NOW).await), Ok(Outcome::Refused));
        assert_eq!(kind(store.count_wrong_verifier(&id("t-1"), 5, NOW).await), Ok(5));
    });
}
