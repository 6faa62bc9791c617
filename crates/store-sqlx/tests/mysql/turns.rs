//! One node sweeps at a time, and one that failed is in nobody's way.

use super::{
    place::Place,
    sweep::{PAST, a_minute_later, sweep_all},
    things::block_on,
};
use mysql_async::prelude::Queryable as _;
use std::time::Duration;

#[test]
fn nodes_take_turns() {
    block_on(async {
        let mut place = Place::new().await;
        place.fill(PAST.seconds()).await;
        let now = PAST.plus(1000);
        assert_eq!(sweep_all(&place.store, now, 200).await, 0);
        a_minute_later(&mut place).await;
        let turn = "SELECT GET_LOCK(CONCAT('countersign sweep ', MD5(DATABASE())), 0)";
        assert_eq!(place.raw.query_first(turn).await.unwrap(), Some(1));
        assert_eq!(sweep_all(&place.store, now, 200).await, 0);
        place.run("DO RELEASE_ALL_LOCKS()").await;
        assert_eq!(sweep_all(&place.store, now, 200).await, 640);
    });
}

#[test]
fn a_turn_that_failed_is_not_kept() {
    block_on(async {
        let mut place = Place::with(|options| options.statement_timeout(Duration::from_secs(1))).await;
        place.fill(PAST.seconds()).await;
        let now = PAST.plus(1000);
        assert_eq!(sweep_all(&place.store, now, 200).await, 0);
        a_minute_later(&mut place).await;
        // Somebody holds the rows.
        place.run("BEGIN").await;
        place.run("SELECT * FROM nonces FOR UPDATE").await;
        place.store.sweep(now, 200).await.unwrap_err();
        place.run("COMMIT").await;
        // Another connection gets it.
        let turn = "SELECT GET_LOCK(CONCAT('countersign sweep ', MD5(DATABASE())), 20)";
        assert_eq!(place.raw.query_first(turn).await.unwrap(), Some(1));
        place.run("DO RELEASE_ALL_LOCKS()").await;
        assert_eq!(sweep_all(&place.store, now, 200).await, 640);
    });
}
