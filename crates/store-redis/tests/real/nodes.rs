//! Two nodes on one Redis: exactly one of all that try at once wins.

use crate::{
    redis::Redis,
    support::{NOW, block_on, claim, client, id, kind, open, pending, yes},
};
use countersign_store::{Freshness, Outcome, TemporaryStore};
use countersign_store_redis::RedisStore;
use std::{future::Future, sync::Arc};
use tokio::sync::Barrier;

const TASKS: usize = 64;
const ROUNDS: usize = 200;

#[test]
fn one_of_64_tasks_on_two_nodes_claims_a_nonce() {
    let redis = Redis::start();
    block_on(async {
        let nodes = [open(&redis), open(&redis)];
        for round in 0..ROUNDS {
            let won = winners(&nodes, |store| async move {
                claim(&store, &format!("n-{round}")).await == Ok(Freshness::Fresh)
            });
            assert_eq!(won.await, 1, "round {round}");
        }
    });
}

#[test]
fn one_of_64_tasks_on_two_nodes_consumes_temporary_credentials() {
    let redis = Redis::start();
    block_on(async {
        let nodes = [open(&redis), open(&redis)];
        for round in 0..ROUNDS {
            let name = id(&format!("t-{round}"));
            nodes[0].create(&pending(name.as_str(), NOW.plus(600)), NOW).await.unwrap();
            assert_eq!(kind(nodes[1].grant(&name, &yes(&name), NOW).await), Ok(Outcome::Done));
            let won = winners(&nodes, |store| {
                let name = name.clone();
                async move { kind(store.consume(&name, &client(), NOW).await) == Ok(Outcome::Done) }
            });
            assert_eq!(won.await, 1, "round {round}");
        }
    });
}

/// Half of the tasks on each node, all at one moment.
async fn winners<F>(nodes: &[RedisStore; 2], task: impl Fn(RedisStore) -> F) -> usize
where
    F: Future<Output = bool> + Send + 'static,
{
    let gate = Arc::new(Barrier::new(TASKS));
    let start = |index: usize| {
        let (gate, task) = (Arc::clone(&gate), task(nodes[index % 2].clone()));
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
