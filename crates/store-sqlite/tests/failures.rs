//! When the disk is full, another process holds the lock, or the writer has ended: unavailable, and nothing half-done.

#![expect(clippy::unwrap_used, reason = "helpers of tests fail as tests do")]

mod support;

use countersign_store::{
    AdminStore, AuditEntry, AuditFilter, AuditStore, CredentialStore, Freshness, Outcome, Page,
    StoreErrorKind, TemporaryStore, TokenStore,
};
use countersign_store_sqlite::Options;
use std::time::Duration;
use support::{Folder, NOW, block_on, claim, client, granted, kind, token, token_id};

#[test]
fn a_change_is_there_for_everybody_once_it_is_acknowledged() {
    let folder = Folder::new();
    let (store, raw) = (folder.open(), folder.raw());
    let mut count = raw.prepare("SELECT count(*) FROM nonce_log").unwrap();
    block_on(async {
        for claims in 1..=200_i64 {
            assert_eq!(claim(&store, NOW, &format!("n-{claims}")).await, Ok(Freshness::Fresh));
            assert_eq!(count.query_row([], |row| row.get(0)), Ok(claims));
        }
    });
}

#[test]
fn a_lock_that_another_process_holds_is_unavailable_and_changes_nothing() {
    let folder = Folder::new();
    let store = folder.open_with(Options::default().busy_timeout(Duration::from_millis(1)));
    let raw = folder.raw();
    block_on(async {
        store.create(&granted("t-1"), NOW).await.unwrap();
        let id = "t-1".parse().unwrap();
        raw.execute_batch("BEGIN EXCLUSIVE").unwrap();
        assert_eq!(claim(&store, NOW, "n-1").await, Err(StoreErrorKind::Unavailable));
        let redeemed = store.redeem(&id, &token("k-1", "jane"), NOW).await;
        assert_eq!(kind(redeemed), Err(StoreErrorKind::Unavailable));
        assert_eq!(kind(store.check_writable(NOW).await), Err(StoreErrorKind::Unavailable));
        // Who only reads is not concerned.
        store.check().await.unwrap();
        assert!(store.temporary(&id).await.unwrap().is_some());

        raw.execute_batch("COMMIT").unwrap();
        assert_eq!(claim(&store, NOW, "n-1").await, Ok(Freshness::Fresh));
        assert!(store.load(&client(), Some(&token_id("k-1"))).await.unwrap().token().is_none());
        assert_eq!(kind(store.redeem(&id, &token("k-1", "jane"), NOW).await), Ok(Outcome::Done));
    });
}

#[test]
fn a_full_database_is_unavailable_until_something_expires() {
    let folder = Folder::new();
    let store = folder.open_with(Options::default().max_bytes(400 * 1024));
    block_on(async {
        let mut claimed = Vec::new();
        let refused = loop {
            let nonce = format!("n-{}", claimed.len());
            match claim(&store, NOW, &nonce).await {
                Ok(freshness) => assert_eq!(freshness, Freshness::Fresh),
                Err(kind) => {
                    assert_eq!(kind, StoreErrorKind::Unavailable);
                    break nonce;
                }
            }
            claimed.push(nonce);
        };
        assert_eq!(folder.count("nonce_log"), i64::try_from(claimed.len()).unwrap());
        for nonce in claimed.iter().rev().take(20) {
            assert_eq!(claim(&store, NOW, nonce).await, Ok(Freshness::Replayed), "{nonce}");
        }
        // Time passes; the first call may still be refused, but it tells the time.
        let late = NOW.plus(3600);
        for _ in 0..claimed.len() {
            if claim(&store, late, &refused).await == Ok(Freshness::Fresh) {
                return assert_eq!(claim(&store, late, &refused).await, Ok(Freshness::Replayed));
            }
        }
        panic!("it does not recover");
    });
}

#[test]
fn a_redeem_that_cannot_issue_consumes_nothing() {
    let folder = Folder::new();
    let store = folder.open();
    block_on(async {
        store.create(&granted("t-1"), NOW).await.unwrap();
        store.issue(&token("k-1", "jane")).await.unwrap();
        let id = "t-1".parse().unwrap();
        let redeemed = store.redeem(&id, &token("k-1", "mallory"), NOW).await;
        assert_eq!(kind(redeemed), Err(StoreErrorKind::Conflict));
        assert_eq!(kind(store.redeem(&id, &token("k-2", "jane"), NOW).await), Ok(Outcome::Done));
    });
}

#[test]
fn a_closed_store_refuses_changes_and_has_kept_what_was_asked_for_before() {
    let folder = Folder::new();
    let store = folder.open();
    block_on(async {
        for number in 0..100 {
            store.append_audit(vec![AuditEntry::new(NOW, format!("event-{number}"))]);
        }
        store.close().await;
        store.close().await;
        assert_eq!(claim(&store, NOW, "n-1").await, Err(StoreErrorKind::Unavailable));
        assert_eq!(kind(store.check_writable(NOW).await), Err(StoreErrorKind::Unavailable));
        assert_eq!(store.audit(&AuditFilter::default(), Page::first(1000)).await.unwrap().len(), 100);
    });
}
