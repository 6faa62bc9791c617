//! Throughput where each group of changes waits for the disk, beside where it does not.

use crate::{
    Effort,
    figure::{Bound, Figure, median},
    fixture::{ORIGIN, Signer},
    load::{self, CONNECTIONS, Connection},
    process::Process,
};
use std::time::Duration;

pub(crate) fn full_against_normal(effort: Effort) -> Vec<Figure> {
    let tokens = effort.tokens.min(1_000);
    let (full, normal) = (start(tokens, "full"), start(tokens, "normal"));
    let (mut to_full, mut to_normal) = (connect(&full), connect(&normal));
    let (mut signer, mut other) = (Signer::new(ORIGIN), Signer::new(ORIGIN));
    let requests = effort.batch.max(CONNECTIONS) * effort.batches / CONNECTIONS * CONNECTIONS;
    let (mut rates, mut slow) = (Vec::new(), Vec::new());
    for _ in 0..effort.rounds.div_ceil(2) {
        let (fast, took) = load::send_at_once(&mut to_normal, &other.gets(requests, tokens, true), 200);
        let (rate, waited) = load::send_at_once(&mut to_full, &signer.gets(requests, tokens, true), 200);
        rates.push((rate, fast));
        slow.push((p99(waited), p99(took)));
    }
    vec![
        Figure::of_rounds(
            "synchronous=FULL against NORMAL, 32 connections",
            "req/s",
            &rates,
            Bound::at_least(0.4, 0.7),
        ),
        Figure::of_rounds("  the slowest in a hundred takes", "ms", &slow, None),
        Figure::plain("  one flush of this disk (fdatasync, 4 KiB)", "ms", one_flush(), None),
    ]
}

fn start(tokens: usize, synchronous: &str) -> Process {
    Process::start("protected", &["sqlite", &tokens.to_string(), synchronous])
}

fn connect(server: &Process) -> Vec<Connection> {
    load::connections(server.address())
}

fn p99(mut took: Vec<Duration>) -> f64 {
    took.sort_unstable();
    took[took.len() * 99 / 100].as_secs_f64() * 1e3
}

fn one_flush() -> f64 {
    use std::io::{Seek, Write};
    let mut file = tempfile::tempfile_in(env!("CARGO_TARGET_TMPDIR")).unwrap();
    let mut flush = || {
        file.rewind().unwrap();
        file.write_all(&[7; 4096]).unwrap();
        let began = std::time::Instant::now();
        file.sync_data().unwrap();
        began.elapsed().as_secs_f64() * 1e3
    };
    median((0..100).map(|_| flush()).collect())
}
