//! A store that stands still: 503 in bounded time, nothing is accepted, and all goes on by itself.

use super::{
    ground::{Ground, PLAN, last, recovery, under_load, verify},
    real,
    redis::Redis,
    support::{load::Load, place::Place, server::Server},
    table::Row,
};
use std::time::{Duration, Instant};

const HUNG: Duration = Duration::from_secs(30);
/// Two timeouts of two seconds, and what a busy machine adds.
const BOUND: Duration = Duration::from_secs(10);

pub(crate) fn postgres() -> Row {
    let postgres = real::Server::start(&[]);
    let ground = Ground::on_postgres(&postgres);
    let row = hung(&ground, || postgres.stop(), || postgres.go_on());
    // Only then: it would wait for what stands still.
    drop(postgres);
    row
}

pub(crate) fn redis() -> Row {
    let redis = Redis::durable();
    redis.season(true);
    let ground = Ground::new(Place::new()).with_redis(redis.url());
    hung(&ground, || redis.signal("STOP"), || redis.signal("CONT"))
}

fn hung(ground: &Ground, stop: impl FnOnce(), go_on: impl FnOnce()) -> Row {
    let nodes: [Server; 2] = [ground.node(), ground.node()];
    let load = ground.load(&[&nodes[0], &nodes[1]], PLAN);
    ground.add_client(&load);
    let (from, to, took) = under_load(&load, nodes.len(), || {
        stop();
        let from = Instant::now();
        last(HUNG);
        let to = Instant::now();
        go_on();
        (from, to, recovery(&load, to))
    });
    verify(&load);
    told(&load, from, to, took)
}

/// Of the requests that were sent while it stood still, those that were answered before it went on must be 503.
fn told(load: &Load, from: Instant, to: Instant, took: Option<Duration>) -> Row {
    let during: Vec<_> = {
        let kept = load.kept();
        kept.answered.iter().filter(|one| one.sent > from && one.sent < to).cloned().collect()
    };
    let inside: Vec<_> = during.iter().filter(|one| one.sent + one.took < to).collect();
    let longest = during.iter().map(|one| one.took).max().unwrap_or_default();
    let others = inside.iter().filter(|one| one.status != 503).map(|one| one.status).collect::<Vec<_>>();
    let silent = inside.iter().filter(|one| one.status == 503 && !one.retry_after).count();
    let note = format!("{} times 503 meanwhile, after {:.2} s at most", inside.len(), longest.as_secs_f64());
    Row::of(load, took, note)
        .must(!inside.is_empty(), "nothing was answered while it stood still")
        .must(others.is_empty(), format!("answers while it stood still: {others:?}"))
        .must(silent == 0, format!("{silent} of 503 without Retry-After"))
        .must(longest < BOUND, format!("an answer took {longest:?}"))
}
