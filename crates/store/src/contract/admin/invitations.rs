//! External identities, invitations, and signing up.

use super::{super::*, account};
use crate::{
    Account, AdminStore, ExternalIdentity, Invitation, Outcome, Page, SignUp, SignedUp, StoreErrorKind,
};
use std::sync::Arc;

/// Byte by byte; it is connected once, and disconnected by its account alone.
pub async fn an_identity_belongs_to_one_account(store: Arc<impl AdminStore>) {
    for name in ["jane", "bob"] {
        store.add_account(&account(name)).await.expect("add");
    }
    let add = async |subject: &str, account: &str| {
        store.add_identity(&identity(subject, account)).await.map_err(|error| error.kind())
    };
    assert_eq!(add("1", "jane").await, Ok(Outcome::Done));
    assert_eq!(add("1", "bob").await, Err(StoreErrorKind::Conflict));
    assert_eq!(add("2", "nobody").await, Ok(Outcome::Refused));
    for subject in ["a", "A", "a ", "ä"] {
        assert_eq!(add(subject, "bob").await, Ok(Outcome::Done), "{subject:?}");
    }
    let whose = async |issuer: &str, subject: &str| {
        store.account_of(issuer, subject).await.expect("find").map(|account| account.name)
    };
    assert_eq!(whose(ISSUER, "1").await.as_deref(), Some("jane"));
    assert_eq!(whose(ISSUER, "A").await.as_deref(), Some("bob"));
    for (issuer, subject) in
        [(ISSUER, "2"), (ISSUER, "1 "), ("https://id.example/", "1"), ("", ""), ("1", ISSUER)]
    {
        assert_eq!(whose(issuer, subject).await, None, "{issuer:?} {subject:?}");
    }
    let mine = store.identities("jane").await.expect("list");
    assert_eq!(mine, [identity("1", "jane")]);
    assert_eq!(store.identities("bob").await.expect("list").len(), 4);

    let remove = async |subject: &str, account: &str| {
        store.remove_identity(ISSUER, subject, account).await.expect("remove")
    };
    assert_eq!(remove("1", "bob").await, Outcome::Refused);
    assert_eq!(remove("1", "jane").await, Outcome::Done);
    assert_eq!(remove("1", "jane").await, Outcome::Refused);
    assert_eq!(add("1", "bob").await, Ok(Outcome::Done));
    let before = store.disable_account("bob").await.expect("disable");
    assert_eq!(
        (before, whose(ISSUER, "1").await.as_deref()),
        (Outcome::Done, Some("bob")),
        "disabled or not"
    );
}

/// Account, identity and invitation; what is refused has spent nothing.
pub async fn who_signs_up_gets_all_of_it_or_nothing(store: Arc<impl AdminStore>) {
    store.add_account(&account("jane")).await.expect("add");
    let taken = store.add_identity(&identity("1", "jane")).await.expect("add");
    assert_eq!(taken, Outcome::Done);
    for (number, expires) in [(1, 60), (2, 60)] {
        store.add_invitation(&invitation(number, expires)).await.expect("add");
    }
    let sign_up = async |name: &str, subject: Option<&str>, code: Option<u8>, at: u64| {
        let who = SignUp {
            account: Account { password_hash: None, ..account(name) },
            identity: subject.map(|subject| identity(subject, "whatever it says")),
            invitation: code.map(|code| [code; 32]),
        };
        store.sign_up(&who, NOW.plus(at)).await.expect("an answer")
    };
    assert_eq!(sign_up("jane", Some("2"), Some(1), 0).await, SignedUp::NameTaken);
    assert_eq!(sign_up("bob", Some("1"), Some(1), 0).await, SignedUp::IdentityTaken);
    assert_eq!(sign_up("bob", Some("2"), Some(9), 0).await, SignedUp::NotInvited);
    assert!(store.account("bob").await.expect("find").is_none());
    assert!(store.account_of(ISSUER, "2").await.expect("find").is_none());

    assert_eq!(sign_up("bob", Some("2"), Some(1), 59).await, SignedUp::Done);
    assert_eq!(sign_up("eve", None, Some(1), 59).await, SignedUp::NotInvited, "it is redeemed");
    let bob = store.account_of(ISSUER, "2").await.expect("find").expect("it is there");
    assert!(bob.name == "bob" && bob.password_hash.is_none());
    assert_eq!(sign_up("eve", None, None, 59).await, SignedUp::Done, "where none is needed");
    let listed = store.invitations(Page::first(10)).await.expect("list");
    let redeemed: Vec<_> = listed.iter().map(|one| one.redeemed_by.as_deref()).collect();
    assert_eq!(redeemed, [None, Some("bob")]);
    assert_eq!(sign_up("joe", None, Some(2), 60).await, SignedUp::NotInvited, "it has expired");
}

/// The newest first; a redeemed one cannot be withdrawn, a withdrawn one not be redeemed.
pub async fn invitations_are_listed_and_withdrawn(store: Arc<impl AdminStore>) {
    let plain = Invitation { made_by: None, note: String::new(), ..invitation(2, 60) };
    for made in [&invitation(1, 60), &plain] {
        store.add_invitation(made).await.expect("add");
    }
    let again = store.add_invitation(&invitation(1, 99)).await.map_err(|error| error.kind());
    assert_eq!(again, Err(StoreErrorKind::Conflict));
    let listed = store.invitations(Page::first(10)).await.expect("list");
    assert_eq!(listed.iter().map(|one| &one.invitation).collect::<Vec<_>>(), [&plain, &invitation(1, 60)]);
    let next = Page { limit: 1, before: Some(listed[0].record) };
    assert_eq!(store.invitations(next).await.expect("list"), listed[1..]);

    let sign_up = async |name: &str, code: u8| {
        let who = SignUp { account: account(name), identity: None, invitation: Some([code; 32]) };
        store.sign_up(&who, NOW).await.expect("an answer")
    };
    let withdraw = async |record: i64| store.withdraw_invitation(record).await.expect("withdraw");
    assert_eq!(withdraw(listed[0].record).await, Outcome::Done);
    assert_eq!(withdraw(listed[0].record).await, Outcome::Refused);
    assert_eq!(sign_up("jane", 2).await, SignedUp::NotInvited);
    assert_eq!(sign_up("jane", 1).await, SignedUp::Done);
    assert_eq!(withdraw(listed[1].record).await, Outcome::Refused);
}

pub(super) fn invitation(number: u8, seconds: u64) -> Invitation {
    Invitation {
        code_hash: [number; 32],
        made_by: Some("root".into()),
        note: "for \"jane\" 漢".into(),
        created: NOW,
        expires: NOW.plus(seconds),
    }
}

fn identity(subject: &str, account: &str) -> ExternalIdentity {
    ExternalIdentity { issuer: ISSUER.into(), subject: subject.into(), account: account.into(), created: NOW }
}

const ISSUER: &str = "https://id.example";
