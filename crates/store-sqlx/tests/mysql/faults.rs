//! The server is killed, hangs, or is slow: an error in bounded time, nothing lost, nothing accepted twice, and it comes back by
//! itself.

use super::{
    load::nothing_is_lost,
    server::{PATIENCE, Server, new_database, raw, shared},
    things::{NOW, block_on, claim, client, granted, kind, temporary_id, token, token_id},
};
use countersign_store::{
    AdminStore, CredentialStore, Freshness, Outcome, StoreErrorKind, TemporaryStore, TokenStore,
};
use countersign_store_sqlx::{MySqlStore, Options};
use mysql_async::{Conn, prelude::Queryable as _};
use std::{
    num::NonZeroUsize,
    time::{Duration, Instant},
};

#[test]
fn a_killed_server_loses_nothing_and_accepts_nothing_twice() {
    let mut server = Server::start(&[]);
    block_on(async {
        let options = Options::default().statement_timeout(Duration::from_secs(10));
        let store = MySqlStore::open(&server.url(), options).await.unwrap();
        let kill = || {
            server.kill();
            server.again();
        };
        nothing_is_lost(store, kill).await;
    });
}

#[test]
fn a_hung_server_is_unavailable_in_bounded_time_and_comes_back() {
    let server = Server::start(&["--innodb-flush-log-at-trx-commit=2"]);
    block_on(async {
        // The longest that one call may take: half a second and the grace, for a free connection and for an answer, and two seconds
        // to connect; and what a busy machine adds.
        let (short, bound) = (500, Duration::from_secs(8));
        let url = format!("{}&statement_timeout_ms={short}&connect_timeout_ms={}", server.url(), short * 4);
        let store = MySqlStore::open(&url, Options::default()).await.unwrap();
        store.create(&granted("t-1"), NOW).await.unwrap();
        server.stop();
        for _ in 0..2 {
            let asked = (0..32).map(|number| {
                let store = store.clone();
                tokio::spawn(async move {
                    let start = Instant::now();
                    let claimed = claim(&store, NOW, &format!("n-{number}"), NOW).await;
                    assert_eq!(claimed, Err(StoreErrorKind::Unavailable));
                    let redeemed = store.redeem(&temporary_id("t-1"), &token("k-1"), NOW).await;
                    assert_eq!(kind(redeemed), Err(StoreErrorKind::Unavailable));
                    let loaded = store.load(&client(), None).await;
                    assert_eq!(kind(loaded.map(drop)), Err(StoreErrorKind::Unavailable));
                    assert!(start.elapsed() < bound * 3, "{:?}", start.elapsed());
                })
            });
            for asked in asked.collect::<Vec<_>>() {
                asked.await.unwrap();
            }
        }
        // A node that starts now is told so too.
        let start = Instant::now();
        assert!(MySqlStore::open(&url, Options::default()).await.unwrap_err().may_pass());
        assert!(start.elapsed() < bound, "{:?}", start.elapsed());
        server.go_on();
        comes_back(&store).await;
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

async fn comes_back(store: &MySqlStore) {
    let start = Instant::now();
    while store.check().await.is_err() {
        assert!(start.elapsed() < PATIENCE, "it does not recover");
    }
}

#[test]
fn an_idle_connection_that_the_server_closed_costs_one_error_at_most() {
    block_on(async {
        let (options, database) = new_database();
        let store = MySqlStore::open(shared(), options).await.unwrap();
        let all = (0..16).map(|number| {
            let store = store.clone();
            tokio::spawn(async move { claim(&store, NOW, &format!("n-{number}"), NOW).await.unwrap() })
        });
        for claimed in all.collect::<Vec<_>>() {
            assert_eq!(claimed.await.unwrap(), Freshness::Fresh);
        }
        let mut raw = raw(shared(), None).await;
        assert!(connections(&mut raw, &database).await.len() > 1);
        for id in connections(&mut raw, &database).await {
            // The one that read the schema may just have gone by itself.
            let _ = raw.query_drop(format!("KILL CONNECTION {id}")).await;
        }
        let mut errors = 0;
        for number in 16..32 {
            errors += usize::from(claim(&store, NOW, &format!("n-{number}"), NOW).await.is_err());
        }
        assert!(errors <= 1, "{errors}");
    });
}

async fn connections(raw: &mut Conn, database: &str) -> Vec<u64> {
    let sql = format!("SELECT ID FROM information_schema.PROCESSLIST WHERE DB = '{database}'");
    raw.query(sql).await.unwrap()
}

#[test]
fn a_request_that_is_given_up_leaves_its_connection_whole() {
    block_on(async {
        let (options, database) = new_database();
        let store = MySqlStore::open(shared(), options.connections(NonZeroUsize::MIN)).await.unwrap();
        assert_eq!(claim(&store, NOW, "n", NOW).await, Ok(Freshness::Fresh));
        let mut raw = raw(shared(), None).await;
        let before = connections(&mut raw, &database).await;
        for number in 0..50 {
            let (name, temporary) = (format!("n-{number}"), granted(&format!("t-{number}")));
            let given_up = async {
                let _ = claim(&store, NOW, &name, NOW).await;
                store.create(&temporary, NOW).await.unwrap();
            };
            let _ = tokio::time::timeout(Duration::from_micros(number * 20), given_up).await;
        }
        assert_eq!(claim(&store, NOW, "n", NOW).await, Ok(Freshness::Replayed));
        assert_eq!(connections(&mut raw, &database).await, before);
    });
}

#[test]
fn a_connection_to_a_server_that_became_read_only_is_not_kept() {
    let server = Server::start(&["--innodb-flush-log-at-trx-commit=2"]);
    block_on(async {
        let one = Options::default().connections(NonZeroUsize::MIN);
        MySqlStore::migrate(&server.url(), &one).await.unwrap();
        let mut raw = raw(&server.url(), None).await;
        raw.query_drop("CREATE USER node@'%' IDENTIFIED BY 'own'").await.unwrap();
        raw.query_drop("GRANT SELECT, INSERT, UPDATE, DELETE ON countersign.* TO node@'%'").await.unwrap();
        let url = server.url().replace("//countersign:", "//node:");
        let store = MySqlStore::connect(&url, one).await.unwrap();
        let start = Instant::now();
        let mut number = 0;
        let mut claimed = async || {
            assert!(start.elapsed() < PATIENCE);
            number += 1;
            claim(&store, NOW, &format!("n-{number}"), NOW).await
        };
        assert_eq!(claimed().await, Ok(Freshness::Fresh));
        let before = connections(&mut raw, "countersign").await;
        raw.query_drop("SET GLOBAL read_only = 1").await.unwrap();
        assert_eq!(claimed().await, Err(StoreErrorKind::Unavailable));
        raw.query_drop("SET GLOBAL read_only = 0").await.unwrap();
        assert_eq!(claimed().await, Ok(Freshness::Fresh));
        assert!(!before.is_empty());
        while connections(&mut raw, "countersign").await.iter().any(|id| before.contains(id)) {
            assert!(start.elapsed() < PATIENCE, "{before:?}");
        }
    });
}

#[test]
fn a_row_that_another_holds_is_unavailable_in_bounded_time_and_keeps_the_connection() {
    block_on(async {
        let (options, database) = new_database();
        let options = options.statement_timeout(Duration::from_secs(1)).connections(NonZeroUsize::MIN);
        let store = MySqlStore::open(shared(), options).await.unwrap();
        store.create(&granted("t-1"), NOW).await.unwrap();
        let mut raw = raw(shared(), Some(&database)).await;
        let before = connections(&mut raw, &database).await;
        raw.query_drop("BEGIN").await.unwrap();
        raw.query_drop("SELECT * FROM temporaries FOR UPDATE").await.unwrap();
        let id = temporary_id("t-1");
        let redeemed = store.redeem(&id, &token("k-1"), NOW).await.unwrap_err();
        assert_eq!(redeemed.kind(), StoreErrorKind::Unavailable);
        // Ended by the server, with its words: of a statement's time, or of a lock's.
        let told = format!("{redeemed:?}");
        assert!(told.contains("error 1969") || told.contains("error 1205"), "{told}");
        raw.query_drop("COMMIT").await.unwrap();
        assert_eq!(kind(store.redeem(&id, &token("k-1"), NOW).await), Ok(Outcome::Done));
        assert_eq!(connections(&mut raw, &database).await, before);
    });
}

#[test]
fn a_server_that_forgets_what_it_acknowledged_is_refused() {
    let server = Server::start(&["--innodb-flush-log-at-trx-commit=0"]);
    block_on(async {
        let error = MySqlStore::open(&server.url(), Options::default()).await.unwrap_err();
        assert!(format!("{error:?}").contains("innodb_flush_log_at_trx_commit"), "{error:?}");
    });
}

#[test]
fn a_deadlock_is_tried_again_and_happens_once() {
    let server = Server::start(&["--innodb-flush-log-at-trx-commit=2"]);
    block_on(async {
        let options = Options::default().statement_timeout(Duration::from_secs(20));
        let store = MySqlStore::open(&server.url(), options).await.unwrap();
        store.create(&granted("t-1"), NOW).await.unwrap();
        let mut raw = raw(&server.url(), Some("countersign")).await;
        let before = deadlocks(&mut raw).await;
        // It holds the token's identifier, and has written so much that the server undoes the other one.
        raw.query_drop("BEGIN").await.unwrap();
        let rows: Vec<_> = (1..500).map(|number| format!("({number}, REPEAT('d', 16), 1)")).collect();
        let many = format!("INSERT INTO nonces (stamp, digest, until) VALUES {}", rows.join(", "));
        raw.query_drop(many).await.unwrap();
        let token_row = "INSERT INTO tokens (id, secret, client, owner, scopes, issued) VALUES ('k-1', '', 'c', 'o', '[]', 0)";
        raw.query_drop(token_row).await.unwrap();
        let redeeming = {
            let store = store.clone();
            tokio::spawn(async move { store.redeem(&temporary_id("t-1"), &token("k-1"), NOW).await })
        };
        let waits = "SELECT COUNT(*) FROM information_schema.PROCESSLIST
            WHERE COMMAND = 'Execute' AND INFO LIKE 'INSERT INTO tokens%'";
        let start = Instant::now();
        while raw.query_first(waits).await.unwrap() != Some(1) {
            assert!(start.elapsed() < PATIENCE);
        }
        raw.query_drop("UPDATE temporaries SET callback = 'oob' WHERE id = 't-1'").await.unwrap();
        raw.query_drop("ROLLBACK").await.unwrap();
        assert_eq!(kind(redeeming.await.unwrap()), Ok(Outcome::Done));
        assert_eq!(deadlocks(&mut raw).await, before + 1);
        let again = store.redeem(&temporary_id("t-1"), &token("k-2"), NOW).await;
        assert_eq!(kind(again), Ok(Outcome::Refused));
    });
}

async fn deadlocks(raw: &mut Conn) -> u64 {
    let sql = "SELECT VARIABLE_VALUE FROM information_schema.GLOBAL_STATUS WHERE VARIABLE_NAME = 'Innodb_deadlocks'";
    let told: String = raw.query_first(sql).await.unwrap().unwrap();
    told.parse().unwrap()
}

#[test]
fn a_lookup_is_one_round_trip() {
    let server = Server::start(&["--innodb-flush-log-at-trx-commit=2"]);
    block_on(async {
        let options = Options::default().connections(NonZeroUsize::MIN);
        let store = MySqlStore::open(&server.url(), options).await.unwrap();
        store.issue(&token("k-1")).await.unwrap();
        let load = async || drop(store.load(&client(), Some(&token_id("k-1"))).await.unwrap());
        load().await;
        let mut raw = raw(&server.url(), None).await;
        let mut asked = async || -> u64 {
            let sql = "SELECT VARIABLE_VALUE FROM information_schema.GLOBAL_STATUS WHERE VARIABLE_NAME = 'Questions'";
            let told: String = raw.query_first(sql).await.unwrap().unwrap();
            told.parse().unwrap()
        };
        let before = asked().await;
        for _ in 0..100 {
            load().await;
        }
        // And the question itself.
        assert_eq!(asked().await, before + 101);
    });
}
