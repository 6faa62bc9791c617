//! A Cluster of three: every verb on one slot; a node that is away makes errors and no replay, and is found again.

use crate::{
    fence::{clock, present},
    redis::Redis,
    support::{NOW, PATIENCE, block_on, claim, claim_in_the_end, kind, open_fenced, open_url, pending},
};
use countersign_core::Timestamp;
use countersign_store::{Freshness, StoreErrorKind, TemporaryStore};
use countersign_store_redis::{OpenError, RedisStore};
use std::{
    thread,
    time::{Duration, Instant},
};

pub(crate) struct Cluster {
    pub(crate) nodes: Vec<Redis>,
    ports: Vec<u16>,
}

impl Cluster {
    /// Three masters without replicas, each change on the disk before it is answered.
    pub(crate) fn start() -> Self {
        Self::start_with("--appendonly yes --appendfsync always")
    }

    fn start_with(more: &str) -> Self {
        let settings = |_: u16, bus| vec![settings(bus), more.to_owned()];
        let started: Vec<_> = (0..3).map(|_| Redis::on_ports(settings)).collect();
        let ports: Vec<_> = started.iter().map(|(_, ports)| *ports).collect();
        let nodes: Vec<_> = started.into_iter().map(|(redis, _)| redis).collect();
        for (redis, slots) in nodes.iter().zip(["0 5460", "5461 10922", "10923 16383"]) {
            assert_eq!(redis.ask(&format!("CLUSTER ADDSLOTSRANGE {slots}")), "+OK");
        }
        for [port, bus] in &ports[1..] {
            assert_eq!(nodes[0].ask(&format!("CLUSTER MEET 127.0.0.1 {port} {bus}")), "+OK");
        }
        let cluster = Self { nodes, ports: ports.iter().map(|[port, _]| *port).collect() };
        cluster.wait();
        cluster
    }

    pub(crate) fn open(&self) -> RedisStore {
        self.open_with("connect_timeout_ms=5000&response_timeout_ms=5000")
    }

    fn open_with(&self, query: &str) -> RedisStore {
        open_url(&self.url(query))
    }

    /// One with a fence that knows of no loss.
    pub(crate) fn seasoned(&self) -> RedisStore {
        let run = |redis: &Redis| {
            let info = redis.text("INFO");
            info.lines().find_map(|line| line.strip_prefix("run_id:")).expect("a name").trim().to_owned()
        };
        let runs: Vec<_> = self.nodes.iter().map(run).collect();
        // One of them has the slot.
        for redis in &self.nodes {
            redis.ask(&format!(
                "HSET countersign:fence lines {} epoch 1.1 lost 0 made 0 durable 0 place \"\"",
                runs.join("_")
            ));
        }
        open_fenced(&self.url("connect_timeout_ms=5000&response_timeout_ms=5000"))
    }

    fn url(&self, query: &str) -> String {
        let hosts: Vec<_> = self.ports.iter().map(|port| format!("127.0.0.1:{port}")).collect();
        format!("redis://{}/?cluster&{query}", hosts.join(","))
    }

    /// Until each knows of all, and where every slot is.
    fn wait(&self) {
        let start = Instant::now();
        let knows = |redis: &Redis| {
            let info = redis.text("CLUSTER INFO");
            ["cluster_state:ok", "cluster_known_nodes:3", "cluster_slots_ok:16384"]
                .iter()
                .all(|line| info.contains(line))
        };
        while !self.nodes.iter().all(knows) {
            assert!(start.elapsed() < PATIENCE, "{}", self.nodes[0].text("CLUSTER INFO"));
            thread::park_timeout(Duration::from_millis(5));
        }
    }
}

fn settings(bus: u16) -> String {
    format!(
        "--cluster-enabled yes --cluster-port {bus} --cluster-announce-ip 127.0.0.1 --cluster-node-timeout 2000"
    )
}

#[test]
fn keys_are_spread_and_each_nonce_is_claimed_once() {
    let cluster = Cluster::start();
    block_on(async {
        let (one, two) = (cluster.open(), cluster.open());
        assert!(one.connect().await.unwrap().append_only);
        for number in 0..300 {
            let nonce = format!("n-{number}");
            assert_eq!(claim(&one, &nonce).await, Ok(Freshness::Fresh));
            assert_eq!(claim(&two, &nonce).await, Ok(Freshness::Replayed));
        }
        for redis in &cluster.nodes {
            assert!(redis.number("#redis.call('KEYS', '*')") > 50);
        }
    });
}

#[test]
fn a_node_that_is_killed_or_hangs_makes_errors_and_no_replay() {
    let mut cluster = Cluster::start();
    block_on(async {
        let store = cluster.open_with("connect_timeout_ms=500&response_timeout_ms=500");
        let nonces: Vec<_> = (0..60).map(|number| format!("n-{number}")).collect();
        for nonce in &nonces {
            assert_eq!(claim_in_the_end(&store, nonce).await, Freshness::Fresh);
        }
        for hang in [false, true] {
            if hang {
                cluster.nodes[1].signal("STOP");
            } else {
                cluster.nodes[1].kill();
            }
            let (start, mut errors) = (Instant::now(), 0);
            for nonce in &nonces[..12] {
                match claim(&store, nonce).await {
                    Ok(freshness) => assert_eq!(freshness, Freshness::Replayed, "{nonce}"),
                    Err(kind) => {
                        assert_eq!(kind, StoreErrorKind::Unavailable);
                        errors += 1;
                    }
                }
            }
            assert!(
                errors > 0 && start.elapsed() < Duration::from_secs(24),
                "{errors} in {:?}",
                start.elapsed()
            );
            if hang {
                cluster.nodes[1].signal("CONT");
            } else {
                cluster.nodes[1].start_again();
            }
            cluster.wait();
            for nonce in &nonces {
                assert_eq!(claim_in_the_end(&store, nonce).await, Freshness::Replayed, "{nonce}");
            }
        }
    });
}

#[test]
fn a_slot_that_has_moved_is_followed() {
    let cluster = Cluster::start();
    block_on(async {
        let store = cluster.open();
        assert_eq!(claim(&store, "before").await, Ok(Freshness::Fresh));
        store.create(&pending("{a}", NOW.plus(600)), NOW).await.unwrap();
        // Slots that hold nothing go from the first node to the last one, behind the store's back.
        let to = cluster.nodes[2].text("CLUSTER MYID");
        let mut moved = 0;
        for slot in 0..5461 {
            if moved < 200 && cluster.nodes[0].ask(&format!("CLUSTER COUNTKEYSINSLOT {slot}")) == ":0" {
                for redis in &cluster.nodes {
                    assert_eq!(redis.ask(&format!("CLUSTER SETSLOT {slot} NODE {to}")), "+OK");
                }
                moved += 1;
            }
        }
        for number in 0..500 {
            let nonce = format!("n-{number}");
            assert_eq!(claim(&store, &nonce).await, Ok(Freshness::Fresh), "{nonce}");
            assert_eq!(claim(&store, &nonce).await, Ok(Freshness::Replayed), "{nonce}");
        }
        assert_eq!(claim(&store, "before").await, Ok(Freshness::Replayed));
        assert_eq!(
            kind(store.create(&pending("{a}", NOW.plus(600)), NOW).await),
            Err(StoreErrorKind::Conflict)
        );
    });
}

#[test]
fn a_cluster_of_which_one_node_may_evict_nonces_is_refused() {
    let cluster = Cluster::start();
    block_on(async {
        assert_eq!(cluster.nodes[2].ask("CONFIG SET maxmemory-policy allkeys-lru"), "+OK");
        let error = cluster.open().connect().await.unwrap_err();
        assert!(matches!(error, OpenError::Evicts { .. }), "{error}");
    });
}

#[test]
fn a_user_of_a_cluster_needs_two_rights_more() {
    let cluster = Cluster::start();
    for redis in &cluster.nodes {
        redis.ask(&format!("ACL SETUSER c {}", crate::refusals::rights_of_the_documentation()));
        assert_eq!(redis.ask("ACL SETUSER c nopass +cluster|slots +ping"), "+OK");
    }
    block_on(async {
        let store = open_url(&format!("redis://c:any@127.0.0.1:{}/?cluster", cluster.ports[1]));
        store.check(NOW).await.unwrap();
        for number in 0..20 {
            assert_eq!(claim(&store, &format!("n-{number}")).await, Ok(Freshness::Fresh));
        }
        store.create(&pending("t-1", NOW.plus(600)), NOW).await.unwrap();
    });
}

/// Nobody can say of a node that was started again whether it has all that it had acknowledged.
#[test]
fn replay_after_a_node_of_a_cluster_forgot_is_refused() {
    let mut cluster = Cluster::start_with("--appendonly no");
    block_on(async {
        let used = clock(&cluster.nodes[0]);
        let (store, unfenced) = (cluster.seasoned(), cluster.open());
        let url = cluster.url("connect_timeout_ms=2000&response_timeout_ms=2000");
        for number in 0..30 {
            assert_eq!(present(&store, used, used, &format!("n-{number}")).await, Ok(Freshness::Fresh));
        }
        cluster.nodes[1].start_again();
        cluster.wait();
        let mut refused = 0;
        for store in [&store, &open_fenced(&url)] {
            for number in 0..30 {
                let outcome = present(store, used, used, &format!("n-{number}")).await;
                assert_ne!(outcome, Ok(Freshness::Fresh), "n-{number}");
                refused += usize::from(outcome.is_err());
            }
        }
        assert!(refused > 0);
        let mut forgotten = 0;
        for number in 0..30 {
            forgotten += usize::from(
                claim_in_the_end_at(&unfenced, used, &format!("n-{number}")).await == Freshness::Fresh,
            );
        }
        println!("{forgotten} of 30 nonces were forgotten, {refused} of 60 replays refused by the fence");
        assert!(forgotten > 0);
    });
}

async fn claim_in_the_end_at(store: &RedisStore, at: Timestamp, nonce: &str) -> Freshness {
    let start = Instant::now();
    loop {
        if let Ok(freshness) = present(store, at, at, nonce).await {
            return freshness;
        }
        assert!(start.elapsed() < PATIENCE, "it does not recover");
        tokio::task::yield_now().await;
    }
}
