//! Web sessions.

use super::{super::NOW, account, session};
use crate::{AdminStore, Outcome, SessionRecord, StoreErrorKind};
use std::sync::Arc;

/// By its hash alone, each apart.
pub async fn a_session_lives_until_it_expires_or_is_ended(store: Arc<impl AdminStore>) {
    for name in ["jane", "Jane"] {
        store.add_account(&account(name)).await.expect("add");
    }
    for (number, name) in [(1, "jane"), (2, "jane"), (3, "jane"), (4, "Jane")] {
        assert_eq!(store.put_session(&session(number, name)).await.expect("begin"), Outcome::Done);
    }
    let again = store.put_session(&session(1, "Jane")).await.map_err(|error| error.kind());
    assert_eq!(again, Err(StoreErrorKind::Conflict));
    let found = store.session(&[1; 32], NOW).await.expect("find").expect("it is there");
    assert_eq!((found.id_hash, &*found.account), ([1; 32], "jane"));
    assert_eq!((found.created, found.expires), (NOW, NOW.plus(3600)));
    assert!(store.session(&[1; 32], NOW.plus(3599)).await.expect("find").is_some());
    assert!(store.session(&[1; 32], NOW.plus(3600)).await.expect("find").is_none());
    assert!(store.session(&[9; 32], NOW).await.expect("find").is_none());

    assert_eq!(store.end_session(&[1; 32]).await.expect("end"), Outcome::Done);
    assert_eq!(store.end_session(&[1; 32]).await.expect("end"), Outcome::Refused);
    assert!(store.session(&[1; 32], NOW).await.expect("find").is_none());
    assert_eq!(store.end_sessions_of("jane").await.expect("end"), 2);
    assert_eq!(store.end_sessions_of("jane").await.expect("end"), 0);
    assert!(store.session(&[2; 32], NOW).await.expect("find").is_none());
    assert!(store.session(&[4; 32], NOW).await.expect("find").is_some(), "of another account");
    assert_eq!(store.put_session(&session(5, "jane")).await.expect("begin"), Outcome::Done);
    assert!(store.session(&[5; 32], NOW).await.expect("find").is_some(), "one that began since");
}

/// Until it is enabled again.
pub async fn a_disabled_account_begins_no_session(store: Arc<impl AdminStore>) {
    store.add_account(&crate::Account { disabled: true, ..account("jane") }).await.expect("add");
    assert_eq!(store.put_session(&session(1, "jane")).await.expect("begin"), Outcome::Refused);
    assert!(store.session(&[1; 32], NOW).await.expect("find").is_none());
    assert_eq!(store.enable_account("jane").await.expect("enable"), Outcome::Done);
    assert_eq!(store.put_session(&session(1, "jane")).await.expect("begin"), Outcome::Done);
}

/// Each with from where and when it was used; another account's is not theirs to end.
pub async fn sessions_are_ended_by_name_by_their_account_alone(store: Arc<impl AdminStore>) {
    for name in ["jane", "Jane"] {
        store.add_account(&account(name)).await.expect("add");
    }
    let agent = format!("Mozilla/5.0 <b>\"{}", "é".repeat(300));
    let told = SessionRecord::new([1; 32], "jane", NOW, NOW.plus(3600))
        .seen_from(Some("2001:db8::1".into()), Some(&agent));
    let plain = SessionRecord::new([2; 32], "jane", NOW.plus(1), NOW.plus(60));
    for begun in [&told, &plain, &session(3, "Jane")] {
        assert_eq!(store.put_session(begun).await.expect("begin"), Outcome::Done);
    }
    let listed = store.sessions_of("jane", NOW.plus(1)).await.expect("list");
    assert_eq!(format!("{listed:?}"), format!("{:?}", [&plain, &told]));
    let kept = told.user_agent.as_deref().unwrap_or_default();
    assert!(agent.starts_with(kept) && (254..=255).contains(&kept.len()), "{kept:?}");
    assert_eq!(store.sessions_of("jane", NOW.plus(60)).await.expect("list").len(), 1, "one has expired");

    for at in [NOW.plus(30), NOW.plus(20)] {
        store.see_session(&[1; 32], at).await.expect("see");
    }
    store.see_session(&[9; 32], NOW).await.expect("see");
    let seen = store.session(&[1; 32], NOW).await.expect("find").map(|found| found.last_seen);
    assert_eq!(seen, Some(NOW.plus(30)));

    let end = async |account: &str, number: u8| {
        store.end_session_named(account, session(number, account).name()).await.expect("end")
    };
    for (account, number) in [("jane", 3), ("Jane", 1), ("nobody", 1), ("jane", 9)] {
        assert_eq!(end(account, number).await, Outcome::Refused, "{account} {number}");
    }
    assert_eq!(end("jane", 1).await, Outcome::Done);
    assert_eq!(end("jane", 1).await, Outcome::Refused);
    assert!(store.session(&[1; 32], NOW).await.expect("find").is_none());
    assert!(store.session(&[3; 32], NOW).await.expect("find").is_some());
}

/// The ones that are used stay, and so do those of others.
pub async fn program_that_signs_in_for_ever_ends_its_own_sessions_alone(store: Arc<impl AdminStore>) {
    for name in ["jane", "Jane"] {
        store.add_account(&account(name)).await.expect("add");
    }
    let (most, used, others) = (u64::from(SessionRecord::MOST_OF_AN_ACCOUNT), 200, 201);
    let begin = async |number: u8, name: &str, later: u64| {
        let created = NOW.plus(later);
        let one = SessionRecord::new([number; 32], name, created, created.plus(3600));
        assert_eq!(store.put_session(&one).await.expect("begin"), Outcome::Done);
    };
    begin(used, "jane", 0).await;
    begin(others, "Jane", 0).await;
    store.see_session(&[used; 32], NOW.plus(50)).await.expect("see");
    for number in 1..=u8::try_from(most + 10).expect("few") {
        begin(number, "jane", number.into()).await;
    }
    let now = NOW.plus(most + 10);
    let lives = async |number: u8| store.session(&[number; 32], now).await.expect("find").is_some();
    assert!(lives(used).await, "it was used after many of the others began");
    assert!(lives(others).await, "another account's");
    for (number, lived) in [(1, false), (11, false), (12, true), (110, true)] {
        assert_eq!(lives(number).await, lived, "{number}");
    }
    let listed = store.sessions_of("jane", now).await.expect("list");
    assert_eq!((listed.len() as u64, listed[0].id_hash), (most, [110; 32]));
    assert_eq!(store.end_sessions_of("jane").await.expect("end") as u64, most);
}
