//! What a live nonce weighs in memory.

use crate::{
    Effort,
    figure::{Bound, Figure, median},
    fixture::CLIENT,
    process::{self, Process},
};
use countersign_core::{ClientId, Nonce, Timestamp};
use countersign_store::{Freshness, MemoryNonces, NonceStore, NonceUse};
use std::time::Instant;

/// What the process is in memory with them, less what it was without: what the allocator keeps for itself counts, and so
/// does what has expired and is not dropped yet.
pub(crate) fn bytes(effort: Effort) -> Vec<Figure> {
    let child = Process::start("nonces", &[&effort.nonces.to_string()]);
    let said = |at: usize| child.said[at].parse::<f64>().unwrap();
    vec![
        Figure::plain("a live nonce in memory, 1 million live", "bytes", said(0), Bound::at_most(64.0, 40.0)),
        Figure::plain("  at the worst moment", "bytes", said(1), None),
        Figure::plain("  to remember one", "µs", said(2), None),
    ]
}

/// The child's side: a steady load for three lives of a nonce, each signed in the second in which it arrives.
pub(crate) async fn fill(live: u64) -> String {
    let (nonces, client) = (MemoryNonces::default(), ClientId::new(CLIENT).unwrap());
    let empty = resident();
    let (mut weights, began) = (Vec::new(), Instant::now());
    for number in 0..3 * live {
        let now = START + number * LIFE / live;
        let timestamp = Timestamp::from_seconds(now);
        let text = format!("{number:016x}");
        let token = Some("nnch734d00sl2jdk00000000");
        let used = NonceUse { client: &client, token, timestamp, nonce: Nonce::new(&text).unwrap() };
        let freshness = nonces.remember(&used, timestamp.plus(LIFE), timestamp).await.unwrap();
        assert_eq!(freshness, Freshness::Fresh);
        if number >= live && number.is_multiple_of((live / 100).max(1)) {
            weights.push((resident() - empty) * 1024.0 / live as f64);
        }
    }
    let took = began.elapsed().as_secs_f64() * 1e6 / (3 * live) as f64;
    let most = weights.iter().copied().fold(0.0, f64::max);
    format!("{:.2} {most:.2} {took:.3}", median(weights))
}

fn resident() -> f64 {
    process::resident(std::process::id())
}

/// Half the window, and a minute.
const LIFE: u64 = 360;
const START: u64 = 1_800_000_000;
