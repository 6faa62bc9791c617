//! What a live nonce weighs in memory.

use crate::{
    Effort,
    figure::{Bound, Figure},
    fixture::CLIENT,
    process::{self, Process},
};
use countersign_core::{ClientId, Nonce, Timestamp};
use countersign_store::{Freshness, MemoryNonces, NonceStore, NonceUse};
use std::time::Instant;

/// What the process is in memory with them, less what it was without: what the allocator keeps for itself counts.
pub(crate) fn bytes(effort: Effort) -> Vec<Figure> {
    let child = Process::start("nonces", &[&effort.nonces.to_string()]);
    let said = |at: usize| child.said[at].parse::<f64>().unwrap();
    vec![
        Figure::plain("a live nonce in memory, 1 million live", "bytes", said(0), Bound::at_most(64.0, 40.0)),
        Figure::plain("  the most on the way from 0.5 to 1.5 million", "bytes", said(1), None),
        Figure::plain("  to remember one", "µs", said(2), None),
    ]
}

/// The child's side. Their timestamps are spread as those of a steady load are: over the time that a nonce lives.
pub(crate) async fn fill(live: u64) -> String {
    let (nonces, client) = (MemoryNonces::default(), ClientId::new(CLIENT).unwrap());
    let empty = resident();
    let (mut at_live, mut most, mut took) = (0.0, 0.0_f64, 0.0);
    let began = Instant::now();
    for number in 0..live * 3 / 2 {
        let timestamp = Timestamp::from_seconds(START + number % LIFE);
        let text = format!("{number:016x}");
        let used = NonceUse {
            client: &client,
            token: Some("nnch734d00sl2jdk00000000"),
            timestamp,
            nonce: Nonce::new(&text).unwrap(),
        };
        let until = timestamp.plus(360);
        let freshness = nonces.remember(&used, until, Timestamp::from_seconds(START)).await.unwrap();
        assert_eq!(freshness, Freshness::Fresh);
        let kept = number + 1;
        if kept == live || (kept >= live / 2 && kept.is_multiple_of((live / 40).max(1))) {
            let each = (resident() - empty) * 1024.0 / kept as f64;
            most = most.max(each);
            if kept == live {
                (at_live, took) = (each, began.elapsed().as_secs_f64() * 1e6 / kept as f64);
            }
        }
    }
    format!("{at_live:.2} {most:.2} {took:.3}")
}

fn resident() -> f64 {
    process::resident(std::process::id())
}

/// Both halves of the window, and a minute.
const LIFE: u64 = 660;
const START: u64 = 1_800_000_000;
