//! The server is killed, hangs, or is slow: an error in bounded time, nothing lost, nothing accepted twice, and it comes back by
//! itself.

use super::{
    load::nothing_is_lost,
    server::{PATIENCE, Server},
    things::{NOW, block_on, claim, client, granted, kind, temporary_id, token, token_id},
};
use countersign_store::{
    AdminStore, CredentialStore, Freshness, Outcome, StoreErrorKind, TemporaryStore, TokenStore,
};
use countersign_store_sqlx::{Options, PostgresStore};
use std::{
    num::NonZeroUsize,
    time::{Duration, Instant},
};

#[test]
fn a_killed_server_loses_nothing_and_accepts_nothing_twice() {
    let mut server = Server::start(&[]);
    block_on(async {
        let options = Options::default().statement_timeout(Duration::from_secs(10));
        let store = PostgresStore::open(&server.url(), options).await.unwrap();
        let kill = || {
            server.kill();
            server.again();
        };
        nothing_is_lost(store, kill).await;
    });
}

#[test]
fn a_hung_server_is_unavailable_in_bounded_time_and_comes_back() {
    let server = Server::start(&["fsync = off"]);
    block_on(async {
        let short = Duration::from_millis(500);
        let options = Options::default().connect_timeout(short * 4).statement_timeout(short);
        let store = PostgresStore::open(&server.url(), options).await.unwrap();
        store.create(&granted("t-1"), NOW).await.unwrap();
        server.stop();
        // A statement, then a connection: half a second and the grace, then two seconds, and what a busy machine adds.
        let bound = Duration::from_secs(8);
        for _ in 0..2 {
            let start = Instant::now();
            let asked = (0..32).map(|number| {
                let store = store.clone();
                tokio::spawn(async move {
                    let claimed = claim(&store, NOW, &format!("n-{number}"), NOW).await;
                    assert_eq!(claimed, Err(StoreErrorKind::Unavailable));
                    let redeemed = store.redeem(&temporary_id("t-1"), &token("k-1"), NOW).await;
                    assert_eq!(kind(redeemed), Err(StoreErrorKind::Unavailable));
                    let loaded = store.load(&client(), None).await;
                    assert_eq!(kind(loaded.map(drop)), Err(StoreErrorKind::Unavailable));
                })
            });
            for asked in asked.collect::<Vec<_>>() {
                asked.await.unwrap();
            }
            assert!(start.elapsed() < bound * 3, "{:?}", start.elapsed());
        }
        server.go_on();
        let start = Instant::now();
        while store.check().await.is_err() {
            assert!(start.elapsed() < PATIENCE, "it does not recover");
        }
        // What was told to be unclear happened once or not at all.
        let redeemed = kind(store.redeem(&temporary_id("t-1"), &token("k-2"), NOW).await).unwrap();
        let mut tokens = 0;
        for name in ["k-1", "k-2"] {
            let loaded = store.load(&client(), Some(&token_id(name))).await.unwrap();
            tokens += usize::from(loaded.token().is_some());
        }
        assert_eq!(tokens, 1, "{redeemed:?}");
        for number in 0..32 {
            let nonce = format!("n-{number}");
            assert!(claim(&store, NOW, &nonce, NOW).await.is_ok());
            assert_eq!(claim(&store, NOW, &nonce, NOW).await, Ok(Freshness::Replayed));
        }
    });
}

#[test]
fn a_connection_to_a_server_that_became_read_only_is_not_kept() {
    let server = Server::start(&["fsync = off"]);
    block_on(async {
        let options = Options::default().connections(NonZeroUsize::MIN);
        let store = PostgresStore::open(&server.url(), options).await.unwrap();
        let raw = super::server::raw(&server.url(), "public").await;
        let set = async |value: &str| {
            let sql = format!("ALTER SYSTEM SET default_transaction_read_only = {value}");
            raw.batch_execute("SET default_transaction_read_only = off").await.unwrap();
            raw.batch_execute(&sql).await.unwrap();
            raw.batch_execute("SELECT pg_reload_conf()").await.unwrap();
        };
        let connections = async || {
            let sql = "SELECT pid FROM pg_stat_activity WHERE application_name = 'countersign'";
            raw.query(sql, &[]).await.unwrap().iter().map(|row| row.get(0)).collect::<Vec<i32>>()
        };
        let start = Instant::now();
        let mut number = 0;
        let mut claimed = async || {
            assert!(start.elapsed() < PATIENCE);
            number += 1;
            claim(&store, NOW, &format!("n-{number}"), NOW).await
        };
        assert_eq!(claimed().await, Ok(Freshness::Fresh));
        let before = connections().await;
        set("on").await;
        while claimed().await != Err(StoreErrorKind::Unavailable) {}
        set("off").await;
        while claimed().await != Ok(Freshness::Fresh) {}
        while connections().await.iter().any(|pid| before.contains(pid)) {
            assert!(start.elapsed() < PATIENCE, "{before:?}");
        }
    });
}

#[test]
fn a_row_that_another_holds_is_unavailable_in_bounded_time_and_keeps_the_connection() {
    block_on(async {
        let (options, schema) = super::server::new_schema();
        let url = super::server::shared();
        let options = options.statement_timeout(Duration::from_secs(1));
        let store = PostgresStore::open(url, options.connections(NonZeroUsize::MIN)).await.unwrap();
        store.create(&granted("t-1"), NOW).await.unwrap();
        let raw = super::server::raw(url, &schema).await;
        raw.batch_execute("BEGIN; SELECT * FROM temporaries FOR UPDATE").await.unwrap();
        let id = temporary_id("t-1");
        let redeemed = store.redeem(&id, &token("k-1"), NOW).await.unwrap_err();
        assert_eq!(redeemed.kind(), StoreErrorKind::Unavailable);
        // Ended by the server, with its words.
        assert!(format!("{redeemed:?}").contains("57014"), "{redeemed:?}");
        raw.batch_execute("COMMIT").await.unwrap();
        assert_eq!(kind(store.redeem(&id, &token("k-1"), NOW).await), Ok(Outcome::Done));
    });
}
