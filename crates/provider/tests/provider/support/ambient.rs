//! Time, chance and the record, as arguments.

use countersign_core::Timestamp;
use countersign_provider::{
    Clock, Random,
    audit::{Action, Audit, Event},
};
use std::sync::{
    Arc, Mutex,
    atomic::{AtomicU64, Ordering},
};

/// A clock that moves when told to.
#[derive(Clone)]
pub(crate) struct ManualClock(Arc<AtomicU64>);

impl ManualClock {
    pub(crate) fn starting_at(seconds: u64) -> Self {
        Self(Arc::new(AtomicU64::new(seconds)))
    }

    pub(crate) fn set(&self, seconds: u64) {
        self.0.store(seconds, Ordering::SeqCst);
    }

    pub(crate) fn advance(&self, seconds: u64) {
        self.0.fetch_add(seconds, Ordering::SeqCst);
    }
}

impl Clock for ManualClock {
    fn now(&self) -> Timestamp {
        Timestamp::from_seconds(self.0.load(Ordering::SeqCst))
    }
}

/// SplitMix64: the same bytes in every run.
pub(crate) struct Seeded(AtomicU64);

impl Seeded {
    pub(crate) fn new(seed: u64) -> Self {
        Self(AtomicU64::new(seed))
    }
}

impl Random for Seeded {
    fn fill(&self, bytes: &mut [u8]) {
        for chunk in bytes.chunks_mut(8) {
            let mut word = self.0.fetch_add(STEP, Ordering::SeqCst).wrapping_add(STEP);
            word = (word ^ (word >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
            word = (word ^ (word >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
            chunk.copy_from_slice(&(word ^ (word >> 31)).to_le_bytes()[..chunk.len()]);
        }
    }
}

/// Keeps every event.
#[derive(Clone, Default)]
pub(crate) struct Captured(Arc<Mutex<Vec<Event>>>);

impl Captured {
    pub(crate) fn events(&self) -> Vec<Event> {
        self.0.lock().expect("no test panics while it records").clone()
    }

    pub(crate) fn actions(&self) -> Vec<Action> {
        self.events().iter().map(|event| event.action).collect()
    }
}

impl Audit for Captured {
    fn record(&self, event: Event) {
        self.0.lock().expect("no test panics while it records").push(event);
    }
}

const STEP: u64 = 0x9e37_79b9_7f4a_7c15;
