//! Keys of the administration's API.

use super::{super::*, account};
use crate::{Account, AdminStore, ApiKey, Outcome, Page, StoreErrorKind};
use std::sync::Arc;

/// By its hash, until it expires, is revoked, or its account is no administrator's that may sign in.
pub async fn an_api_key_is_found_while_it_may_be_used(store: Arc<impl AdminStore>) {
    for (name, admin) in [("root", true), ("jane", true), ("bob", false)] {
        store.add_account(&Account { admin, ..account(name) }).await.expect("add");
    }
    let mut records = Vec::new();
    for (number, account) in
        [(1, Some("root")), (2, None), (3, Some("bob")), (4, Some("nobody")), (5, Some("jane"))]
    {
        records.push(store.add_api_key(&key(number, account)).await.expect("add"));
    }
    let again = store.add_api_key(&key(1, None)).await.map_err(|error| error.kind());
    assert_eq!(again, Err(StoreErrorKind::Conflict));
    let found = async |number: u8, at: u64| store.api_key(&[number; 32], NOW.plus(at)).await.expect("find");
    let first = found(1, 59).await.expect("it is there");
    assert_eq!((&first.key, first.record, first.revoked), (&key(1, Some("root")), records[0], None));
    assert!(found(2, 1_000_000).await.is_some_and(|one| one.key == key(2, None)));
    for (number, at) in [(1, 60), (3, 0), (4, 0), (9, 0)] {
        assert!(found(number, at).await.is_none(), "{number} at {at}");
    }

    assert_eq!(store.set_admin("jane", false).await.expect("set"), Outcome::Done);
    assert!(found(5, 0).await.is_none(), "no administrator any more");
    assert_eq!(store.set_admin("jane", true).await.expect("set"), Outcome::Done);
    assert!(found(5, 0).await.is_some());
    assert_eq!(store.disable_account("root").await.expect("disable"), Outcome::Done);
    assert!(found(1, 0).await.is_none(), "disabled");
    assert_eq!(store.revoke_api_key(records[1], NOW).await.expect("revoke"), Outcome::Done);
    assert!(found(2, 0).await.is_none(), "revoked");
}

/// The newest first; revoked ones too.
pub async fn api_keys_are_listed_and_revoked_for_good(store: Arc<impl AdminStore>) {
    let mut records = Vec::new();
    for (number, account) in [(1, Some("root")), (2, None), (3, Some("Root")), (4, Some("root"))] {
        records.push(store.add_api_key(&key(number, account)).await.expect("add"));
    }
    let listed = async |account: Option<&str>, page: Page| {
        let keys = store.api_keys(account, page).await.expect("list");
        keys.iter().map(|one| one.key.hash[0]).collect::<Vec<_>>()
    };
    assert_eq!(listed(None, Page::first(10)).await, [4, 3, 2, 1]);
    assert_eq!(listed(Some("root"), Page::first(10)).await, [4, 1]);
    assert_eq!(listed(None, Page { limit: 2, before: Some(records[3]) }).await, [3, 2]);
    let revoke =
        async |record: i64, at: u64| store.revoke_api_key(record, NOW.plus(at)).await.expect("revoke");
    assert_eq!(revoke(records[0], 7).await, Outcome::Done);
    assert_eq!(revoke(records[0], 8).await, Outcome::Refused);
    assert_eq!(revoke(-1, 8).await, Outcome::Refused);
    for at in [NOW.plus(30), NOW.plus(20)] {
        store.use_api_key(records[0], at).await.expect("use");
    }
    store.use_api_key(-1, NOW).await.expect("use");
    let all = store.api_keys(None, Page::first(10)).await.expect("list");
    assert_eq!((all[3].revoked, all[3].last_used), (Some(NOW.plus(7)), Some(NOW.plus(30))));
    assert_eq!((all[0].revoked, all[0].last_used), (None, None));
}

fn key(number: u8, account: Option<&str>) -> ApiKey {
    ApiKey {
        hash: [number; 32],
        name: "it's \"q\" 漢".into(),
        account: account.map(Into::into),
        scopes: vec!["accounts:read".into(), "a b".into()],
        created: NOW,
        expires: account.map(|_| NOW.plus(60)),
    }
}
