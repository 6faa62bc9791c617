//! A Memcached that hangs, is away or is full: unavailable in bounded time, and well again by itself.

use crate::{
    memcached::Memcached,
    support::{NOW, block_on, client, hasty, id, kind, open, pending, yes},
};
use countersign_core::Nonce;
use countersign_store::{Freshness, NonceKey, NonceStore, NonceUse, Outcome, StoreErrorKind, TemporaryStore};
use countersign_store_memcached::{MemcachedStore, OpenError};
use std::{
    io::Write,
    net::TcpListener,
    thread,
    time::{Duration, Instant},
};

async fn recovered(store: &MemcachedStore) {
    let start = Instant::now();
    while store.check(NOW).await.is_err() {
        assert!(start.elapsed() < Duration::from_secs(60), "it does not recover");
        tokio::task::yield_now().await;
    }
}

#[test]
fn a_hung_memcached_is_unavailable_in_bounded_time_and_recovers() {
    for memcached in [Memcached::start(), Memcached::on_a_port()] {
        block_on(async {
            let store = hasty(&memcached);
            store.create(&pending("t-1", NOW.plus(600)), NOW).await.unwrap();
            assert_eq!(kind(store.grant(&id("t-1"), &yes(&id("t-1")), NOW).await), Ok(Outcome::Done));
            memcached.signal("STOP");
            let start = Instant::now();
            let waiting: Vec<_> = (0..100)
                .map(|_| {
                    let store = store.clone();
                    tokio::spawn(async move { kind(store.consume(&id("t-1"), &client(), NOW).await) })
                })
                .collect();
            for task in waiting {
                assert_eq!(task.await.unwrap(), Err(StoreErrorKind::Unavailable));
            }
            assert_eq!(kind(store.temporary(&id("t-1")).await.map(drop)), Err(StoreErrorKind::Unavailable));
            assert_eq!(
                kind(store.create(&pending("t-2", NOW.plus(600)), NOW).await),
                Err(StoreErrorKind::Unavailable)
            );
            println!("hung: all answered after {} ms", start.elapsed().as_millis());
            assert!(start.elapsed() < Duration::from_secs(5), "{:?}", start.elapsed());
            memcached.signal("CONT");
            recovered(&store).await;
            // What was not answered may have happened; it happens once at most.
            let mut done = 0;
            for _ in 0..3 {
                done +=
                    usize::from(store.consume(&id("t-1"), &client(), NOW).await.unwrap() == Outcome::Done);
            }
            assert!(done <= 1);
        });
    }
}

#[test]
fn a_memcached_that_is_killed_is_unavailable_forgets_and_is_found_again() {
    let mut memcached = Memcached::start();
    block_on(async {
        let store = open(&memcached);
        store.create(&pending("t-1", NOW.plus(600)), NOW).await.unwrap();
        memcached.kill();
        let start = Instant::now();
        for _ in 0..10 {
            assert_eq!(kind(store.temporary(&id("t-1")).await.map(drop)), Err(StoreErrorKind::Unavailable));
        }
        assert!(start.elapsed() < Duration::from_secs(2), "{:?}", start.elapsed());
        memcached.start_again();
        recovered(&store).await;
        assert!(store.temporary(&id("t-1")).await.unwrap().is_none());
        store.create(&pending("t-1", NOW.plus(600)), NOW).await.unwrap();
    });
}

/// Kills amid exchanges: no temporary credentials are consumed twice.
#[test]
fn nothing_is_consumed_twice_through_kills_amid_exchanges() {
    let mut memcached = Memcached::start();
    block_on(async {
        let nodes = [open(&memcached), open(&memcached)];
        let (mut redeemed, mut unknown) = (0, 0);
        for round in 0..12 {
            let name = id(&format!("t-{round}"));
            recovered(&nodes[0]).await;
            if nodes[0].create(&pending(name.as_str(), NOW.plus(600)), NOW).await.is_err() {
                continue;
            }
            assert_eq!(kind(nodes[0].grant(&name, &yes(&name), NOW).await), Ok(Outcome::Done));
            let tasks: Vec<_> = (0..32)
                .map(|index| {
                    let (store, name) = (nodes[index % 2].clone(), name.clone());
                    tokio::spawn(async move { kind(store.consume(&name, &client(), NOW).await) })
                })
                .collect();
            if round % 3 == 0 {
                memcached.start_again();
            }
            let mut won = 0;
            for task in tasks {
                match task.await.unwrap() {
                    Ok(Outcome::Done) => won += 1,
                    Ok(Outcome::Refused) => {}
                    Err(kind) => {
                        assert_eq!(kind, StoreErrorKind::Unavailable);
                        unknown += 1;
                    }
                }
            }
            assert!(won <= 1, "{won} in round {round}");
            redeemed += won;
        }
        println!("4 kills: {redeemed} redeemed, {unknown} outcomes unknown, none redeemed twice");
    });
}

#[test]
fn what_memcached_has_no_room_for_is_unavailable() {
    let memcached = Memcached::start();
    block_on(async {
        let store = open(&memcached);
        let mut record = pending("t-1", NOW.plus(600));
        record.callback = format!("https://h/{}", "x".repeat(2 << 20)).into();
        assert_eq!(kind(store.create(&record, NOW).await), Err(StoreErrorKind::Unavailable));
        store.create(&pending("t-1", NOW.plus(600)), NOW).await.unwrap();
    });
}

/// The loss that the name warns of.
#[test]
fn a_dangerous_nonce_is_accepted_again_after_a_restart() {
    let mut memcached = Memcached::start();
    block_on(async {
        let store = open(&memcached);
        let nonces = store.danger_nonces(NonceKey::new([7; 16]));
        let client = client();
        let used = NonceUse { client: &client, token: None, timestamp: NOW, nonce: Nonce::new("n").unwrap() };
        assert_eq!(kind(nonces.remember(&used, NOW.plus(360), NOW).await), Ok(Freshness::Fresh));
        assert_eq!(kind(nonces.remember(&used, NOW.plus(360), NOW).await), Ok(Freshness::Replayed));
        memcached.start_again();
        recovered(&store).await;
        assert_eq!(kind(nonces.remember(&used, NOW.plus(360), NOW).await), Ok(Freshness::Fresh));
    });
}

#[test]
fn who_listens_and_never_answers_or_speaks_another_protocol_is_unreachable() {
    let silent = TcpListener::bind("127.0.0.1:0").unwrap();
    let web = TcpListener::bind("127.0.0.1:0").unwrap();
    let addresses = [silent.local_addr().unwrap(), web.local_addr().unwrap()];
    let server = thread::spawn(move || {
        let (mut stream, _) = web.accept().unwrap();
        stream.write_all(b"HTTP/1.1 400 Bad Request\r\n\r\n").unwrap();
    });
    block_on(async {
        for address in addresses {
            let start = Instant::now();
            let store =
                MemcachedStore::open(&format!("memcached://{address}/?connect_timeout_ms=200")).unwrap();
            let error = store.connect().await.unwrap_err();
            assert!(matches!(error, OpenError::Unreachable { .. } | OpenError::Old { .. }), "{error}");
            assert!(start.elapsed() < Duration::from_secs(5));
        }
    });
    server.join().unwrap();
}

#[test]
fn its_version_is_told() {
    let memcached = Memcached::start();
    block_on(async {
        let version = open(&memcached).connect().await.unwrap();
        assert!(version.trim().starts_with("1."), "{version}");
    });
}
