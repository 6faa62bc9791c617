//! Races: 64 tasks at once, one winner.

use crate::support::{ACCEPTED, Wire, World, verifier};
use countersign_provider::audit::Action;
use std::{future::Future, sync::Arc};
use tokio::sync::Barrier;

const TASKS: usize = 64;

/// Starts `TASKS` tasks at one moment and gathers what each was told.
async fn at_once<F, Fut, T>(task: F) -> Vec<T>
where
    F: Fn(usize) -> Fut,
    Fut: Future<Output = T> + Send + 'static,
    T: Send + 'static,
{
    let gate = Arc::new(Barrier::new(TASKS));
    let start = |index| {
        let (gate, task) = (Arc::clone(&gate), task(index));
        tokio::spawn(async move {
            gate.wait().await;
            task.await
        })
    };
    let mut told = Vec::new();
    for task in (0..TASKS).map(start).collect::<Vec<_>>() {
        told.push(task.await.expect("no task panics"));
    }
    told
}

fn count(told: &[(u16, &str)], one: (u16, &str)) -> usize {
    told.iter().filter(|told| **told == one).count()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn one_of_64_identical_requests_is_accepted() {
    let world = Arc::new(World::new());
    let token = world.token().await;
    for _ in 0..20 {
        let wire = world.request(&token).sign();
        let told = at_once(|_| {
            let (world, wire) = (Arc::clone(&world), wire.clone());
            async move { world.protect(&wire).await.told() }
        });
        let told = told.await;
        assert_eq!((count(&told, ACCEPTED), count(&told, (401, "nonce_used"))), (1, TASKS - 1));
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn one_of_64_identical_initiations_is_accepted() {
    let world = Arc::new(World::new());
    let wire = world.initiation().sign();
    let told = at_once(|_| {
        let (world, wire) = (Arc::clone(&world), wire.clone());
        async move { world.initiate(&wire).await.told() }
    });
    let told = told.await;
    assert_eq!((count(&told, ACCEPTED), count(&told, (401, "nonce_used"))), (1, TASKS - 1));
    assert_eq!(world.audit.actions().iter().filter(|action| **action == Action::Initiated).count(), 1);
}

/// Redeems by the 64 requests at once: how many tokens came out.
async fn tokens_of(world: &Arc<World>, wires: Vec<Wire>) -> usize {
    let told = at_once(|index| {
        let (world, wire) = (Arc::clone(world), wires[index].clone());
        async move { world.exchange(&wire).await }
    });
    let said = told.await;
    for lost in said.iter().filter(|said| said.told() != ACCEPTED) {
        assert!(["nonce_used", "token_rejected"].contains(&lost.code), "{}", lost.code);
    }
    said.iter().filter(|said| said.told() == ACCEPTED).count()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn one_of_64_exchanges_gets_a_token() {
    let world = Arc::new(World::new());
    for _ in 0..20 {
        let (temporary, verifier) = world.granted().await;
        let before = world.audit.actions().len();
        let wires = (0..TASKS).map(|_| world.redemption(&temporary, &verifier).sign()).collect();
        assert_eq!(tokens_of(&world, wires).await, 1);
        assert_eq!(world.audit.actions()[before..], [Action::Issued]);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn one_of_64_identical_exchanges_gets_a_token() {
    let world = Arc::new(World::new());
    let (temporary, verifier) = world.granted().await;
    let wire = world.redemption(&temporary, &verifier).sign();
    assert_eq!(tokens_of(&world, vec![wire; TASKS]).await, 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn one_of_64_answers_counts() {
    let world = Arc::new(World::new());
    let temporary = world.temporary().await;
    let mut pending = Vec::new();
    for _ in 0..TASKS {
        pending.push(world.provider.pending(&temporary.id).await.expect("a pending request"));
    }
    let granted = at_once(|index| {
        let pending = pending[index].clone();
        async move { pending.grant(format!("owner-{index}")).await.ok().map(|next| (index, next)) }
    });
    let granted: Vec<_> = granted.await.into_iter().flatten().collect();
    let [(winner, next)] = &granted[..] else { panic!("{} grants", granted.len()) };
    let token = world.exchange(&world.redemption(&temporary, &verifier(next)).sign()).await.credentials();
    let said = world.protect(&world.request(&token).sign()).await;
    assert_eq!(said.verified.unwrap().resource_owner().unwrap().as_str(), format!("owner-{winner}"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn guesses_in_parallel_destroy_the_credentials_like_guesses_in_turn() {
    let world = Arc::new(World::new());
    let (temporary, verifier) = world.granted().await;
    let told = at_once(|_| {
        let (world, wire) = (Arc::clone(&world), world.redemption(&temporary, "a-wrong-verifier").sign());
        async move { world.exchange(&wire).await.told() }
    });
    let told = told.await;
    let (wrong, gone) = (count(&told, (401, "verifier_invalid")), count(&told, (401, "token_rejected")));
    assert!(wrong >= 5 && wrong + gone == TASKS, "{wrong} wrong, {gone} gone");
    let said = world.exchange(&world.redemption(&temporary, &verifier).sign()).await;
    assert_eq!(said.told(), (401, "token_rejected"));
}
