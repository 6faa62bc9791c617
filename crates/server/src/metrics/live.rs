//! How many nonces are remembered, without asking the store: counted by the minute in which they are forgotten.

use countersign_core::Timestamp;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

/// For each minute of the next day and a half, which one it is and how many end in it.
pub(super) struct Live(Vec<AtomicU64>);

impl Default for Live {
    fn default() -> Self {
        Self((0..MINUTES).map(|_| AtomicU64::new(0)).collect())
    }
}

impl Live {
    /// One more is remembered until then; what ends later than can be told here counts for as long as can be.
    pub(super) fn add(&self, until: Timestamp, now: Timestamp) {
        let minute = minute(until).min(minute(now) + MINUTES - 1);
        let counted =
            |slot: u64| Some(if slot >> 32 == minute & TAG { slot + 1 } else { ((minute & TAG) << 32) | 1 });
        // OK because it always says what comes next
        let _ = self.slot(minute).fetch_update(Relaxed, Relaxed, counted);
    }

    /// How many have not ended yet.
    pub(super) fn at(&self, now: Timestamp) -> i64 {
        let first = minute(now);
        let count = |minute: u64| {
            let slot = self.slot(minute).load(Relaxed);
            if slot >> 32 == minute & TAG { slot & TAG } else { 0 }
        };
        let all: u64 = (first..first + MINUTES).map(count).sum();
        // OK because memory would not hold them
        i64::try_from(all).unwrap_or(i64::MAX)
    }

    fn slot(&self, minute: u64) -> &AtomicU64 {
        // OK because the remainder is smaller than the list is long
        &self.0[(minute % MINUTES) as usize]
    }
}

const fn minute(at: Timestamp) -> u64 {
    at.seconds() / 60
}

const MINUTES: u64 = 2048;
/// Half of a number: one is a minute, the other a count.
const TAG: u64 = u32::MAX as u64;

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Timestamp = Timestamp::from_seconds(1_800_000_000);

    #[test]
    fn what_has_ended_does_not_count() {
        let live = Live::default();
        (0..10).for_each(|_| live.add(NOW.plus(360), NOW));
        (0..5).for_each(|_| live.add(NOW.plus(660), NOW));
        assert_eq!([0, 360, 420, 660, 720].map(|later| live.at(NOW.plus(later))), [15, 15, 5, 5, 0]);
    }

    #[test]
    fn a_minute_that_comes_round_again_begins_anew() {
        let live = Live::default();
        live.add(NOW, NOW);
        let later = NOW.plus(MINUTES * 60);
        assert_eq!(live.at(later), 0);
        live.add(later, later);
        assert_eq!((live.at(later), live.at(NOW)), (1, 0));
    }

    #[test]
    fn a_window_of_days_counts_for_as_long_as_can_be_told() {
        let live = Live::default();
        live.add(NOW.plus(1 << 32), NOW);
        assert_eq!((live.at(NOW), live.at(NOW.plus(86_400)), live.at(NOW.plus(MINUTES * 60))), (1, 1, 0));
    }
}
