//! Rotating keys: counts, the walk over every secret, and replacements that overwrite nothing newer.

#![expect(clippy::unwrap_used, reason = "helpers of tests fail as tests do")]

mod support;

use countersign_core::Secret;
use countersign_store::{
    ClientRecord, ClientRegistry, KeyRing, Replacement, Seal, SealedKind, SealedRow, SealedRows,
    TemporaryStore, TokenRecord, TokenRegistry, TokenStore,
};
use countersign_store_sqlite::SqliteStore;
use support::{Folder, NOW, block_on, granted, token, token_id};

fn sealed_token(ring: &KeyRing, name: &str) -> TokenRecord {
    let secret = ring.seal(&format!("token:{name}"), &"token-secret".into()).unwrap().into();
    TokenRecord { secret, ..token(name, "jane") }
}

async fn rows(store: &SqliteStore, kind: SealedKind) -> Vec<SealedRow> {
    store.sealed_after(kind, None, 1000, NOW).await.unwrap()
}

fn replacement(row: &SealedRow, text: &str) -> Replacement {
    Replacement { row: row.clone(), text: Secret::from(text) }
}

fn secret_of(store: &SqliteStore, name: &str) -> Secret {
    let row = block_on(rows(store, SealedKind::Token))
        .into_iter()
        .find(|row| row.sealed.row == format!("token:{name}"));
    row.unwrap().sealed.text
}

#[test]
fn secrets_are_counted_by_the_key_that_sealed_them_and_expired_credentials_are_not() {
    let (folder, old, new) = (Folder::new(), KeyRing::generate(), KeyRing::generate());
    let store = folder.open();
    assert!(block_on(store.sealed_by_key(NOW)).unwrap().is_empty());
    block_on(async {
        for number in 0..2500 {
            let ring = if number % 5 == 0 { &old } else { &new };
            store.issue(&sealed_token(ring, &format!("k-{number}"))).await.unwrap();
        }
        let mut printer = ClientRecord::with_secret("printer", "", "Printer");
        printer.key =
            countersign_store::ClientKey::Secret(old.seal("client:printer", &"s".into()).unwrap().into());
        store.add_client(&printer).await.unwrap();
        store.create(&granted("t-1"), NOW).await.unwrap();
    });
    let counts = block_on(store.sealed_by_key(NOW)).unwrap();
    let count = |key: Option<&str>| {
        let count = counts.get(&key.map(ToOwned::to_owned)).cloned().unwrap_or_default();
        (count.clients, count.tokens, count.temporaries)
    };
    assert_eq!(count(Some(old.active())), (1, 500, 0));
    assert_eq!(count(Some(new.active())), (0, 2000, 0));
    assert_eq!(count(None), (0, 0, 1), "what was never sealed");
    assert_eq!(counts.len(), 3);
    assert!(!block_on(store.sealed_by_key(NOW.plus(1 << 30))).unwrap().contains_key(&None), "it has expired");
}

#[test]
fn the_walk_meets_every_secret_once_under_the_name_that_it_was_sealed_for() {
    let (folder, ring) = (Folder::new(), KeyRing::generate());
    let store = folder.open();
    block_on(async {
        for number in 0..25 {
            store.issue(&sealed_token(&ring, &format!("k-{number}"))).await.unwrap();
        }
    });
    let mut met: Vec<SealedRow> = Vec::new();
    loop {
        let rows = block_on(store.sealed_after(SealedKind::Token, met.last(), 10, NOW)).unwrap();
        if rows.is_empty() {
            break;
        }
        met.extend(rows);
    }
    let names: Vec<_> = met.iter().map(|row| row.sealed.row.clone()).collect();
    assert_eq!(names, (0..25).map(|number| format!("token:k-{number}")).collect::<Vec<_>>());
    for row in &met {
        assert!(Seal::open(&ring, &row.sealed.row, row.sealed.text.expose()).is_ok());
    }
    for other in [SealedKind::Client, SealedKind::Temporary] {
        assert!(block_on(rows(&store, other)).is_empty());
    }
}

#[test]
fn a_newer_secret_is_never_overwritten() {
    let folder = Folder::new();
    let store = folder.open();
    block_on(async {
        for name in ["k-1", "k-2", "k-3"] {
            store.issue(&token(name, "jane")).await.unwrap();
        }
        let read = rows(&store, SealedKind::Token).await;
        folder.raw().execute("UPDATE tokens SET secret = 'newer' WHERE id = 'k-2'", []).unwrap();
        let _ = store.withdraw(&token_id("k-3")).await.unwrap();
        let all: Vec<_> = read.iter().map(|row| replacement(row, "anew")).collect();
        assert_eq!(store.reseal(SealedKind::Token, all.clone(), NOW).await.unwrap(), 1);
        assert_eq!(store.reseal(SealedKind::Token, all, NOW).await.unwrap(), 0, "it is done already");
    });
    assert!(secret_of(&store, "k-1").matches("anew") && secret_of(&store, "k-2").matches("newer"));
    assert_eq!(folder.count("tokens"), 2);
}

/// Two rows with one text: it is the name that is replaced, whatever number it has by now.
#[test]
fn a_replacement_for_another_row_is_refused() {
    let folder = Folder::new();
    let store = folder.open();
    block_on(async {
        for name in ["k-1", "k-2"] {
            store.issue(&token(name, "jane")).await.unwrap();
        }
        let row = rows(&store, SealedKind::Token).await.remove(0);
        let wrong = store.reseal(SealedKind::Client, vec![replacement(&row, "anew")], NOW).await;
        assert!(wrong.is_err());
        assert_eq!(store.reseal(SealedKind::Token, vec![replacement(&row, "anew")], NOW).await.unwrap(), 1);
    });
    assert!(secret_of(&store, "k-1").matches("anew") && secret_of(&store, "k-2").matches("token-secret"));
}
