//! Load on a server that is killed again and again.

use super::{
    server::PATIENCE,
    things::{NOW, claim, client, granted, kind, temporary_id, token, token_id},
};
use countersign_store::{Freshness, Outcome, Store, StoreErrorKind};
use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    time::{Duration, Instant},
};

const KILLS: usize = 5;
const WORKERS: usize = 8;
/// What is acknowledged between two kills, at least.
const BETWEEN: usize = 300;

/// What one worker was told.
#[derive(Default)]
struct Told {
    claimed: Vec<String>,
    redeemed: Vec<String>,
    unclear: Vec<String>,
    errors: usize,
    /// From an error to the next answer.
    longest_outage: Duration,
}

#[derive(Default)]
struct Scene {
    acknowledged: AtomicUsize,
    over: AtomicBool,
}

/// What is acknowledged under load is there after every kill, and nothing is accepted twice. `kill` kills the server and starts it again;
/// it may block its thread: the workers have others.
pub(crate) async fn nothing_is_lost<S: Store + Clone + 'static>(store: S, mut kill: impl FnMut()) {
    let scene = Arc::new(Scene::default());
    let work = |number| tokio::spawn(work(store.clone(), Arc::clone(&scene), number));
    let workers: Vec<_> = (0..WORKERS).map(work).collect();
    for _ in 0..KILLS {
        acknowledged(&scene).await;
        kill();
    }
    acknowledged(&scene).await;
    scene.over.store(true, Ordering::Relaxed);

    let mut all = Told::default();
    for worker in workers {
        let told = worker.await.unwrap();
        look_again(&store, &told).await;
        all.claimed.extend(told.claimed);
        all.redeemed.extend(told.redeemed);
        all.unclear.extend(told.unclear);
        all.errors += told.errors;
        all.longest_outage = all.longest_outage.max(told.longest_outage);
    }
    assert!(all.errors > 0, "no kill was noticed");
    println!(
        "{KILLS} kills, {} errors: acknowledged {} nonces and {} redeems, lost 0, accepted twice 0; \
         {} redeems unclear; longest outage {:.1?}",
        all.errors,
        all.claimed.len(),
        all.redeemed.len(),
        all.unclear.len(),
        all.longest_outage
    );
}

/// Whether the database holds what a worker was told.
async fn look_again(store: &impl Store, told: &Told) {
    for nonce in &told.claimed {
        assert_eq!(claim(store, NOW, nonce, NOW).await, Ok(Freshness::Replayed), "{nonce}");
    }
    for name in &told.redeemed {
        assert_eq!(tokens_of(store, name).await, 1, "{name}");
        let again = store.redeem(&temporary_id(name), &token(&format!("{name}-again")), NOW).await;
        assert_eq!(kind(again), Ok(Outcome::Refused), "{name}");
    }
    for name in &told.unclear {
        // It happened or it did not: then it can be done now, once.
        let again = store.redeem(&temporary_id(name), &token(&format!("{name}-2")), NOW).await;
        assert!(again.is_ok());
        assert_eq!(tokens_of(store, name).await, 1, "{name}");
    }
}

/// Waits for more answers.
async fn acknowledged(scene: &Scene) {
    let (start, wanted) = (Instant::now(), scene.acknowledged.load(Ordering::Relaxed) + BETWEEN);
    while scene.acknowledged.load(Ordering::Relaxed) < wanted {
        assert!(start.elapsed() < PATIENCE, "it does not recover");
        tokio::task::yield_now().await;
    }
}

async fn work(store: impl Store, scene: Arc<Scene>, number: usize) -> Told {
    let mut told = Told::default();
    let mut outage: Option<Instant> = None;
    let mut round = 0;
    while !scene.over.load(Ordering::Relaxed) {
        round += 1;
        let name = format!("{number}-{round}");
        match claim(&store, NOW, &name, NOW).await {
            Ok(freshness) => {
                assert_eq!(freshness, Freshness::Fresh, "{name}");
                told.claimed.push(name.clone());
                scene.acknowledged.fetch_add(1, Ordering::Relaxed);
                if let Some(start) = outage.take() {
                    told.longest_outage = told.longest_outage.max(start.elapsed());
                }
            }
            Err(kind) => {
                assert_eq!(kind, StoreErrorKind::Unavailable);
                told.errors += 1;
                outage.get_or_insert_with(Instant::now);
                tokio::task::yield_now().await;
                continue;
            }
        }
        if store.create(&granted(&name), NOW).await.is_err() {
            told.errors += 1;
            continue;
        }
        match kind(store.redeem(&temporary_id(&name), &token(&format!("{name}-1")), NOW).await) {
            Ok(outcome) => {
                assert_eq!(outcome, Outcome::Done);
                told.redeemed.push(name);
                scene.acknowledged.fetch_add(1, Ordering::Relaxed);
            }
            Err(kind) => {
                assert_eq!(kind, StoreErrorKind::Unavailable);
                told.errors += 1;
                told.unclear.push(name);
            }
        }
    }
    told
}

async fn tokens_of(store: &impl Store, name: &str) -> usize {
    let mut found = 0;
    for number in ["1", "2", "again"] {
        let id = token_id(&format!("{name}-{number}"));
        found += usize::from(store.load(&client(), Some(&id)).await.unwrap().token().is_some());
    }
    found
}
