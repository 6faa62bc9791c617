//! What operators do: clients, accounts, sessions, tokens, the audit log.

#![expect(clippy::unwrap_used, reason = "helpers of tests fail as tests do")]

mod support;

use countersign_core::{ClientId, PublicKey, Secret, Window};
use countersign_store::{
    Account, AccountStore, AdminStore, AuditEntry, AuditFilter, AuditStore, ClientKey, ClientRecord,
    ClientRegistry, ClientStatus, ClientStore, CredentialStore, Outcome, Page, ResourceOwner, SessionRecord,
    SessionStore, StoreErrorKind, TemporaryStore, TokenRegistry, TokenStatus, TokenStore,
};
use countersign_store_sqlite::SqliteStore;
use support::{Folder, NOW, block_on, client, granted, kind, token, token_id};

fn account(name: &str) -> Account {
    Account {
        name: name.into(),
        password_hash: Some(Secret::from("$argon2id$v=19$…")),
        admin: false,
        disabled: false,
        created: NOW,
    }
}

fn session(number: u8, account: &str) -> SessionRecord {
    SessionRecord::new([number; 32], account, NOW, NOW.plus(3600))
}

async fn status(store: &SqliteStore, name: &str) -> TokenStatus {
    store.load(&client(), Some(&token_id(name))).await.unwrap().token().unwrap().status
}

#[test]
fn every_field_of_a_client_survives() {
    let folder = Folder::new();
    let store = folder.open();
    let mut record =
        ClientRecord::new(client(), "it's \"q\" 漢", ClientKey::PublicKey(PublicKey::from_der(&[0, 255])));
    record.methods = Some(vec!["RSA-SHA1".into()]);
    record.callbacks = vec!["https://a.example/?x=%2F&y=\"".into(), String::new()];
    record.callback_prefixes = vec!["https://b.example/".into()];
    (record.allow_oob, record.two_legged) = (true, true);
    (record.scopes, record.default_scopes) = (vec!["a b".into()], vec!["c,d".into()]);
    record.window = Some(Window::seconds(u32::MAX));
    (record.status, record.created) = (ClientStatus::Pending, NOW);
    block_on(async {
        store.add_client(&record).await.unwrap();
        let kept = store.client(&record.id).await.unwrap().unwrap();
        assert_eq!(format!("{kept:?}"), format!("{record:?}"));
        assert_eq!(format!("{:?}", store.clients().await.unwrap()), format!("{:?}", [&record]));
        let loaded = store.load(&record.id, None).await.unwrap();
        assert_eq!(format!("{:?}", loaded.client().unwrap()), format!("{record:?}"));

        let plain = ClientRecord::new(client(), "Plain", ClientKey::Secret(Secret::from("s")));
        assert_eq!(kind(store.add_client(&plain).await), Err(StoreErrorKind::Conflict));
        assert_eq!(store.update_client(&plain).await.unwrap(), Outcome::Done);
        let kept = store.client(&record.id).await.unwrap().unwrap();
        assert_eq!(format!("{kept:?}"), format!("{plain:?}"));
        let nobody = ClientRecord { id: "nobody".parse().unwrap(), ..plain };
        assert_eq!(store.update_client(&nobody).await.unwrap(), Outcome::Refused);
    });
}

#[test]
fn a_removed_client_takes_its_credentials_with_it() {
    let folder = Folder::new();
    let store = folder.open();
    let other: ClientId = "client-2".parse().unwrap();
    block_on(async {
        for id in [client(), other.clone()] {
            let key = ClientKey::Secret(Secret::from("s"));
            store.add_client(&ClientRecord::new(id, "Printer", key)).await.unwrap();
        }
        store.create(&granted("t-1"), NOW).await.unwrap();
        store.issue(&token("k-1", "jane")).await.unwrap();
        let theirs = countersign_store::TokenRecord { client: other.clone(), ..token("k-2", "jane") };
        store.issue(&theirs).await.unwrap();

        let suspended = store.set_client_status(&client(), ClientStatus::Suspended).await.unwrap();
        assert_eq!(suspended, Outcome::Done);
        let kept = store.client(&client()).await.unwrap().unwrap();
        assert_eq!(kept.status, ClientStatus::Suspended);

        assert_eq!(store.remove_client(&client()).await.unwrap(), Outcome::Done);
        assert_eq!(store.remove_client(&client()).await.unwrap(), Outcome::Refused);
        let loaded = store.load(&client(), Some(&token_id("k-1"))).await.unwrap();
        assert!(loaded.client().is_none() && loaded.token().is_none());
        assert!(store.temporary(&"t-1".parse().unwrap()).await.unwrap().is_none());
        assert!(store.load(&other, Some(&token_id("k-2"))).await.unwrap().token().is_some());
    });
}

#[test]
fn tokens_are_listed_by_client_and_owner_a_page_at_a_time() {
    let folder = Folder::new();
    let store = folder.open();
    let (jane, other): (ResourceOwner, ClientId) = ("jane".into(), "client-2".parse().unwrap());
    block_on(async {
        for (number, owner) in ["jane", "jane", "bob", "jane"].into_iter().enumerate() {
            store.issue(&token(&format!("k-{number}"), owner)).await.unwrap();
        }
        let theirs = countersign_store::TokenRecord { client: other.clone(), ..token("k-9", "jane") };
        store.issue(&theirs).await.unwrap();
        let names = async |client: Option<&ClientId>, owner: Option<&ResourceOwner>, page: Page| {
            let found = store.tokens(client, owner, page).await.unwrap();
            let names: Vec<_> = found.iter().map(|one| one.token.id.as_str().to_owned()).collect();
            (names.join(" "), found.last().map(|one| one.record))
        };
        let (all, mine) = (Page::first(100), Some(client()));
        assert_eq!(names(None, None, all).await.0, "k-9 k-3 k-2 k-1 k-0");
        assert_eq!(names(mine.as_ref(), None, all).await.0, "k-3 k-2 k-1 k-0");
        assert_eq!(names(None, Some(&jane), all).await.0, "k-9 k-3 k-1 k-0");
        assert_eq!(names(Some(&other), Some(&jane), all).await.0, "k-9");
        let (first, last) = names(None, Some(&jane), Page::first(2)).await;
        assert_eq!(first, "k-9 k-3");
        assert_eq!(names(None, Some(&jane), Page { limit: 2, before: last }).await.0, "k-1 k-0");
    });
}

#[test]
fn a_disabled_owner_disables_what_they_granted_and_ends_their_sessions() {
    let folder = Folder::new();
    let store = folder.open();
    block_on(async {
        store.add_account(&account("jane")).await.unwrap();
        assert_eq!(kind(store.add_account(&account("jane")).await), Err(StoreErrorKind::Conflict));
        for (name, owner) in [("k-1", "jane"), ("k-2", "jane"), ("k-3", "Jane"), ("k-4", "an app's own user")]
        {
            store.issue(&token(name, owner)).await.unwrap();
        }
        assert_eq!(store.revoke(&token_id("k-2"), NOW).await.unwrap(), Outcome::Done);
        assert_eq!(store.put_session(&session(1, "jane")).await.unwrap(), Outcome::Done);
        store.create(&granted("t-1"), NOW).await.unwrap();
        let redeem =
            async |token: &str| store.redeem(&"t-1".parse().unwrap(), &self::token(token, "jane"), NOW).await;

        assert_eq!(store.disable_account("jane").await.unwrap(), Outcome::Done);
        assert_eq!(store.disable_account("jane").await.unwrap(), Outcome::Refused);
        assert!(store.account("jane").await.unwrap().unwrap().disabled);
        assert!(store.session(&[1; 32], NOW).await.unwrap().is_none());
        assert_eq!(store.put_session(&session(2, "jane")).await.unwrap(), Outcome::Refused);
        assert_eq!(redeem("k-5").await.unwrap(), Outcome::Refused);
        assert_eq!(status(&store, "k-1").await, TokenStatus::OwnerDisabled);
        assert_eq!(status(&store, "k-2").await, TokenStatus::Revoked);
        // Another name, and an owner who has no account here.
        assert_eq!(status(&store, "k-3").await, TokenStatus::Active);
        assert_eq!(status(&store, "k-4").await, TokenStatus::Active);

        assert_eq!(store.enable_account("jane").await.unwrap(), Outcome::Done);
        assert_eq!(status(&store, "k-1").await, TokenStatus::Active);
        assert_eq!(status(&store, "k-2").await, TokenStatus::Revoked);
        assert_eq!(redeem("k-5").await.unwrap(), Outcome::Done);
    });
}

#[test]
fn passwords_and_sessions_change_only_where_they_should() {
    let folder = Folder::new();
    let store = folder.open();
    block_on(async {
        for name in ["jane", "bob"] {
            store.add_account(&account(name)).await.unwrap();
        }
        assert_eq!(store.set_password("jane", &Secret::from("new")).await.unwrap(), Outcome::Done);
        assert_eq!(store.set_password("Jane", &Secret::from("new")).await.unwrap(), Outcome::Refused);
        let accounts = store.accounts().await.unwrap();
        assert_eq!(accounts.iter().map(|one| one.name.as_str()).collect::<Vec<_>>(), ["bob", "jane"]);
        let is_new =
            |account: &Account| account.password_hash.as_ref().is_some_and(|hash| hash.matches("new"));
        assert!(is_new(&accounts[1]) && !is_new(&accounts[0]));

        for (number, name) in [(1, "jane"), (2, "jane"), (3, "bob")] {
            assert_eq!(store.put_session(&session(number, name)).await.unwrap(), Outcome::Done);
        }
        let again = store.put_session(&session(3, "jane")).await;
        assert_eq!(kind(again), Err(StoreErrorKind::Conflict));
        let found = store.session(&[3; 32], NOW).await.unwrap().unwrap();
        assert_eq!((found.account.as_str(), found.created), ("bob", NOW));
        assert!(store.session(&[3; 32], NOW.plus(3600)).await.unwrap().is_none());
        assert_eq!(store.end_sessions_of("jane").await.unwrap(), 2);
        assert_eq!(store.end_session(&[3; 32]).await.unwrap(), Outcome::Done);
        assert_eq!(store.end_session(&[3; 32]).await.unwrap(), Outcome::Refused);
        assert_eq!(folder.count("sessions"), 0);
    });
}

#[test]
fn the_audit_log_names_records_and_is_never_changed() {
    let folder = Folder::new();
    let store = folder.open();
    block_on(async {
        store.issue(&token("k-1", "jane")).await.unwrap();
        let mut issued = AuditEntry::new(NOW, "issued");
        (issued.client, issued.owner) = (Some(client()), Some("jane".into()));
        (issued.token, issued.address) = (Some(token_id("k-1")), Some("192.0.2.1".into()));
        store.append_audit(vec![issued, AuditEntry::new(NOW.plus(1), "second")]);
        store.append_audit(vec![AuditEntry::new(NOW, "third")]);
        store.flush().await.unwrap();

        let all = store.audit(&AuditFilter::default(), Page::first(10)).await.unwrap();
        assert_eq!(all.iter().map(|one| &*one.event).collect::<Vec<_>>(), ["third", "second", "issued"]);
        let record = store.tokens(None, None, Page::first(1)).await.unwrap()[0].record;
        assert_eq!((all[2].record, all[2].owner.as_deref()), (Some(record), Some("jane")));
        let older = Page { limit: 1, before: Some(all[1].id) };
        assert_eq!(store.audit(&AuditFilter::default(), older).await.unwrap(), all[2..]);
    });
    let raw = folder.raw();
    for change in [
        "UPDATE audit SET event = 'nothing'",
        "DELETE FROM audit WHERE event = 'issued'",
        "INSERT OR REPLACE INTO audit (id, at, event) SELECT id, at, 'nothing' FROM audit",
    ] {
        let error = raw.execute(change, []).unwrap_err().to_string();
        assert!(error.contains("append-only"), "{change}: {error}");
    }
    assert_eq!(folder.count("audit WHERE event <> 'nothing'"), 3);
}

#[test]
fn no_secret_shows_in_debug() {
    let shown = format!("{:?} {:?}", account("jane"), token("k-1", "jane"));
    for secret in ["argon2id", "token-secret"] {
        assert!(!shown.contains(secret), "{shown}");
    }
}
