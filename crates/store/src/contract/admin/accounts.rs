//! Accounts: who may sign in, and what becomes of what they granted.

use super::{super::*, account, session, status};
use crate::{Account, AccountFilter, Addition, AdminStore, Outcome, StoreErrorKind};
use countersign_core::Secret;
use std::sync::Arc;

/// A second account of a name is a conflict, and the first one stays.
pub async fn an_account_is_never_overwritten(store: Arc<impl AdminStore>) {
    let first = Account { admin: true, ..account("jane") };
    store.add_account(&first).await.expect("add");
    let second = Account { password_hash: Some(Secret::from("another")), ..account("jane") };
    let refused = store.add_account(&second).await.map_err(|error| error.kind());
    assert_eq!(refused, Err(StoreErrorKind::Conflict));
    let kept = store.account("jane").await.expect("find").expect("the first");
    assert!(has_password(&kept, FIRST));
    assert_eq!((kept.admin, kept.disabled, kept.created), (true, false, NOW));
}

/// No collation folds case, accents, trailing spaces or what looks alike.
pub async fn accounts_differ_if_any_byte_differs(store: Arc<impl AdminStore>) {
    // The fourth has a Cyrillic first letter, the last a space of no width.
    let names = ["jane", "Jane", "jane ", "јane", "jäne", "ja\u{308}ne", "JANE", "jane\u{200b}"];
    for name in names {
        store.add_account(&account(name)).await.unwrap_or_else(|error| panic!("{name:?}: {error:?}"));
    }
    for name in names {
        assert_eq!(store.account(name).await.expect("find").expect("each is there").name, name);
    }
    for nobody in ["jAne", " jane", "jane  ", "", "jane\0", "j", "jane%", "_ane"] {
        assert!(store.account(nobody).await.expect("find").is_none(), "{nobody:?}");
    }
    let mut sorted = names.map(str::to_owned);
    sorted.sort_unstable();
    let listed = store.accounts().await.expect("list").into_iter().map(|account| account.name);
    assert_eq!(listed.collect::<Vec<_>>(), sorted, "by their bytes");
}

/// Never cut: else a long name would be another's.
pub async fn an_over_long_account_is_refused_or_kept_whole(store: Arc<impl AdminStore>) {
    for length in [255, 256, 1024, 1025, 5000, 70_000] {
        let name = "n".repeat(length);
        match store.add_account(&account(&name)).await {
            Ok(()) => {
                assert_eq!(store.account(&name).await.expect("find").expect("it is there").name, name);
            }
            Err(error) => {
                assert!(length > 255 && error.kind() != StoreErrorKind::Conflict, "{length}: {error:?}");
                assert!(store.account(&name).await.is_ok_and(|found| found.is_none()));
            }
        }
    }
    let kept = store.accounts().await.expect("list");
    assert!(kept.iter().all(|account| [255, 256, 1024, 1025, 5000, 70_000].contains(&account.name.len())));
}

/// Each is told what became of it.
pub async fn many_accounts_are_added_at_once_and_the_first_of_a_name_stays(store: Arc<impl AdminStore>) {
    store.add_account(&account("bob")).await.expect("add");
    let second = Account { password_hash: Some(Secret::from("another")), disabled: true, ..account("jane") };
    let many = [account("jane"), account("bob"), second, Account { admin: true, ..account("Jane") }];
    let fates = store.add_accounts(&many).await.expect("add");
    assert_eq!(fates, [Addition::Added, Addition::Conflict, Addition::Conflict, Addition::Added]);
    let [jane, other] = [store.account("jane").await, store.account("Jane").await]
        .map(|found| found.expect("find").expect("it is there"));
    assert!(!jane.disabled && has_password(&jane, FIRST));
    assert!(other.admin);
    assert!(store.add_accounts(&[]).await.expect("nothing to do").is_empty());
}

/// Of who is there alone.
pub async fn a_password_is_changed(store: Arc<impl AdminStore>) {
    store.add_account(&account("jane")).await.expect("add");
    let hash = Secret::from("$argon2id$another");
    assert_eq!(store.set_password("Jane", &hash).await.expect("change"), Outcome::Refused);
    assert_eq!(store.set_password("jane", &hash).await.expect("change"), Outcome::Done);
    let kept = store.account("jane").await.expect("find").expect("it is there");
    assert!(has_password(&kept, hash.expose()));
    // Who signs in elsewhere has none, until they set one.
    store.add_account(&Account { password_hash: None, ..account("bob") }).await.expect("add");
    assert!(store.account("bob").await.expect("find").expect("it is there").password_hash.is_none());
    assert_eq!(store.set_password("bob", &hash).await.expect("change"), Outcome::Done);
    assert!(has_password(&store.account("bob").await.expect("find").expect("it is there"), hash.expose()));
}

/// Tokens of before and after are refused, temporary credentials are not redeemed, until the account is enabled again.
pub async fn what_a_disabled_account_granted_cannot_be_used(store: Arc<impl AdminStore>) {
    store.add_account(&account("jane")).await.expect("add");
    for (name, owner) in [("k-1", "jane"), ("k-2", "jane"), ("k-3", "Jane"), ("k-4", "an app's own user")] {
        store.issue(&crate::TokenRecord { owner: owner.into(), ..token(name) }).await.expect("issue");
    }
    assert_eq!(store.revoke(&id("k-2"), NOW).await.expect("revoke"), Outcome::Done);
    let request = pending("t-1");
    store.create(&request, NOW).await.expect("create");
    assert_eq!(store.grant(&request.id, &yes(&request.id), NOW).await.expect("grant"), Outcome::Done);
    assert_eq!(store.put_session(&session(1, "jane")).await.expect("begin"), Outcome::Done);

    assert_eq!(store.disable_account("jane").await.expect("disable"), Outcome::Done);
    assert_eq!(store.disable_account("jane").await.expect("disable"), Outcome::Refused);
    assert_eq!(store.disable_account("nobody").await.expect("disable"), Outcome::Refused);
    assert!(store.account("jane").await.expect("find").expect("it is there").disabled);
    assert!(store.session(&[1; 32], NOW).await.expect("find").is_none());
    store.issue(&token("k-5")).await.expect("issue");
    for (name, expected) in [
        ("k-1", TokenStatus::OwnerDisabled),
        ("k-2", TokenStatus::Revoked),
        // Another name, and an owner who has no account here.
        ("k-3", TokenStatus::Active),
        ("k-4", TokenStatus::Active),
        ("k-5", TokenStatus::OwnerDisabled),
    ] {
        assert_eq!(status(&*store, name).await, Some(expected), "{name}");
    }
    assert_eq!(store.redeem(&request.id, &token("k-6"), NOW).await.expect("redeem"), Outcome::Refused);
    assert_eq!(store.consume(&request.id, &client(), NOW).await.expect("consume"), Outcome::Refused);

    assert_eq!(store.enable_account("jane").await.expect("enable"), Outcome::Done);
    assert_eq!(store.enable_account("jane").await.expect("enable"), Outcome::Refused);
    assert_eq!(status(&*store, "k-1").await, Some(TokenStatus::Active));
    assert_eq!(status(&*store, "k-2").await, Some(TokenStatus::Revoked));
    assert!(store.session(&[1; 32], NOW).await.expect("find").is_none(), "it has ended for good");
    assert_eq!(store.redeem(&request.id, &token("k-6"), NOW).await.expect("redeem"), Outcome::Done);
}

/// By name, byte by byte, whatever the filter lets through.
pub async fn accounts_are_found_a_page_at_a_time(store: Arc<impl AdminStore>) {
    let (names, any) = (["Jane", "bob", "jane", "jane%", "j_ne", "jäne"], AccountFilter::default());
    for (number, name) in names.into_iter().enumerate() {
        let (admin, disabled) = (number < 2, number % 2 == 1);
        store.add_account(&Account { admin, disabled, ..account(name) }).await.expect("add");
    }
    let found = async |filter: &AccountFilter, after: Option<&str>, limit: u32| {
        let page = store.accounts_page(filter, after, limit).await.expect("list");
        page.into_iter().map(|one| one.name).collect::<Vec<_>>().join(" ")
    };
    assert_eq!(found(&any, None, 10).await, "Jane bob j_ne jane jane% jäne");
    assert_eq!(found(&any, None, 2).await, "Jane bob");
    assert_eq!(found(&any, Some("bob"), 2).await, "j_ne jane");
    assert_eq!(found(&any, Some("k"), 2).await, "");
    for (text, expected) in [
        ("JAN", "Jane jane jane%"),
        ("%", "jane%"),
        ("_", "j_ne"),
        ("\\", ""),
        ("\u{e4}", "jäne"),
        ("a\u{308}", ""),
        ("", "Jane bob j_ne jane jane% jäne"),
    ] {
        let filter = AccountFilter { name: Some(text.into()), ..any.clone() };
        assert_eq!(found(&filter, None, 10).await, expected, "{text:?}");
    }
    let admins = AccountFilter { admin: Some(true), ..any.clone() };
    assert_eq!(found(&admins, None, 10).await, "Jane bob");
    let asked = AccountFilter { name: Some("j".into()), admin: Some(false), disabled: Some(true) };
    assert_eq!(found(&asked, None, 10).await, "jane% jäne");
}

/// Else nobody could look after the others.
pub async fn the_last_administrator_is_neither_demoted_nor_disabled(store: Arc<impl AdminStore>) {
    for (name, admin) in [("jane", true), ("bob", false), ("eve", true)] {
        store.add_account(&Account { admin, disabled: name == "eve", ..account(name) }).await.expect("add");
    }
    let set = async |name: &str, admin| store.set_admin(name, admin).await.expect("set");
    // A disabled administrator looks after nobody.
    assert_eq!(set("jane", false).await, Outcome::Refused);
    assert_eq!(store.disable_account("jane").await.expect("disable"), Outcome::Refused);
    assert!(store.account("jane").await.expect("find").is_some_and(|jane| jane.admin && !jane.disabled));
    assert_eq!(store.disable_account("bob").await.expect("disable"), Outcome::Done);
    assert_eq!(store.enable_account("bob").await.expect("enable"), Outcome::Done);

    assert_eq!(set("bob", true).await, Outcome::Done);
    assert_eq!(set("bob", true).await, Outcome::Refused);
    assert_eq!(set("nobody", true).await, Outcome::Refused);
    assert_eq!(set("jane", false).await, Outcome::Done);
    assert_eq!(set("jane", false).await, Outcome::Refused);
    assert_eq!(set("bob", false).await, Outcome::Refused);
    // One that is disabled may be demoted: it is not the last enabled one.
    assert_eq!(set("eve", false).await, Outcome::Done);
    assert!(store.account("bob").await.expect("find").is_some_and(|bob| bob.admin));
}

fn has_password(account: &Account, hash: &str) -> bool {
    account.password_hash.as_ref().is_some_and(|kept| kept.matches(hash))
}

/// The hash of [`account`]'s password.
const FIRST: &str = "$argon2id$v=19$…";
