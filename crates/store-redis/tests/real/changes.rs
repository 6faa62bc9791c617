//! Word of changes over a channel: a cache that never grows old here forgets because it was told, or it does not.

use crate::{
    cluster::Cluster,
    redis::Redis,
    support::{HASTY, NOW, block_on, hasty, open_url},
};
use countersign_core::Secret;
use countersign_store::{
    Announced, Announcer, Cached, MemoryStore, Outcome, TokenRecord, TokenStatus, TokenStore,
};
use countersign_store_redis::RedisStore;
use std::{
    sync::Arc,
    time::{Duration, Instant},
};

/// Two nodes on the same rows: one that is told, and one that changes things.
pub(crate) struct Nodes {
    rows: Arc<MemoryStore>,
    told: Cached<Arc<MemoryStore>>,
    other: Announced<Arc<MemoryStore>, RedisStore>,
    /// It listens as long as this is there.
    _listening: RedisStore,
}

impl Nodes {
    pub(crate) async fn of(listening: RedisStore, other: RedisStore) -> Self {
        let rows = Arc::new(MemoryStore::default().with_client("client-1", "s", "Printer"));
        let told = Cached::with_clock(Arc::clone(&rows), 1000, Duration::from_secs(5), || Duration::ZERO);
        listening.tell_changes(told.lookups()).await;
        let other = Announced::new(Arc::clone(&rows), other);
        Self { rows, told, other, _listening: listening }
    }

    /// A token that the node has looked up.
    pub(crate) async fn token(&self, name: &str) {
        let token = TokenRecord {
            id: name.parse().expect("a name"),
            secret: Secret::from("token-secret"),
            client: "client-1".parse().expect("a name"),
            owner: "jane".into(),
            scopes: Vec::new(),
            issued: NOW,
            expires: None,
            status: TokenStatus::Active,
        };
        self.rows.issue(&token).await.expect("a new token");
        assert_eq!(self.status(name).await, TokenStatus::Active);
    }

    pub(crate) async fn status(&self, name: &str) -> TokenStatus {
        let (client, token) = ("client-1".parse().expect("a name"), name.parse().expect("a name"));
        self.told.load(&client, Some(&token)).await.expect("rows").token().expect("a token").status
    }

    /// Revoked by the other node.
    pub(crate) async fn revoke(&self, name: &str) {
        assert_eq!(
            self.other.revoke(&name.parse().expect("a name"), NOW).await.expect("rows"),
            Outcome::Done
        );
    }

    /// Revoked without a word.
    pub(crate) async fn revoke_silently(&self, name: &str) {
        assert_eq!(self.rows.revoke(&name.parse().expect("a name"), NOW).await.expect("rows"), Outcome::Done);
        assert_eq!(self.status(name).await, TokenStatus::Active);
    }

    pub(crate) async fn refuses(&self, name: &str) {
        let start = Instant::now();
        while self.status(name).await != TokenStatus::Revoked {
            assert!(start.elapsed() < Duration::from_secs(60), "{name} is never refused");
            tokio::task::yield_now().await;
        }
    }
}

#[test]
fn what_one_node_revokes_another_refuses_at_once() {
    let redis = Redis::start();
    block_on(async {
        let nodes = Nodes::of(hasty(&redis), hasty(&redis)).await;
        let odd = "t\u{fc} '\"\\\u{1f600}";
        for name in ["k-1", odd] {
            nodes.token(name).await;
            nodes.revoke(name).await;
            nodes.refuses(name).await;
        }
    });
}

#[test]
fn in_a_cluster_every_node_hears_what_is_said_to_any() {
    let cluster = Cluster::start();
    block_on(async {
        let nodes = Nodes::of(cluster.open(), cluster.open()).await;
        for number in 0..20 {
            let name = format!("k-{number}");
            nodes.token(&name).await;
            nodes.revoke(&name).await;
            nodes.refuses(&name).await;
        }
    });
}

#[test]
fn a_listener_that_is_cut_off_comes_back_and_trusts_nothing_from_before() {
    let mut redis = Redis::start();
    block_on(async {
        let nodes = Nodes::of(hasty(&redis), hasty(&redis)).await;
        nodes.token("k-1").await;
        nodes.revoke_silently("k-1").await;
        assert_eq!(redis.ask("CLIENT KILL TYPE pubsub"), ":1");
        nodes.refuses("k-1").await;
        nodes.token("k-2").await;
        nodes.revoke_silently("k-2").await;
        redis.start_again();
        nodes.refuses("k-2").await;
        nodes.token("k-3").await;
        nodes.revoke("k-3").await;
        nodes.refuses("k-3").await;
    });
}

#[test]
fn a_redis_that_is_away_keeps_no_change_from_being_made() {
    let mut redis = Redis::start();
    block_on(async {
        redis.kill();
        let nodes = Nodes::of(hasty(&redis), hasty(&redis)).await;
        nodes.token("k-1").await;
        nodes.revoke("k-1").await;
        assert_eq!(nodes.status("k-1").await, TokenStatus::Active);
        redis.start_again();
        nodes.refuses("k-1").await;
    });
}

#[test]
fn messages_of_strangers_make_it_forget_and_believe_nothing() {
    let redis = Redis::start();
    block_on(async {
        let nodes = Nodes::of(hasty(&redis), hasty(&redis)).await;
        for (number, message) in ["?", "t", "ojane", "cclient-1", "\u{fc}", "\"\\xff\""].iter().enumerate() {
            let name = format!("k-{number}");
            nodes.token(&name).await;
            nodes.revoke_silently(&name).await;
            assert_eq!(redis.ask(&format!("PUBLISH countersign:changes {message}")), ":1");
            nodes.refuses(&name).await;
        }
    });
}

#[test]
fn another_prefix_is_another_channel() {
    let redis = Redis::start();
    block_on(async {
        let other = open_url(&redis.url_with(&format!("{HASTY}&prefix=photos:")));
        let nodes = Nodes::of(hasty(&redis), other).await;
        nodes.token("k-1").await;
        nodes.revoke("k-1").await;
        assert_eq!(redis.ask("PUBLISH photos:changes x"), ":0");
        assert_eq!(nodes.status("k-1").await, TokenStatus::Active);
    });
}
