//! Races: 64 tasks at once, 200 rounds, one winner each.

use super::{NOW, client, nonces::remember, pending, stored_token, token, yes};
use crate::{Freshness, Outcome, Store, TemporaryState};
use countersign_core::TemporaryId;
use std::{future::Future, sync::Arc};

const TASKS: usize = 64;
const ROUNDS: usize = 200;

/// Starts `TASKS` tasks at one moment and counts those that won.
pub(super) async fn winners<F, Fut>(task: F) -> usize
where
    F: Fn(usize) -> Fut,
    Fut: Future<Output = bool> + Send + 'static,
{
    let gate = Arc::new(tokio::sync::Barrier::new(TASKS));
    let start = |index| {
        let (gate, task) = (Arc::clone(&gate), task(index));
        tokio::spawn(async move {
            gate.wait().await;
            task.await
        })
    };
    let mut won = 0;
    for task in (0..TASKS).map(start).collect::<Vec<_>>() {
        won += usize::from(task.await.expect("no task panics"));
    }
    won
}

async fn granted(store: &impl Store, round: usize) -> TemporaryId {
    let request = pending(&format!("t-{round}"));
    store.create(&request, NOW).await.expect("create");
    assert_eq!(store.grant(&request.id, &yes(&request.id), NOW).await.expect("grant"), Outcome::Done);
    request.id
}

/// Exactly one redeem succeeds, and exactly its token exists.
pub async fn one_of_64_tasks_redeems<S: Store + 'static>(store: Arc<S>) {
    for round in 0..ROUNDS {
        let request = granted(&*store, round).await;
        let name = |index: usize| format!("k-{round}-{index}");
        let won = winners(|index| {
            let (store, request, token) = (Arc::clone(&store), request.clone(), token(&name(index)));
            async move { store.redeem(&request, &token, NOW).await.expect("redeem") == Outcome::Done }
        });
        assert_eq!(won.await, 1, "round {round}");
        let mut tokens = 0;
        for index in 0..TASKS {
            tokens += usize::from(stored_token(&*store, &name(index)).await.is_some());
        }
        assert_eq!(tokens, 1, "round {round}");
    }
}

/// Exactly one answer counts, and it is the one that stays.
pub async fn one_of_64_tasks_grants_or_denies<S: Store + 'static>(store: Arc<S>) {
    for round in 0..ROUNDS {
        let request = pending(&format!("t-{round}"));
        store.create(&request, NOW).await.expect("create");
        let won = winners(|index| {
            let (store, id) = (Arc::clone(&store), request.id.clone());
            async move {
                let grant = crate::Grant { owner: format!("owner-{index}").into(), ..yes(&id) };
                let answered = if index % 2 == 0 {
                    store.grant(&id, &grant, NOW).await
                } else {
                    store.deny(&id, NOW).await
                };
                answered.expect("an answer") == Outcome::Done
            }
        });
        assert_eq!(won.await, 1, "round {round}");
        let kept = store.temporary(&request.id).await.expect("find").expect("it is there");
        assert_ne!(kept.state, TemporaryState::Pending);
    }
}

/// Exactly one use of a nonce is fresh.
pub async fn one_of_64_tasks_claims_a_nonce<S: Store + 'static>(store: Arc<S>) {
    for round in 0..ROUNDS {
        let won = winners(|_| {
            let store = Arc::clone(&store);
            async move {
                let nonce = format!("n-{round}");
                remember(&*store, (&client(), Some("k-1")), (NOW, &nonce), NOW).await == Freshness::Fresh
            }
        });
        assert_eq!(won.await, 1, "round {round}");
    }
}

/// However many guess at once, no more than the limit are told that the request is still there.
pub async fn guesses_in_parallel_count_each<S: Store + 'static>(store: Arc<S>) {
    for round in 0..ROUNDS {
        let request = granted(&*store, round).await;
        let survived = winners(|_| {
            let (store, request) = (Arc::clone(&store), request.clone());
            async move { store.count_wrong_verifier(&request, 5, NOW).await.expect("count") < 5 }
        });
        assert_eq!(survived.await, 4, "round {round}");
        assert!(store.temporary(&request).await.expect("find").is_none(), "round {round}");
    }
}
