//! Nonces are looked up in memory: what is written down must be found by every process, now and after a restart.

#![expect(clippy::unwrap_used, reason = "helpers of tests fail as tests do")]

mod support;

use countersign_core::{Nonce, Timestamp};
use countersign_store::{AdminStore, Freshness, NonceKey, NonceUse, StoreErrorKind};
use std::sync::Arc;
use support::{Folder, NOW, block_on, claim, client};

const FRESH: Result<Freshness, StoreErrorKind> = Ok(Freshness::Fresh);
const REPLAYED: Result<Freshness, StoreErrorKind> = Ok(Freshness::Replayed);

#[test]
fn a_replay_sent_to_another_process_is_refused_there() {
    let folder = Folder::new();
    // Two that have the file open are two processes to it: they share nothing else.
    let (one, other) = (folder.open(), folder.open());
    block_on(async {
        for round in 0..50_u64 {
            let (here, there) = if round % 3 == 0 { (&one, &other) } else { (&other, &one) };
            let nonce = format!("n-{round}");
            assert_eq!(claim(here, NOW.plus(round), &nonce).await, FRESH);
            assert_eq!(claim(there, NOW.plus(round), &nonce).await, REPLAYED, "{nonce}");
        }
    });
}

#[test]
fn of_many_at_once_in_two_processes_one_is_accepted() {
    let folder = Folder::new();
    let stores = [folder.open(), folder.open()].map(Arc::new);
    block_on(async {
        for round in 0..50 {
            let tasks = (0..32).map(|task| {
                let store = Arc::clone(&stores[task % 2]);
                tokio::spawn(async move { claim(&store, NOW, &format!("n-{round}")).await.unwrap() })
            });
            let mut fresh = 0;
            for task in tasks.collect::<Vec<_>>() {
                fresh += usize::from(task.await.unwrap() == Freshness::Fresh);
            }
            assert_eq!(fresh, 1, "round {round}");
        }
    });
}

#[test]
fn what_others_wrote_after_everything_had_expired_is_read() {
    let folder = Folder::new();
    let (one, other) = (folder.open(), folder.open());
    block_on(async {
        assert_eq!(claim(&one, NOW, "n-1").await, FRESH);
        for hour in 1..20 {
            let later = NOW.plus(hour * 3600);
            // Both sweep; a number that were given twice would hide what is behind it.
            assert_eq!(claim(&other, later, "n-1").await, FRESH);
            other.flush().await.unwrap();
            assert_eq!(claim(&one, later, "n-1").await, REPLAYED, "hour {hour}");
            assert_eq!(claim(&one, later, "n-2").await, FRESH);
            assert_eq!(claim(&other, later, "n-2").await, REPLAYED, "hour {hour}");
        }
    });
    assert!(folder.count("nonce_log") <= 3);
}

#[test]
fn a_replay_after_a_restart_is_refused() {
    let folder = Folder::new();
    for restart in 0..5_u64 {
        let store = folder.open();
        block_on(async {
            for before in 0..restart {
                assert_eq!(claim(&store, NOW.plus(before), "n-1").await, REPLAYED);
            }
            assert_eq!(claim(&store, NOW.plus(restart), "n-1").await, FRESH);
        });
    }
}

#[test]
fn a_replay_of_what_an_older_version_wrote_is_refused() {
    let folder = Folder::new();
    std::fs::File::create(folder.path()).unwrap();
    let raw = folder.raw();
    raw.execute_batch(include_str!("../migrations/0001_init.sql")).unwrap();
    raw.execute_batch(&format!(
        "INSERT INTO meta (name, value) VALUES ('nonce_key', x'000102030405060708090a0b0c0d0e0f');
         PRAGMA user_version = 1; PRAGMA application_id = {};",
        i32::from_be_bytes(*b"CSgn")
    ))
    .unwrap();
    let key = NonceKey::new(std::array::from_fn(|at| u8::try_from(at).unwrap()));
    let client = client();
    for nonce in ["n-1", "n-2"] {
        let nonce = Nonce::new(nonce).unwrap();
        let used = NonceUse { client: &client, token: Some("k-1"), timestamp: NOW, nonce };
        let row = (seconds(NOW), used.digest(&key), seconds(NOW.plus(360)));
        raw.execute("INSERT INTO nonces (stamp, digest, until) VALUES (?1, ?2, ?3)", row).unwrap();
    }
    let store = folder.open();
    block_on(async {
        for nonce in ["n-1", "n-2"] {
            assert_eq!(claim(&store, NOW, nonce).await, REPLAYED);
        }
        assert_eq!(claim(&store, NOW, "n-3").await, FRESH);
        // Nobody knows when it was first used, but that it may have been.
        assert_eq!(store.begin_claims(NOW).await.unwrap(), Some(Timestamp::from_seconds(0)));
    });
}

#[test]
fn a_damaged_row_refuses_every_claim_and_accepts_none() {
    let folder = Folder::new();
    let store = folder.open();
    let damaged = "INSERT INTO nonce_log (until, entries) VALUES (?1, x'00')";
    folder.raw().execute(damaged, [seconds(NOW.plus(360))]).unwrap();
    block_on(async {
        for _ in 0..3 {
            assert_eq!(claim(&store, NOW, "n-1").await, Err(StoreErrorKind::Corrupt));
        }
    });
}

fn seconds(time: Timestamp) -> i64 {
    time.seconds().try_into().unwrap()
}
