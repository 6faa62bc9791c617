//! Opening: a new file, an old one, a foreign one, and all at once.

#![expect(clippy::unwrap_used, reason = "helpers of tests fail as tests do")]

mod support;

use countersign_core::Timestamp;
use countersign_store::{
    AccountStore, AdminStore, ApplicationProfile, ApplicationStore, AuditFilter, AuditStore, ClientKey,
    ClientStatus, Freshness, Page, SealedRows, SessionStore, TemporaryStore, TokenStatus, TokenStore,
};
use countersign_store_sqlite::{OpenError, Options, SqliteStore};
use std::{sync::Barrier, thread};
use support::{Folder, NOW, block_on, claim, client, granted, token, token_id};

#[test]
fn nothing_is_forgotten_when_it_is_opened_again() {
    let folder = Folder::new();
    block_on(async {
        let store = folder.open();
        assert_eq!(claim(&store, NOW, "n-1").await, Ok(Freshness::Fresh));
        store.issue(&token("k-1", "jane")).await.unwrap();
        store.create(&granted("t-1"), NOW).await.unwrap();
    });
    block_on(async {
        let store = folder.open();
        assert_eq!(claim(&store, NOW, "n-1").await, Ok(Freshness::Replayed));
        assert_eq!(claim(&store, NOW, "n-2").await, Ok(Freshness::Fresh));
        let loaded = store.load(&client(), Some(&token_id("k-1"))).await.unwrap();
        assert_eq!(loaded.token().unwrap().status, TokenStatus::Active);
        assert!(store.temporary(&"t-1".parse().unwrap()).await.unwrap().is_some());
        store.check().await.unwrap();
        store.check_writable(NOW).await.unwrap();
    });
}

#[test]
fn the_last_handle_leaves_one_file_behind() {
    let folder = Folder::new();
    let store = folder.open();
    let other = store.clone();
    drop(store);
    block_on(async { assert_eq!(claim(&other, NOW, "n-1").await, Ok(Freshness::Fresh)) });
    assert!(folder.path().with_extension("db-wal").exists());
    drop(other);
    let left: Vec<_> = std::fs::read_dir(folder.path().parent().unwrap()).unwrap().collect();
    assert_eq!(left.len(), 1, "{left:?}");
    assert_eq!(folder.count("nonce_log"), 1);
}

#[test]
fn a_closed_store_leaves_one_file_behind_too() {
    let folder = Folder::new();
    let store = folder.open();
    block_on(async {
        assert_eq!(claim(&store, NOW, "n-1").await, Ok(Freshness::Fresh));
        store.close().await;
    });
    drop(store);
    let left: Vec<_> = std::fs::read_dir(folder.path().parent().unwrap()).unwrap().collect();
    assert_eq!(left.len(), 1, "{left:?}");
    assert_eq!(folder.count("nonce_log"), 1);
}

#[test]
fn what_is_sealed_is_sampled_from_both_ends_and_what_expired_is_not() {
    let folder = Folder::new();
    let store = folder.open();
    assert!(block_on(store.sealed_sample(NOW)).unwrap().is_empty());
    block_on(async {
        for number in 0..500 {
            store.issue(&token(&format!("k-{number}"), "jane")).await.unwrap();
        }
        store.create(&granted("t-1"), NOW).await.unwrap();
    });
    let rows =
        |now| -> Vec<_> { block_on(store.sealed_sample(now)).unwrap().into_iter().map(|s| s.row).collect() };
    let now = rows(NOW);
    assert!(
        now.len() < 500
            && ["token:k-0", "token:k-499", "temporary:t-1"].iter().all(|r| now.iter().any(|n| n == r))
    );
    assert!(!rows(NOW.plus(1 << 30)).iter().any(|row| row == "temporary:t-1"));
}

#[cfg(unix)]
#[test]
fn only_its_owner_reads_it() {
    use std::os::unix::fs::MetadataExt;
    let folder = Folder::new();
    let store = folder.open();
    block_on(async { assert_eq!(claim(&store, NOW, "n-1").await, Ok(Freshness::Fresh)) });
    for file in std::fs::read_dir(folder.path().parent().unwrap()).unwrap() {
        let file = file.unwrap();
        assert_eq!(file.metadata().unwrap().mode() & 0o777, 0o600, "{file:?}");
    }
}

#[test]
fn a_newer_database_is_refused_with_both_versions() {
    let folder = Folder::new();
    drop(folder.open());
    let raw = folder.raw();
    let known: u32 = raw.pragma_query_value(None, "user_version", |row| row.get(0)).unwrap();
    raw.pragma_update(None, "user_version", known + 1).unwrap();
    let error = SqliteStore::open(folder.path(), Options::default()).unwrap_err();
    assert!(matches!(error, OpenError::Newer { found, known: k, .. } if found == known + 1 && k == known));
    assert!(error.to_string().contains(&format!("schema version {}", known + 1)), "{error}");
    assert_eq!(raw.query_row("SELECT count(*) FROM nonce_log", [], |row| row.get(0)), Ok(0));
}

/// A table is in the way of the second migration: one line says which, not the whole of its file.
#[test]
fn a_migration_that_cannot_run_is_named_in_a_line_and_changes_nothing() {
    let folder = Folder::new();
    folder.raw().execute_batch(include_str!("../migrations/0001_init.sql")).unwrap();
    let older = "INSERT INTO meta VALUES ('nonce_key', zeroblob(16)); PRAGMA application_id = 0x4353676E;
        PRAGMA user_version = 1; CREATE TABLE nonce_log (theirs);";
    folder.raw().execute_batch(older).unwrap();
    let error = SqliteStore::open(folder.path(), Options::default()).unwrap_err();
    let OpenError::Failed { source, .. } = &error else { panic!("{error}") };
    assert_eq!(source.to_string(), "table nonce_log already exists");
    let version = folder.raw().pragma_query_value(None, "user_version", |row| row.get(0));
    assert_eq!(version, Ok(1));
    folder.raw().execute_batch("DROP TABLE nonce_log").unwrap();
    drop(folder.open());
}

#[test]
fn a_database_migrated_meanwhile_is_not_ready() {
    let folder = Folder::new();
    let store = folder.open();
    folder.raw().pragma_update(None, "user_version", 99).unwrap();
    block_on(async { assert!(store.check().await.unwrap_err().is_retryable()) });
}

#[test]
fn another_programs_file_is_refused_and_left_alone() {
    let folder = Folder::new();
    folder.raw().execute_batch("CREATE TABLE theirs (x); PRAGMA user_version = 1").unwrap();
    let before = std::fs::read(folder.path()).unwrap();
    let error = SqliteStore::open(folder.path(), Options::default()).unwrap_err();
    assert!(matches!(error, OpenError::Foreign { .. }), "{error}");
    assert_eq!(std::fs::read(folder.path()).unwrap(), before);

    std::fs::write(
        folder.path(),
        "no database at all, but longer than a header of one hundred bytes ".repeat(9),
    )
    .unwrap();
    let error = SqliteStore::open(folder.path(), Options::default()).unwrap_err();
    assert!(matches!(error, OpenError::Failed { .. }), "{error}");
}

#[test]
fn a_path_is_only_ever_a_path() {
    let folder = Folder::new();
    let path = folder.path().with_file_name("file:x?mode=memory");
    drop(SqliteStore::open(&path, Options::default()).unwrap());
    assert!(path.exists());
    let nowhere = folder.path().join("no/such/folder.db");
    assert!(matches!(SqliteStore::open(nowhere, Options::default()), Err(OpenError::Failed { .. })));
}

#[test]
fn many_may_open_a_new_file_at_once() {
    for _ in 0..20 {
        let folder = Folder::new();
        let gate = Barrier::new(4);
        let open = || {
            gate.wait();
            folder.open()
        };
        let stores: Vec<_> = thread::scope(|scope| {
            let threads: Vec<_> = (0..4).map(|_| scope.spawn(open)).collect();
            threads.into_iter().map(|thread| thread.join().unwrap()).collect()
        });
        block_on(async {
            let mut fresh = 0;
            for store in &stores {
                // One key for all: the second claim is a replay, whoever makes it.
                fresh += usize::from(claim(store, NOW, "n-1").await == Ok(Freshness::Fresh));
            }
            assert_eq!(fresh, 1);
        });
        assert_eq!(folder.count("meta"), 3);
    }
}

#[test]
fn what_expired_while_it_was_closed_is_deleted() {
    let folder = Folder::new();
    drop(folder.open());
    let raw = folder.raw();
    raw.execute_batch(&format!(
        "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 3000)
         INSERT INTO nonce_log (until, entries) SELECT {0} + i / 10 + 360, x'' FROM n",
        NOW.seconds()
    ))
    .unwrap();
    let left = || raw.query_row("SELECT count(*) FROM nonce_log", [], |row| row.get::<_, i64>(0)).unwrap();
    let store = folder.open();
    block_on(async {
        assert_eq!(claim(&store, NOW.plus(3600), "n-1").await, Ok(Freshness::Fresh));
        // Each group deletes a few, an idle writer more: however the two share the work, it ends.
        for _ in 0..10_000 {
            if left() == 1 {
                return;
            }
            store.flush().await.unwrap();
        }
        panic!("{} are left", left());
    });
}

/// What was there keeps its numbers, its secrets and its time.
#[test]
fn a_site_of_before_keeps_clients_accounts_sessions_and_audit() {
    let folder = Folder::new();
    let raw = folder.raw();
    for migration in [
        include_str!("../migrations/0001_init.sql"),
        include_str!("../migrations/0002_nonce_log.sql"),
        include_str!("../migrations/0003_first_claim.sql"),
        "INSERT INTO meta VALUES ('nonce_key', zeroblob(16)); PRAGMA application_id = 0x4353676E;
        PRAGMA user_version = 3;
        INSERT INTO clients VALUES (7, 'printer', 'Printer', 'sealed', NULL, NULL, '[]', '[]', 0, 1, '[]', '[]', NULL,
            'suspended', 1700000000);
        INSERT INTO accounts VALUES ('jane', '$argon2id$', 1, 0, 1700000000);
        INSERT INTO sessions VALUES (zeroblob(32), 'jane', 1700000000, 9000000000);
        INSERT INTO audit (at, event) VALUES (1700000000, 'issued')",
    ] {
        raw.execute_batch(migration).unwrap();
    }
    drop(raw);
    let (store, when) = (folder.open(), Timestamp::from_seconds(1_700_000_000));
    block_on(async {
        let kept = store.application(&"printer".parse().unwrap()).await.unwrap().unwrap();
        assert_eq!((kept.record, kept.revision, &kept.profile), (7, 0, &ApplicationProfile::default()));
        assert_eq!((kept.client.key_since, kept.client.created), (when, when));
        assert!(matches!(&kept.client.key, ClientKey::Secret(secret) if secret.matches("sealed")));
        assert_eq!(kept.client.status, ClientStatus::Suspended);
        let jane = store.account("jane").await.unwrap().unwrap();
        assert!(jane.admin && jane.password_hash.is_some_and(|hash| hash.matches("$argon2id$")));
        assert_eq!(store.session(&[0; 32], NOW).await.unwrap().unwrap().last_seen, when);
        assert_eq!(store.audit(&AuditFilter::default(), Page::first(9)).await.unwrap()[0].actor, None);
    });
    let cut = folder.raw().execute("DELETE FROM audit", []).unwrap_err();
    assert!(cut.to_string().contains("append-only"), "{cut}");
}
