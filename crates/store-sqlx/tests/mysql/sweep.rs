//! What has expired goes, what lives stays, whatever a node's clock says.

use super::{
    server::{new_database, raw, shared},
    things::{block_on, claim, granted, temporary_id},
};
use countersign_core::Timestamp;
use countersign_store::{AdminStore, Freshness, StoreErrorKind, TemporaryRecord, TemporaryStore};
use countersign_store_sqlx::{MySqlStore, Options, Swept};
use mysql_async::{Conn, prelude::Queryable as _};

/// Long past, by the database's clock too.
const PAST: Timestamp = Timestamp::from_seconds(1_700_000_000);

async fn place(options: &Options, database: &str) -> (MySqlStore, Conn) {
    let store = MySqlStore::open(shared(), options.clone()).await.unwrap();
    (store, raw(shared(), Some(database)).await)
}

/// As if a minute had passed since the horizon moved.
async fn a_minute_later(raw: &mut Conn) {
    raw.query_drop("UPDATE nonce_horizon SET since = since - 60").await.unwrap();
}

async fn count(raw: &mut Conn, table: &str) -> i64 {
    raw.query_first(format!("SELECT COUNT(*) FROM {table}")).await.unwrap().unwrap()
}

/// A thousand seconds of a claim each, that live for six minutes.
async fn fill(raw: &mut Conn) {
    let rows = (1..=1000).map(|n| {
        let stamp = PAST.seconds() + n;
        format!("({stamp}, UNHEX(MD5({n})), {})", stamp + 360)
    });
    let rows: Vec<String> = rows.collect();
    raw.query_drop(format!("INSERT INTO nonces (stamp, digest, until) VALUES {}", rows.join(", ")))
        .await
        .unwrap();
}

async fn sweep_all(store: &MySqlStore, now: Timestamp, most: u32) -> u64 {
    let mut deleted = 0;
    loop {
        let swept: Swept = store.sweep(now, most).await.unwrap();
        assert!(swept.deleted <= u64::from(most));
        deleted += swept.deleted;
        if !swept.more {
            return deleted;
        }
    }
}

#[test]
fn expired_nonces_go_in_bounded_runs_and_live_ones_stay() {
    block_on(async {
        let (options, database) = new_database();
        let (store, mut raw) = place(&options, &database).await;
        fill(&mut raw).await;
        let now = PAST.plus(1000);
        // First all nodes refuse them, a minute later they may be forgotten.
        assert_eq!(sweep_all(&store, now, 200).await, 0);
        a_minute_later(&mut raw).await;
        assert_eq!(sweep_all(&store, now, 200).await, 640);
        assert_eq!(count(&mut raw, "nonces").await, 360);
        assert_eq!(sweep_all(&store, now, 200).await, 0);
    });
}

#[test]
fn those_that_live_longer_are_passed_by_and_found_later() {
    block_on(async {
        let (options, database) = new_database();
        let (store, mut raw) = place(&options, &database).await;
        fill(&mut raw).await;
        raw.query_drop("UPDATE nonces SET until = until + 3600 WHERE stamp % 2 = 0").await.unwrap();
        let mut now = PAST.plus(2000);
        sweep_all(&store, now, 5000).await;
        a_minute_later(&mut raw).await;
        assert_eq!(sweep_all(&store, now, 5000).await, 500);
        now = PAST.plus(6000);
        a_minute_later(&mut raw).await;
        sweep_all(&store, now, 5000).await;
        a_minute_later(&mut raw).await;
        now = now.plus(60);
        assert_eq!(sweep_all(&store, now, 5000).await, 500);
    });
}

#[test]
fn claims_sweep_by_themselves() {
    block_on(async {
        let (options, database) = new_database();
        let (store, mut raw) = place(&options, &database).await;
        fill(&mut raw).await;
        let old = TemporaryRecord { expires: PAST, ..granted("t-1") };
        store.create(&old, PAST).await.unwrap();
        let start = std::time::Instant::now();
        let mut now = PAST.plus(5000);
        while count(&mut raw, "nonces WHERE until < 1700003000").await > 0
            || store.temporary(&temporary_id("t-1")).await.unwrap().is_some()
        {
            assert!(start.elapsed() < super::server::PATIENCE);
            now = now.plus(1);
            assert_eq!(claim(&store, now, "n", now).await, Ok(Freshness::Fresh));
            a_minute_later(&mut raw).await;
        }
    });
}

#[test]
fn a_clock_that_is_ahead_makes_nobody_forget() {
    block_on(async {
        let (options, database) = new_database();
        let (store, mut raw) = place(&options, &database).await;
        let now = store.clock().await.unwrap().unwrap();
        assert_eq!(claim(&store, now, "n-1", now).await, Ok(Freshness::Fresh));
        for minute in 1..20 {
            a_minute_later(&mut raw).await;
            sweep_all(&store, now.plus(minute * 600), 100).await;
        }
        assert_eq!(claim(&store, now, "n-1", now).await, Ok(Freshness::Replayed));
        assert_eq!(claim(&store, now, "n-2", now).await, Ok(Freshness::Fresh));
    });
}

#[test]
fn a_clock_that_is_behind_is_told_so_and_accepts_nothing_twice() {
    block_on(async {
        let (options, database) = new_database();
        let (store, mut raw) = place(&options, &database).await;
        let now = store.clock().await.unwrap().unwrap();
        let behind = now.minus(600);
        // Before the horizon has passed it, it is right.
        assert_eq!(claim(&store, behind, "n-1", behind).await, Ok(Freshness::Fresh));
        let mut refused = 0;
        // The claim above sweeps too, by its own clock, and may take a turn.
        for _ in 0..10 {
            a_minute_later(&mut raw).await;
            sweep_all(&store, now, 100).await;
            let told = claim(&store, behind, "n-1", behind).await;
            assert_ne!(told, Ok(Freshness::Fresh));
            refused += usize::from(told == Err(StoreErrorKind::Unavailable));
        }
        assert!(refused > 5, "{refused}");
        assert_eq!(count(&mut raw, "nonces").await, 0);
    });
}

#[test]
fn nodes_take_turns() {
    block_on(async {
        let (options, database) = new_database();
        let (store, mut raw) = place(&options, &database).await;
        fill(&mut raw).await;
        let now = PAST.plus(1000);
        assert_eq!(sweep_all(&store, now, 200).await, 0);
        a_minute_later(&mut raw).await;
        let turn = "SELECT GET_LOCK(CONCAT('countersign sweep ', MD5(DATABASE())), 0)";
        assert_eq!(raw.query_first(turn).await.unwrap(), Some(1));
        assert_eq!(sweep_all(&store, now, 200).await, 0);
        raw.query_drop("DO RELEASE_ALL_LOCKS()").await.unwrap();
        assert_eq!(sweep_all(&store, now, 200).await, 640);
    });
}

#[test]
fn a_turn_that_failed_is_not_kept() {
    block_on(async {
        let (options, database) = new_database();
        let options = options.statement_timeout(std::time::Duration::from_secs(1));
        let (store, mut raw) = place(&options, &database).await;
        fill(&mut raw).await;
        let now = PAST.plus(1000);
        assert_eq!(sweep_all(&store, now, 200).await, 0);
        a_minute_later(&mut raw).await;
        // Somebody holds the rows.
        raw.query_drop("BEGIN").await.unwrap();
        raw.query_drop("SELECT * FROM nonces FOR UPDATE").await.unwrap();
        store.sweep(now, 200).await.unwrap_err();
        raw.query_drop("COMMIT").await.unwrap();
        // Another connection gets it.
        let turn = "SELECT GET_LOCK(CONCAT('countersign sweep ', MD5(DATABASE())), 20)";
        assert_eq!(raw.query_first(turn).await.unwrap(), Some(1));
        raw.query_drop("DO RELEASE_ALL_LOCKS()").await.unwrap();
        assert_eq!(sweep_all(&store, now, 200).await, 640);
    });
}
