//! A master, a replica and three Sentinels: the master is found and found again, and what a failover forgot is refused.

use crate::{
    fence::{WIDTH, accepted_again, answering, claim_all, clock, present},
    redis::Redis,
    sentinel_process::Sentinel,
    support::{block_on, open_fenced, open_url, until},
};
use countersign_core::Timestamp;
use countersign_store::{Freshness, StoreErrorKind};
use std::time::{Duration, Instant};

struct Group {
    master: Redis,
    replica: Redis,
    ports: [u16; 2],
    sentinels: Vec<Sentinel>,
}

impl Group {
    async fn start() -> Self {
        Self::start_with("", "").await
    }

    async fn start_with(redis: &str, sentinel: &str) -> Self {
        let own = |_: u16, _: u16| if redis.is_empty() { Vec::new() } else { vec![redis.to_owned()] };
        let (master, [first, _]) = Redis::on_ports(own);
        let follow = |_: u16, _: u16| vec![format!("--replicaof 127.0.0.1 {first}")];
        let (replica, [second, _]) = Redis::on_ports(|one, two| [own(one, two), follow(one, two)].concat());
        let sentinels: Vec<_> = (0..3).map(|_| Sentinel::watching(first, sentinel)).collect();
        let group = Self { master, replica, ports: [first, second], sentinels };
        until(|| {
            group.sentinels.iter().all(|one| {
                one.knows("num-slaves") == "1"
                    && one.knows("num-other-sentinels") == "2"
                    && one.knows("flags") == "master"
            })
        })
        .await;
        // Long in use, and nothing lost: the replica knows of it.
        crate::support::seasoned(&group.master);
        until(|| group.replica.number("redis.call('EXISTS', 'countersign:fence')") == 1).await;
        group
    }

    fn url(&self) -> String {
        let hosts: Vec<_> = self.sentinels.iter().map(|one| format!("127.0.0.1:{}", one.port)).collect();
        format!(
            "redis://{}/?sentinel=photos&connect_timeout_ms=2000&response_timeout_ms=500",
            hosts.join(",")
        )
    }

    /// From now on nothing reaches the replica, and then the master is gone.
    async fn fail_over(&mut self, between: impl AsyncFn(&Self)) {
        self.replica.signal("STOP");
        assert_eq!(self.master.ask("CLIENT KILL TYPE replica"), ":1");
        between(self).await;
        self.master.kill();
        self.replica.signal("CONT");
        self.switched().await;
    }

    /// Until all Sentinels name the other one.
    async fn switched(&self) {
        let other = self.ports[1].to_string();
        until(|| self.sentinels.iter().all(|one| one.knows("port") == other)).await;
    }
}

#[test]
fn replay_of_what_a_failover_forgot_is_refused_on_every_node() {
    block_on(async {
        let mut group = Group::start().await;
        let url = group.url();
        let (node, idle, unfenced) = (open_fenced(&url), open_fenced(&url), open_url(&url));
        for store in [&node, &idle, &unfenced] {
            store.connect().await.unwrap();
        }
        let then = clock(&group.master);
        group.fail_over(async |_| claim_all(&node, then).await).await;

        let now = clock(&group.replica);
        for store in [&node, &idle, &open_fenced(&url)] {
            answering(store).await;
            for at in [now, now.plus(60), now.plus(WIDTH)] {
                assert_eq!(accepted_again(store, then, at).await, 0);
            }
        }
        // By itself all is well again once nobody can have signed before, and each claim counts once on all nodes.
        let later = now.plus(WIDTH + 10);
        assert_eq!(present(&node, later, later, "new").await, Ok(Freshness::Fresh));
        assert_eq!(present(&idle, later, later, "new").await, Ok(Freshness::Replayed));
        // Without the fence each of them is accepted: they really were forgotten.
        answering(&unfenced).await;
        assert_eq!(accepted_again(&unfenced, then, now).await, 4);

        // The master of before comes back as a replica, and takes no claim.
        group.master.start_again();
        until(|| group.master.says("INFO replication", "master_link_status:up")).await;
        assert_eq!(accepted_again(&node, then, now).await, 0);
    });
}

#[test]
fn replay_after_a_failover_that_forgot_the_record_too_is_refused() {
    block_on(async {
        let mut group = Group::start().await;
        let url = group.url();
        let node = open_fenced(&url);
        let then = clock(&group.master);
        claim_all(&node, then).await;
        group
            .fail_over(async |group| {
                // As if the replica had been empty all along.
                assert_eq!(group.master.ask("PING"), "+PONG");
            })
            .await;
        assert_eq!(group.replica.ask("FLUSHALL"), "+OK");
        for store in [&open_fenced(&url), &node] {
            answering(store).await;
            assert_eq!(accepted_again(store, then, clock(&group.replica)).await, 0);
        }
    });
}

/// It hung, others took over, and it goes on as if nothing had been: for a moment there are two.
#[test]
fn a_master_that_wakes_up_after_a_failover_is_asked_no_more() {
    block_on(async {
        let group = Group::start().await;
        let node = open_fenced(&group.url());
        let then = clock(&group.master);
        claim_all(&node, then).await;
        group.master.signal("STOP");
        group.switched().await;
        group.master.signal("CONT");
        let later = then.plus(20);
        assert_ne!(present(&node, later, later, "lost").await, Ok(Freshness::Fresh));
        answering(&node).await;
        assert_eq!(accepted_again(&node, then, clock(&group.replica)).await, 0);
        let later = clock(&group.replica).plus(2 * WIDTH);
        assert_eq!(present(&node, later, later, "later").await, Ok(Freshness::Fresh));
        assert!(node.place().contains("photos"));
    });
}

#[test]
fn word_of_changes_is_heard_after_a_failover() {
    block_on(async {
        let mut group = Group::start().await;
        let open = || open_fenced(&group.url());
        let nodes = crate::changes::Nodes::of(open(), open()).await;
        nodes.token("k-1").await;
        nodes.revoke("k-1").await;
        nodes.refuses("k-1").await;
        nodes.token("k-2").await;
        nodes.revoke_silently("k-2").await;
        group.fail_over(async |_| {}).await;
        // It listens to the new master, and everything from before is forgotten.
        nodes.refuses("k-2").await;
        nodes.token("k-3").await;
        nodes.revoke("k-3").await;
        nodes.refuses("k-3").await;
    });
}

#[test]
fn sentinels_that_hang_or_are_gone_cost_bounded_time() {
    block_on(async {
        let mut group = Group::start().await;
        let url = group.url();
        let at = clock(&group.master).plus(2 * WIDTH);
        group.sentinels[0].signal("STOP");
        assert_eq!(present(&open_fenced(&url), at, at, "n-1").await, Ok(Freshness::Fresh));
        group.sentinels.remove(1);
        let start = Instant::now();
        let node = open_fenced(&url);
        assert_eq!(present(&node, at, at, "n-2").await, Ok(Freshness::Fresh));
        assert!(start.elapsed() < Duration::from_secs(10), "{:?}", start.elapsed());
        group.sentinels[0].signal("CONT");
        group.sentinels.clear();
        // Whoever is connected goes on with a master that answers.
        let later = at.plus(30);
        assert_eq!(present(&node, later, later, "n-3").await, Ok(Freshness::Fresh));
        let start = Instant::now();
        let error = open_fenced(&url).connect().await.unwrap_err();
        let cause = std::error::Error::source(&error).map(ToString::to_string).unwrap_or_default();
        assert!(
            cause.contains("no Sentinel") && start.elapsed() < Duration::from_secs(10),
            "{error}: {cause}"
        );
    });
}

#[test]
fn a_name_that_no_sentinel_knows_is_told() {
    block_on(async {
        let group = Group::start().await;
        let error = open_fenced(&group.url().replace("photos", "videos")).connect().await.unwrap_err();
        let cause = std::error::Error::source(&error).map(ToString::to_string).unwrap_or_default();
        assert!(cause.contains("a master called videos"), "{error}: {cause}");
    });
}

#[test]
fn sentinels_have_a_password_of_their_own() {
    block_on(async {
        let secret = "requirepass s3cret-of-sentinels\nsentinel sentinel-pass s3cret-of-sentinels\n";
        let (master, [port, _]) = Redis::on_ports(|_, _| vec!["--requirepass s3cret-of-redis".into()]);
        let watching = format!("sentinel auth-pass photos s3cret-of-redis\n{secret}");
        let sentinel = Sentinel::watching(port, &watching);
        let url = |redis: &str, own: &str| {
            format!("redis://:{redis}@127.0.0.1:{}/?sentinel=photos&sentinel_pass={own}", sentinel.port)
        };
        let right = open_url(&url("s3cret-of-redis", "s3cret-of-sentinels"));
        right.connect().await.unwrap();
        for wrong in [url("s3cret-of-redis", "wrong"), url("wrong", "s3cret-of-sentinels")] {
            let error = open_url(&wrong).connect().await.unwrap_err();
            assert!(!format!("{error:?}").contains("s3cret"), "{error:?}");
        }
        drop(master);
        assert_eq!(
            present(&right, Timestamp::from_seconds(1), Timestamp::from_seconds(1), "n").await,
            Err(StoreErrorKind::Unavailable)
        );
    });
}
