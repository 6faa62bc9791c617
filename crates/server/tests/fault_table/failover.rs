//! Redis's master is killed with writes that its replica has not got, and Sentinels make that one the master.

use super::{
    ground::{Ground, PLAN, acknowledge, patiently, recovery_within, under_load, verify_used},
    redis::Redis,
    sentinel::Sentinel,
    support::{
        http::Request,
        load::{Load, Plan, Signed, Worker},
        place::Place,
        server::Server,
    },
    table::Row,
};
use std::time::{Duration, Instant};

/// Small, so that the fence is: for this long and a minute more it stands.
const WINDOW: u32 = 30;
/// The fence, and what a failover may take.
const LONGEST: Duration = Duration::from_secs(150);
/// So many requests are acknowledged that the replica never hears of.
const FORGOTTEN: usize = 200;

pub(crate) fn fenced() -> Row {
    fail_over("")
}

/// Expected to accept replays: that the fence refuses them is no accident.
pub(crate) fn control() -> Row {
    Row { is_control: true, ..fail_over("&danger_no_fence") }
}

fn fail_over(more: &str) -> Row {
    let mut group = Group::start();
    let ground = Ground::new(Place::new()).with_redis(group.url() + more).with_window(WINDOW);
    let nodes = [ground.node(), ground.node()];
    // Temporary credentials of before a loss are not there any more: they could have been redeemed.
    let load = ground.load(&[&nodes[0], &nodes[1]], Plan { may_forget_temporaries: true, ..PLAN });
    let (switched, took) = under_load(&load, nodes.len(), || {
        let (forgotten, killed) = group.lose(|| {
            let before = load.kept().requests.len();
            acknowledge(&load, FORGOTTEN);
            ground.add_client(&load);
            before
        });
        let since = Instant::now();
        let forgotten: Vec<_> = load.kept().requests[forgotten..].to_vec();
        ready(&nodes);
        replay_everywhere(&load, &forgotten);
        (since - killed, recovery_within(&load, since, LONGEST))
    });
    let all = load.kept().requests.clone();
    replay_everywhere(&load, &all);
    verify_used(&load);
    let note = format!(
        "{FORGOTTEN} and more not replicated, switched after {:.1} s, window {WINDOW} s; {} temporary credentials gone",
        switched.as_secs_f64(),
        load.kept().forgotten_temporaries
    );
    Row::of(&load, took, note)
}

/// They have found the new master; the fence changes nothing here.
fn ready(nodes: &[Server]) {
    for node in nodes {
        patiently("it is ready", || Request::get("/readyz").send(node).status == 200);
    }
}

/// At one node after the other; a request that is accepted there again is no claim of this load.
fn replay_everywhere(load: &Load, requests: &[Signed]) {
    for node in 0..load.nodes().len() {
        let again = Worker::new(load, node).accepted(requests);
        load.kept().accepted_again += again;
    }
}

/// A master, a replica, and three Sentinels.
struct Group {
    master: Redis,
    replica: Redis,
    other: String,
    sentinels: Vec<Sentinel>,
}

impl Group {
    fn start() -> Self {
        let durable = || vec!["--appendonly yes".to_owned(), "--appendfsync always".to_owned()];
        let (master, [first, _]) = Redis::on_ports(|_, _| durable());
        let follow = format!("--replicaof 127.0.0.1 {first}");
        let (replica, [second, _]) = Redis::on_ports(|_, _| [durable(), vec![follow.clone()]].concat());
        let sentinels: Vec<_> = (0..3).map(|_| Sentinel::watching(first, "")).collect();
        patiently("the Sentinels know each other", || {
            let all = [("num-slaves", "1"), ("num-other-sentinels", "2"), ("flags", "master")];
            sentinels.iter().all(|one| all.iter().all(|(field, value)| one.knows(field) == *value))
        });
        master.season(true);
        patiently("the replica has the record", || {
            replica.number("redis.call('EXISTS', 'countersign:fence')") == 1
        });
        Self { master, replica, other: second.to_string(), sentinels }
    }

    fn url(&self) -> String {
        let hosts: Vec<_> = self.sentinels.iter().map(|one| format!("127.0.0.1:{}", one.port)).collect();
        format!("redis://{}/?sentinel=photos", hosts.join(","))
    }

    /// From now on nothing reaches the replica, and after `between` the master is gone; returns once all Sentinels name
    /// the other one, with the moment of the kill.
    fn lose<T>(&mut self, between: impl FnOnce() -> T) -> (T, Instant) {
        self.replica.signal("STOP");
        assert_eq!(self.master.ask("CLIENT KILL TYPE replica"), ":1");
        let done = between();
        let killed = Instant::now();
        self.master.kill();
        self.replica.signal("CONT");
        patiently("the Sentinels switch", || {
            self.sentinels.iter().all(|one| one.knows("port") == self.other)
        });
        (done, killed)
    }
}
