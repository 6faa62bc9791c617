//! What the tests of the binary share: a place to run it, a server, HTTP by hand, a client that signs, a browser.

#![expect(dead_code, reason = "each test uses its part")]

pub(crate) mod admin;
pub(crate) mod browser;
pub(crate) mod client;
pub(crate) mod example;
pub(crate) mod http;
pub(crate) mod http2;
pub(crate) mod inline;
pub(crate) mod issuer;
pub(crate) mod jwks;
pub(crate) mod keys;
pub(crate) mod load;
pub(crate) mod needles;
pub(crate) mod nodes;
pub(crate) mod place;
pub(crate) mod server;
pub(crate) mod upstream;

use std::{
    thread,
    time::{Duration, Instant},
};

/// How long anything may take on a busy machine before it counts as hanging.
pub(crate) const PATIENCE: Duration = Duration::from_secs(60);

/// Asks again and again until it holds; `what` is told where it never does.
pub(crate) fn until(what: &str, mut holds: impl FnMut() -> bool) {
    let start = Instant::now();
    while !holds() {
        assert!(start.elapsed() < PATIENCE, "waited in vain: {what}");
        thread::yield_now();
    }
}

/// Whether these tests run under `nohup`, or the like: what they start keeps to it, and a hang-up ends nothing.
pub(crate) fn hang_up_is_ignored() -> bool {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let mask = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
    let ignored =
        mask.is_some_and(|mask| u64::from_str_radix(mask.trim(), 16).expect("a mask of signals") & 1 == 1);
    if ignored {
        println!("SKIPPED: what follows a hang-up, which is ignored here");
    }
    ignored
}

/// Numbers that look random and are the same in every run (splitmix64).
pub(crate) struct Seeded(pub(crate) u64);

impl Seeded {
    pub(crate) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    pub(crate) fn below(&mut self, most: usize) -> usize {
        usize::try_from(self.next() % most as u64).expect("a small number")
    }
}
