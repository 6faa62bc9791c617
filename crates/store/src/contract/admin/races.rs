//! Races of the administration: 64 tasks at once, one winner each.

use super::{
    super::{NOW, client, races::winners, stored_token, token},
    account, printer, session,
};
use crate::{
    Account, Addition, AdminStore, AuditEntry, AuditFilter, Outcome, Page, Replacement, SealedKind,
    SessionRecord, StoreErrorKind,
};
use std::{collections::BTreeSet, sync::Arc};

pub(super) const ROUNDS: usize = 20;

/// Exactly one is the first.
pub async fn one_of_64_tasks_begins_claims<S: AdminStore + 'static>(store: Arc<S>) {
    let won = winners(|_| {
        let store = Arc::clone(&store);
        async move {
            let before = store.begin_claims(NOW).await.expect("it is noted");
            assert!(before.is_none_or(|when| when == NOW), "{before:?}");
            before.is_none()
        }
    });
    assert_eq!(won.await, 1);
}

/// Exactly one adds it, and it is that one's.
pub async fn one_of_64_tasks_adds_an_account<S: AdminStore + 'static>(store: Arc<S>) {
    for round in 0..ROUNDS {
        let name = format!("jane-{round}");
        let won = winners(|index| {
            let (store, name) = (Arc::clone(&store), name.clone());
            async move {
                let account = Account { admin: index % 2 == 0, ..account(&name) };
                if index % 3 == 0 {
                    return store.add_accounts(&[account]).await.expect("add") == [Addition::Added];
                }
                match store.add_account(&account).await {
                    Ok(()) => true,
                    Err(error) => {
                        assert_eq!(error.kind(), StoreErrorKind::Conflict);
                        false
                    }
                }
            }
        });
        assert_eq!(won.await, 1, "round {round}");
    }
    assert_eq!(store.accounts().await.expect("list").len(), ROUNDS);
}

/// Exactly one adds it.
pub async fn one_of_64_tasks_adds_a_token<S: AdminStore + 'static>(store: Arc<S>) {
    store.add_client(&printer(client().as_str())).await.expect("add");
    store.add_account(&account("jane")).await.expect("add");
    for round in 0..ROUNDS {
        let name = format!("k-{round}");
        let won = winners(|_| {
            let (store, token) = (Arc::clone(&store), token(&name));
            async move { store.add_tokens(&[token]).await.expect("add") == [Addition::Added] }
        });
        assert_eq!(won.await, 1, "round {round}");
        assert!(stored_token(&*store, &name).await.is_some());
    }
}

/// Exactly one is told that it did.
pub async fn one_of_64_tasks_disables_an_account<S: AdminStore + 'static>(store: Arc<S>) {
    for round in 0..ROUNDS {
        let name = format!("jane-{round}");
        store.add_account(&account(&name)).await.expect("add");
        let won = winners(|_| {
            let (store, name) = (Arc::clone(&store), name.clone());
            async move { store.disable_account(&name).await.expect("disable") == Outcome::Done }
        });
        assert_eq!(won.await, 1, "round {round}");
    }
}

/// Enabled again, the account has no session of before.
pub async fn no_session_outlives_a_disabling_at_the_same_time<S: AdminStore + 'static>(store: Arc<S>) {
    for round in 0..ROUNDS {
        let name = format!("jane-{round}");
        store.add_account(&account(&name)).await.expect("add");
        let hash = move |index: usize| {
            let mut hash = [u8::try_from(round).expect("few"); 32];
            hash[0] = u8::try_from(index).expect("few");
            hash
        };
        let _ = winners(|index| {
            let (store, name) = (Arc::clone(&store), name.clone());
            async move {
                if index == 32 {
                    return store.disable_account(&name).await.expect("disable") == Outcome::Done;
                }
                let begun = SessionRecord { id_hash: hash(index), ..session(0, &name) };
                store.put_session(&begun).await.expect("begin") == Outcome::Done
            }
        })
        .await;
        assert_eq!(store.enable_account(&name).await.expect("enable"), Outcome::Done);
        for index in 0..64 {
            assert!(store.session(&hash(index), NOW).await.expect("find").is_none(), "round {round}");
        }
    }
}

/// However many there are, and what is left in the end is bounded.
pub async fn sessions_that_begin_at_the_same_time_all_begin<S: AdminStore + 'static>(store: Arc<S>) {
    store.add_account(&account("jane")).await.expect("add");
    for round in 0..4 {
        let began = winners(|index| {
            let store = Arc::clone(&store);
            async move {
                let mut hash = [round; 32];
                hash[0] = u8::try_from(index).expect("few");
                begin(&*store, hash, round.into()).await
            }
        });
        assert_eq!(began.await, 64, "round {round}");
    }
    assert!(begin(&*store, [255; 32], 9).await);
    assert_eq!(store.sessions_of("jane", NOW).await.expect("list")[0].id_hash, [255; 32]);
    assert_eq!(store.end_sessions_of("jane").await.expect("end"), SessionRecord::MOST_OF_AN_ACCOUNT as usize);
}

async fn begin(store: &impl AdminStore, hash: [u8; 32], later: u64) -> bool {
    let begun = SessionRecord::new(hash, "jane", NOW.plus(later), NOW.plus(3600));
    store.put_session(&begun).await.expect("begin") == Outcome::Done
}

/// Each replacement is made once, and the others find a newer text.
pub async fn one_of_64_tasks_reseals_a_secret<S: AdminStore + 'static>(store: Arc<S>) {
    for number in 0..5 {
        store.issue(&token(&format!("k-{number}"))).await.expect("issue");
    }
    for round in 0..ROUNDS {
        let rows = store.sealed_after(SealedKind::Token, None, 10, NOW).await.expect("walk");
        let won = winners(|index| {
            let (store, rows) = (Arc::clone(&store), rows.clone());
            async move {
                let text = format!("anew-{round}-{index}");
                let anew = rows.into_iter().map(|row| Replacement { row, text: text.as_str().into() });
                match store.reseal(SealedKind::Token, anew.collect(), NOW).await.expect("reseal") {
                    0 => false,
                    5 => true,
                    some => panic!("{some} of one transaction"),
                }
            }
        });
        assert_eq!(won.await, 1, "round {round}");
    }
}

/// None is lost, none is there twice.
pub async fn entries_of_64_tasks_are_all_kept<S: AdminStore + 'static>(store: Arc<S>) {
    let done = winners(|index| {
        let store = Arc::clone(&store);
        async move {
            for number in 0..10 {
                store.append_audit(vec![AuditEntry::new(NOW, format!("{index}-{number}"))]);
            }
            true
        }
    });
    assert_eq!(done.await, 64);
    store.flush().await.expect("flush");
    let all = store.audit(&AuditFilter::default(), Page::first(1000)).await.expect("read");
    let events: BTreeSet<_> = all.iter().map(|one| &one.event).collect();
    assert_eq!((all.len(), events.len()), (640, 640));
    let mut before = [10; 64];
    for entry in &all {
        let (index, number) = entry.event.split_once('-').expect("two numbers");
        let (index, number): (usize, usize) =
            (index.parse().expect("a number"), number.parse().expect("a number"));
        assert_eq!(number + 1, before[index], "those of one task are in their order");
        before[index] = number;
    }
}
