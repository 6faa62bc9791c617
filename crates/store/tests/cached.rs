//! The cache of lookups: what it forgets, and when, by a store that is changed behind its back.

#![expect(clippy::unwrap_used, reason = "helpers of tests fail as tests do")]

use async_trait::async_trait;
use countersign_core::{ClientId, Secret, Timestamp, TokenId};
use countersign_store::{
    Announced, Announcer, Cached, Change, Loaded, Lookups, MemoryStore, Outcome, StoreError, TokenRecord,
    TokenStatus, TokenStore,
    contract::{NOW, block_on},
};
use std::{
    sync::{
        Arc, Mutex,
        atomic::{AtomicU64, AtomicUsize, Ordering},
    },
    time::Duration,
};

/// A memory store that counts its loads, and runs something between reading and answering.
#[derive(Default)]
struct Behind {
    rows: MemoryStore,
    loads: AtomicUsize,
    meanwhile: Mutex<Option<Box<dyn FnOnce() + Send>>>,
}

#[async_trait]
impl TokenStore for Behind {
    async fn issue(&self, record: &TokenRecord) -> Result<(), StoreError> {
        self.rows.issue(record).await
    }

    async fn load(&self, client: &ClientId, token: Option<&TokenId>) -> Result<Arc<Loaded>, StoreError> {
        self.loads.fetch_add(1, Ordering::SeqCst);
        let loaded = self.rows.load(client, token).await;
        if let Some(meanwhile) = self.meanwhile.lock().unwrap().take() {
            meanwhile();
        }
        loaded
    }

    async fn revoke(&self, id: &TokenId, now: Timestamp) -> Result<Outcome, StoreError> {
        self.rows.revoke(id, now).await
    }
}

struct Scene {
    behind: Arc<Behind>,
    cached: Cached<Arc<Behind>>,
    /// Milliseconds.
    clock: Arc<AtomicU64>,
}

impl Scene {
    /// Two clients; a token of jane and one of joe at the first, one of jane at the second.
    async fn new() -> Self {
        let mut behind = Behind::default();
        for client in ["client-1", "client-2"] {
            behind.rows = std::mem::take(&mut behind.rows).with_client(client, "s", client);
        }
        for (id, client, owner) in TOKENS {
            let token = TokenRecord {
                id: id.parse().unwrap(),
                secret: Secret::from("token-secret"),
                client: client.parse().unwrap(),
                owner: owner.into(),
                scopes: Vec::new(),
                issued: NOW,
                expires: None,
                status: TokenStatus::Active,
            };
            behind.issue(&token).await.unwrap();
        }
        let (behind, clock) = (Arc::new(behind), Arc::new(AtomicU64::new(0)));
        let told = Arc::clone(&clock);
        let cached = Cached::with_clock(Arc::clone(&behind), 100, Duration::from_secs(5), move || {
            Duration::from_millis(told.load(Ordering::SeqCst))
        });
        Self { behind, cached, clock }
    }

    async fn status(&self, token: &str) -> TokenStatus {
        let (id, client, _) = TOKENS.iter().find(|(id, ..)| *id == token).unwrap();
        let loaded = self.cached.load(&client.parse().unwrap(), Some(&id.parse().unwrap())).await.unwrap();
        loaded.token().unwrap().status
    }

    async fn revoke_elsewhere(&self, token: &str) {
        let revoked = self.behind.revoke(&token.parse().unwrap(), NOW).await;
        assert_eq!(revoked.unwrap(), Outcome::Done);
    }

    /// Which of the tokens is looked up anew when all are asked for; afterwards each is kept.
    async fn forgotten(&self) -> Vec<&'static str> {
        let mut forgotten = Vec::new();
        for (id, ..) in TOKENS {
            let before = self.behind.loads.load(Ordering::SeqCst);
            self.status(id).await;
            if self.behind.loads.load(Ordering::SeqCst) != before {
                forgotten.push(id);
            }
        }
        forgotten
    }
}

const TOKENS: [(&str, &str, &str); 3] =
    [("k-1", "client-1", "jane"), ("k-2", "client-1", "joe"), ("k-3", "client-2", "jane")];

#[test]
fn a_change_that_is_told_makes_it_forget_what_it_concerns_and_nothing_else() {
    block_on(async {
        let scene = Scene::new().await;
        let lookups = scene.cached.lookups();
        assert_eq!(scene.forgotten().await, ["k-1", "k-2", "k-3"]);
        assert!(scene.forgotten().await.is_empty());
        let token = |id: &str| Change::Token(id.parse().unwrap());
        let client = |id: &str| Change::Client(id.parse().unwrap());
        let cases: [(&[Change], &[&str]); 7] = [
            (&[token("k-2")], &["k-2"]),
            (&[client("client-1")], &["k-1", "k-2"]),
            (&[Change::Owner("jane".into())], &["k-1", "k-3"]),
            (&[token("k-1"), client("client-2")], &["k-1", "k-3"]),
            (&[token("k"), client("k-1"), Change::Owner("Jane".into())], &[]),
            (&[token("k-9"), Change::Everything], &["k-1", "k-2", "k-3"]),
            (&[], &[]),
        ];
        for (changes, expected) in cases {
            lookups.forget(changes);
            assert_eq!(scene.forgotten().await, expected, "{changes:?}");
        }
    });
}

#[test]
fn a_token_revoked_elsewhere_is_seen_when_it_is_told_and_not_before() {
    block_on(async {
        let scene = Scene::new().await;
        assert_eq!(scene.status("k-1").await, TokenStatus::Active);
        scene.revoke_elsewhere("k-1").await;
        assert_eq!(scene.status("k-1").await, TokenStatus::Active);
        scene.cached.lookups().forget(&[Change::Token("k-1".parse().unwrap())]);
        assert_eq!(scene.status("k-1").await, TokenStatus::Revoked);
    });
}

#[test]
fn a_lookup_that_began_before_a_change_was_told_is_not_kept() {
    block_on(async {
        for change in [Change::Token("k-1".parse().unwrap()), Change::Everything] {
            let scene = Scene::new().await;
            let lookups = scene.cached.lookups();
            *scene.behind.meanwhile.lock().unwrap() = Some(Box::new(move || lookups.forget(&[change])));
            scene.status("k-1").await;
            scene.revoke_elsewhere("k-1").await;
            assert_eq!(scene.status("k-1").await, TokenStatus::Revoked);
        }
    });
}

#[test]
fn a_lookup_is_five_seconds_old_at_most_counted_from_when_it_was_asked_for() {
    block_on(async {
        let scene = Scene::new().await;
        let clock = Arc::clone(&scene.clock);
        // The store has read, and answers two seconds later.
        let late = move || clock.store(2000, Ordering::SeqCst);
        *scene.behind.meanwhile.lock().unwrap() = Some(Box::new(late));
        scene.status("k-1").await;
        scene.revoke_elsewhere("k-1").await;
        scene.clock.store(4999, Ordering::SeqCst);
        assert_eq!(scene.status("k-1").await, TokenStatus::Active);
        scene.clock.store(5000, Ordering::SeqCst);
        assert_eq!(scene.status("k-1").await, TokenStatus::Revoked);
    });
}

#[test]
fn what_was_not_found_is_never_kept() {
    block_on(async {
        let scene = Scene::new().await;
        let (client, token) = ("client-1".parse().unwrap(), "k-9".parse().unwrap());
        for loads in 1..4 {
            assert!(scene.cached.load(&client, Some(&token)).await.unwrap().token().is_none());
            assert_eq!(scene.behind.loads.load(Ordering::SeqCst), loads);
        }
    });
}

#[test]
fn lookups_outlive_their_cache_without_keeping_it() {
    block_on(async {
        let scene = Scene::new().await;
        let lookups = scene.cached.lookups();
        assert!(!lookups.are_gone());
        drop(scene.cached);
        assert!(lookups.are_gone());
        lookups.forget(&[Change::Everything]);
        assert_eq!(Arc::strong_count(&scene.behind), 1);
    });
}

/// Word of changes among the caches of one process.
#[derive(Clone, Default)]
struct Local(Arc<Mutex<Vec<Lookups>>>);

#[async_trait]
impl Announcer for Local {
    async fn announce(&self, change: &Change) {
        self.0.lock().unwrap().iter().for_each(|lookups| lookups.forget(std::slice::from_ref(change)));
    }

    async fn tell_changes(&self, lookups: Lookups) {
        self.0.lock().unwrap().push(lookups);
    }
}

#[test]
fn what_is_revoked_through_one_cache_another_forgets_where_it_is_announced() {
    block_on(async {
        let (scene, channel) = (Scene::new().await, Local::default());
        channel.tell_changes(scene.cached.lookups()).await;
        let other = Announced::new(Arc::clone(&scene.behind), channel);
        assert_eq!(scene.forgotten().await, ["k-1", "k-2", "k-3"]);
        let id = "k-1".parse().unwrap();
        assert_eq!(other.revoke(&id, NOW).await.unwrap(), Outcome::Done);
        assert_eq!(scene.status("k-1").await, TokenStatus::Revoked);
        assert!(scene.forgotten().await.is_empty());
        // Nothing is changed, so nothing is told.
        assert_eq!(other.revoke(&id, NOW).await.unwrap(), Outcome::Refused);
        assert!(scene.forgotten().await.is_empty());
    });
}
