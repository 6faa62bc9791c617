//! What has expired goes, what lives stays, whatever a node's clock says.

use super::{
    place::{Place, Store},
    things::{block_on, claim, granted, temporary_id},
};
use countersign_core::Timestamp;
use countersign_store::{AdminStore, Freshness, StoreErrorKind, TemporaryRecord, TemporaryStore};
use countersign_store_sqlx::Swept;

/// Long past, by the database's clock too.
pub(crate) const PAST: Timestamp = Timestamp::from_seconds(1_700_000_000);

/// As if a minute had passed since the horizon moved.
pub(crate) async fn a_minute_later(place: &mut Place) {
    place.run("UPDATE nonce_horizon SET since = since - 60").await;
}

pub(crate) async fn sweep_all(store: &Store, now: Timestamp, most: u32) -> u64 {
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
        let mut place = Place::new().await;
        place.fill(PAST.seconds()).await;
        let now = PAST.plus(1000);
        // First all nodes refuse them, a minute later they may be forgotten.
        assert_eq!(sweep_all(&place.store, now, 200).await, 0);
        a_minute_later(&mut place).await;
        assert_eq!(sweep_all(&place.store, now, 200).await, 640);
        assert_eq!(place.count("nonces").await, 360);
        assert_eq!(sweep_all(&place.store, now, 200).await, 0);
    });
}

#[test]
fn those_that_live_longer_are_passed_by_and_found_later() {
    block_on(async {
        let mut place = Place::new().await;
        place.fill(PAST.seconds()).await;
        place.run("UPDATE nonces SET until = until + 3600 WHERE stamp % 2 = 0").await;
        let mut now = PAST.plus(2000);
        sweep_all(&place.store, now, 5000).await;
        a_minute_later(&mut place).await;
        assert_eq!(sweep_all(&place.store, now, 5000).await, 500);
        now = PAST.plus(6000);
        a_minute_later(&mut place).await;
        sweep_all(&place.store, now, 5000).await;
        a_minute_later(&mut place).await;
        now = now.plus(60);
        assert_eq!(sweep_all(&place.store, now, 5000).await, 500);
    });
}

#[test]
fn claims_sweep_by_themselves() {
    block_on(async {
        let mut place = Place::new().await;
        place.fill(PAST.seconds()).await;
        let old = TemporaryRecord { expires: PAST, ..granted("t-1") };
        place.store.create(&old, PAST).await.unwrap();
        let start = std::time::Instant::now();
        let mut now = PAST.plus(5000);
        while place.count("nonces WHERE until < 1700003000").await > 0
            || place.store.temporary(&temporary_id("t-1")).await.unwrap().is_some()
        {
            assert!(start.elapsed() < super::server::PATIENCE);
            now = now.plus(1);
            assert_eq!(claim(&place.store, now, "n", now).await, Ok(Freshness::Fresh));
            a_minute_later(&mut place).await;
        }
    });
}

#[test]
fn a_clock_that_is_ahead_makes_nobody_forget() {
    block_on(async {
        let mut place = Place::new().await;
        let now = place.store.clock().await.unwrap().unwrap();
        assert_eq!(claim(&place.store, now, "n-1", now).await, Ok(Freshness::Fresh));
        for minute in 1..20 {
            a_minute_later(&mut place).await;
            sweep_all(&place.store, now.plus(minute * 600), 100).await;
        }
        assert_eq!(claim(&place.store, now, "n-1", now).await, Ok(Freshness::Replayed));
        assert_eq!(claim(&place.store, now, "n-2", now).await, Ok(Freshness::Fresh));
    });
}

#[test]
fn a_clock_that_is_behind_is_told_so_and_accepts_nothing_twice() {
    block_on(async {
        let mut place = Place::new().await;
        let now = place.store.clock().await.unwrap().unwrap();
        let behind = now.minus(600);
        // Before the horizon has passed it, it is right.
        assert_eq!(claim(&place.store, behind, "n-1", behind).await, Ok(Freshness::Fresh));
        let mut refused = 0;
        // The claim above sweeps too, by its own clock, and may take a turn.
        for _ in 0..10 {
            a_minute_later(&mut place).await;
            sweep_all(&place.store, now, 100).await;
            let told = claim(&place.store, behind, "n-1", behind).await;
            assert_ne!(told, Ok(Freshness::Fresh));
            refused += usize::from(told == Err(StoreErrorKind::Unavailable));
        }
        assert!(refused > 5, "{refused}");
        assert_eq!(place.count("nonces").await, 0);
    });
}
