//! `kill -9` in the middle of load: of a node, of Redis, of PostgreSQL.

use super::{
    ground::{Ground, PLAN, acknowledge, last, recovery, under_load, verify},
    real,
    redis::Redis,
    support::{Seeded, load::Load, place::Place},
    table::Row,
};
use std::{
    sync::atomic::Ordering,
    thread,
    time::{Duration, Instant},
};

const KILLS: usize = 6;
/// So many requests are acknowledged before each of them.
const BETWEEN: usize = 300;
/// How long a killed store is away.
const AWAY: Duration = Duration::from_millis(500);

pub(crate) fn node_on_sqlite() -> Row {
    let ground = Ground::new(Place::new());
    node(&ground, 1)
}

pub(crate) fn node_on_postgres_and_redis() -> Row {
    let (postgres, redis) = (real::Server::start(&[]), Redis::durable());
    redis.season(true);
    node(&Ground::on_postgres(&postgres).with_redis(redis.url()), 2)
}

/// Kills the first of so many nodes.
fn node(ground: &Ground, nodes: usize) -> Row {
    let (mut random, mut first) = (Seeded(5849), Some(ground.node()));
    let others: Vec<_> = (1..nodes).map(|_| ground.node()).collect();
    let servers: Vec<_> = first.iter().chain(&others).collect();
    let load = ground.load(&servers, PLAN);
    let took = kills(ground, &load, nodes, || {
        thread::park_timeout(Duration::from_micros(random.next() % 20_000));
        first.take().expect("a server").kill();
        let since = Instant::now();
        let again = first.insert(ground.node());
        load.moved(0, again.address);
        since
    });
    told(&load, took)
}

pub(crate) fn redis() -> Row {
    let mut redis = Redis::durable();
    redis.season(true);
    let ground = Ground::new(Place::new()).with_redis(redis.url());
    let nodes = [ground.node(), ground.node()];
    let load = ground.load(&[&nodes[0], &nodes[1]], PLAN);
    let took = kills(&ground, &load, nodes.len(), || {
        redis.kill();
        last(AWAY);
        let since = Instant::now();
        redis.start_again();
        since
    });
    told(&load, took)
}

pub(crate) fn postgres() -> Row {
    let mut postgres = real::Server::start(&[]);
    let ground = Ground::on_postgres(&postgres);
    let nodes = [ground.node(), ground.node()];
    let load = ground.load(&[&nodes[0], &nodes[1]], PLAN);
    let took = kills(&ground, &load, nodes.len(), || {
        postgres.kill();
        last(AWAY);
        let since = Instant::now();
        postgres.again();
        since
    });
    told(&load, took)
}

/// The longest time to recover; `kill` gives the moment when it was started again.
fn kills(ground: &Ground, load: &Load, nodes: usize, mut kill: impl FnMut() -> Instant) -> Option<Duration> {
    under_load(load, nodes, || {
        (0..KILLS).try_fold(Duration::ZERO, |longest, _| {
            ground.add_client(load);
            acknowledge(load, BETWEEN);
            let since = kill();
            recovery(load, since).map(|took| took.max(longest))
        })
    })
}

fn told(load: &Load, took: Option<Duration>) -> Row {
    verify(load);
    let [unanswered, unavailable] =
        [&load.unanswered, &load.unavailable].map(|count| count.load(Ordering::Relaxed));
    let note = format!("{KILLS} kills; {unanswered} requests without an answer, {unavailable} with 503");
    Row::of(load, took, note)
}
