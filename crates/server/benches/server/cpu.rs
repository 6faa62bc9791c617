//! Processor time per request: a protected GET beside a naked one, a refused one beside an accepted one.

use crate::{
    Effort,
    figure::{Bound, Figure},
    fixture::{ORIGIN, Signer},
    load::{self, Connection},
    process::Process,
};
use std::{
    cell::RefCell,
    time::{Duration, Instant},
};

/// A server, and the connections to it.
pub(crate) struct Busy {
    pub(crate) process: Process,
    connections: Vec<Connection>,
    /// How long the last batch took, from its first request to its last answer.
    pub(crate) took: Duration,
}

impl Busy {
    pub(crate) fn new(process: Process) -> Self {
        let connections = load::connections(process.address());
        Self { process, connections, took: Duration::ZERO }
    }

    /// A router of axum's that verifies nothing.
    pub(crate) fn naked() -> Self {
        Self::new(Process::start("naked", &[]))
    }

    /// Microseconds of the server's processor time that each of these requests takes.
    pub(crate) fn send(&mut self, requests: &[Vec<u8>], status: u16) -> f64 {
        let (before, began) = (self.process.cpu(), Instant::now());
        load::send_all(&mut self.connections, requests, status);
        self.took = began.elapsed();
        let used = self.process.cpu() - before;
        used.as_secs_f64() * 1e6 / requests.len() as f64
    }
}

/// Both take turns, batch by batch; of a round the best batch of each counts, since nothing makes code quicker than it is.
pub(crate) fn compare(
    effort: Effort,
    mut subject: impl FnMut() -> f64,
    mut floor: impl FnMut() -> f64,
) -> Vec<(f64, f64)> {
    // Memory and caches are filled.
    subject();
    floor();
    let best = |batches: &[(f64, f64)], part: fn(&(f64, f64)) -> f64| {
        batches.iter().map(part).fold(f64::INFINITY, f64::min)
    };
    let round = |_| {
        let batches: Vec<_> = (0..effort.batches).map(|_| (subject(), floor())).collect();
        (best(&batches, |one| one.0), best(&batches, |one| one.1))
    };
    (0..effort.rounds).map(round).collect()
}

pub(crate) fn memory(effort: Effort) -> Vec<Figure> {
    let tokens = effort.tokens;
    let (mut subject, mut floor) = (protected("memory", tokens, "normal"), Busy::naked());
    let (mut signer, mut other) = (Signer::new(ORIGIN), Signer::new(ORIGIN));
    // Every token is used once before: keys are prepared once, and then verify many requests.
    for _ in 0..tokens.div_ceil(effort.batch) {
        subject.send(&signer.gets(effort.batch, tokens, true), 200);
    }
    let rounds = compare(
        effort,
        || subject.send(&signer.gets(effort.batch, tokens, true), 200),
        || floor.send(&other.gets(effort.batch, tokens, true), 200),
    );
    vec![Figure::of_rounds("protected GET, memory, 100,000 tokens", "µs", &rounds, Bound::at_most(1.8, 1.5))]
}

pub(crate) fn sqlite(effort: Effort) -> Vec<Figure> {
    let (mut subject, mut floor) = (protected("sqlite", effort.tokens, "normal"), Busy::naked());
    let (mut signer, mut other) = (Signer::new(ORIGIN), Signer::new(ORIGIN));
    let mut against = |tokens: usize| {
        compare(
            effort,
            || subject.send(&signer.gets(effort.batch, tokens, true), 200),
            || floor.send(&other.gets(effort.batch, tokens, true), 200),
        )
    };
    let (warm, cold) = (against(effort.tokens.min(HOT)), against(effort.tokens));
    vec![
        Figure::of_rounds("protected GET, SQLite, cached lookups", "µs", &warm, Bound::at_most(4.0, 3.0)),
        Figure::of_rounds("  the same, hardly any lookup cached", "µs", &cold, None),
    ]
}

pub(crate) fn refused(effort: Effort) -> Vec<Figure> {
    let tokens = effort.tokens;
    // One server and one signer: who comes second finds nothing that the first one left in the processor's caches.
    let busy = RefCell::new((protected("memory", tokens, "normal"), Signer::new(ORIGIN)));
    let send = |truly: bool, status: u16| {
        let (server, signer) = &mut *busy.borrow_mut();
        server.send(&signer.gets(effort.batch, tokens, truly), status)
    };
    for _ in 0..tokens.div_ceil(effort.batch) {
        send(true, 200);
    }
    let rounds = compare(effort, || send(false, 401), || send(true, 200));
    vec![Figure::of_rounds(
        "refused (bad signature) against accepted",
        "µs",
        &rounds,
        Bound::at_most(1.05, 1.0),
    )]
}

pub(crate) fn protected(store: &str, tokens: usize, synchronous: &str) -> Busy {
    Busy::new(Process::start("protected", &[store, &tokens.to_string(), synchronous]))
}

/// Tokens that a cache of five seconds knows after the first round.
const HOT: usize = 1_000;
