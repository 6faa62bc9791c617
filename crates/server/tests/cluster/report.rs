//! What is asked of a cluster, and what came of it.

use crate::{
    load::{CONNECTIONS, Load, Tally, Unanswered},
    nodes::{Cluster, NODES, PUBLIC_URL},
    support::{
        PATIENCE,
        client::{Call, Pair},
        http::{Answer, Line},
    },
};
use std::{
    sync::atomic::Ordering,
    time::{Duration, Instant},
};

const REQUESTS: usize = 20_000;
/// One replay for nineteen originals: of all that is sent, 5 % are replays.
const REPLAY_EVERY: usize = 19;

/// Every replay is refused, every original is accepted at most once, and only what was in flight at a kill is not answered.
pub(crate) fn replays(cluster: &Cluster) -> Result<(), String> {
    let token = token(cluster);
    let originals = REQUESTS * REPLAY_EVERY / (REPLAY_EVERY + 1);
    let (mut kills, start) = (Vec::new(), Instant::now());
    let tally = Load::new(cluster, &token, originals, REPLAY_EVERY).run(|load| {
        for (node, part) in [(0, 3), (1, 2)] {
            load.until(originals / part);
            let from = Instant::now();
            cluster.kill(node);
            kills.push((from, Instant::now()));
            cluster.again(node);
        }
    });
    let stray = tally.unanswered.iter().filter(|one| !kills.iter().any(|kill| one.was_in_flight_at(*kill)));
    let stray: Vec<_> = stray.map(|one| one.why.clone()).collect();
    let twice = tally.unanswered.iter().filter(|one| one.accepted_later > 1).count();
    println!(
        "{} signed requests from {CONNECTIONS} connections to {NODES} nodes, {} kills, {:.0} s: {} originals accepted, \
         {} replays sent to another node, {} accepted",
        originals + tally.replays + NODES * tally.unanswered.len(),
        kills.len(),
        start.elapsed().as_secs_f64(),
        tally.accepted,
        tally.replays,
        tally.replays_accepted
    );
    println!(
        "{} originals were not answered, all but {} in flight at a kill; sent again to all nodes, {} were accepted once, {twice} twice",
        tally.unanswered.len(),
        stray.len(),
        tally.unanswered.iter().filter(|one| one.accepted_later == 1).count(),
    );
    told(&tally)?;
    expect(stray.is_empty(), || format!("not answered, and no kill in sight: {stray:?}"))?;
    expect(twice == 0 && tally.replays_accepted == 0, || "something was accepted twice".into())?;
    expect(tally.accepted + tally.unanswered.len() == originals, || "originals are missing".into())?;
    expect(tally.replays >= REQUESTS / 20 - tally.unanswered.len(), || format!("{} replays", tally.replays))
}

/// Each node ends and comes back under load, and nobody notices.
pub(crate) fn restart(cluster: &Cluster) -> Result<(), String> {
    let (token, start) = (token(cluster), Instant::now());
    let tally = Load::new(cluster, &token, usize::MAX, 0).run(|load| {
        for node in 0..NODES {
            load.until(load.begun.load(Ordering::Relaxed) + 500);
            cluster.stop(node);
            load.until(load.begun.load(Ordering::Relaxed) + 500);
            cluster.again(node);
        }
        load.until(load.begun.load(Ordering::Relaxed) + 500);
        load.ended.store(true, Ordering::Relaxed);
    });
    println!(
        "rolling restart of {NODES} nodes under load, {:.0} s: {} requests accepted, {} failed",
        start.elapsed().as_secs_f64(),
        tally.accepted,
        tally.unanswered.len()
    );
    told(&tally)?;
    expect(tally.unanswered.is_empty(), || {
        format!("failed: {:?}", tally.unanswered.iter().map(|one| &one.why).collect::<Vec<_>>())
    })
}

/// A revocation is effective everywhere within five seconds, though each node has used the token a moment before.
pub(crate) fn revocation(cluster: &Cluster) -> Result<(), String> {
    let token = token(cluster);
    let call = |node: usize| -> Answer {
        let call = Call::get("/api/whoami", &cluster.client).token(&token).request(PUBLIC_URL);
        let line = Line::open(cluster.addresses[node]);
        line.and_then(|mut line| line.exchange(&call.bytes(PUBLIC_URL))).expect("an answer")
    };
    let known = (0..NODES).map(&call).filter(|answer| answer.status == 200).count();
    expect(known == NODES, || format!("{known} nodes know the token"))?;
    let revoked = cluster.place.done(&["token", "revoke", &token.id], "");
    let start = Instant::now();
    let mut longest = Duration::ZERO;
    for node in 0..NODES {
        loop {
            let answer = call(node);
            if answer.problem().as_deref() == Some("token_revoked") {
                break;
            }
            expect(answer.status == 200, || format!("{} {}", answer.status, answer.body))?;
            expect(start.elapsed() < PATIENCE, || {
                format!("node {node} accepts it still: {}", revoked.stdout)
            })?;
        }
        longest = longest.max(start.elapsed());
    }
    println!(
        "a revocation by a command of its own is effective on {NODES} nodes after {:.2} s at most",
        longest.as_secs_f64()
    );
    expect(longest <= Duration::from_secs(5), || "that is too late".into())
}

fn token(cluster: &Cluster) -> Pair {
    cluster.place.issue_token(&cluster.client.id, "jane", &[], "")
}

fn told(tally: &Tally) -> Result<(), String> {
    expect(tally.wrong.is_empty(), || {
        format!("{} answers are wrong, such as {:?}", tally.wrong.len(), tally.wrong.first())
    })
}

fn expect(holds: bool, otherwise: impl FnOnce() -> String) -> Result<(), String> {
    if holds { Ok(()) } else { Err(otherwise()) }
}

impl Unanswered {
    fn was_in_flight_at(&self, (from, to): (Instant, Instant)) -> bool {
        self.from <= to && self.to >= from
    }
}
