//! Web sessions.

use super::{super::NOW, account, session};
use crate::{AdminStore, Outcome, StoreErrorKind};
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
