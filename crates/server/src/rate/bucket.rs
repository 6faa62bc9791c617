//! How many requests fit into a time: the generic cell rate algorithm, one number for each who asks.
//!
//! The time is passed in, since some moment of the past, so that tests set it.

use quick_cache::sync::Cache;
use std::{
    convert::Infallible,
    hash::Hash,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering::Relaxed},
    },
    time::Duration,
};

/// A steady rate, and how many may come at once. In nanoseconds.
#[derive(Clone, Copy, Debug)]
pub(super) struct Quota {
    /// From one request to the next.
    interval: u64,
    /// How far ahead of its steady rate a bucket may be.
    ahead: u64,
}

impl Quota {
    /// `minutely` and `burst` are 1 or more; see [`Rate`](crate::config::Rate) for the most.
    pub(super) fn new(minutely: u64, burst: u64) -> Self {
        let interval = MINUTE / minutely.max(1);
        Self { interval, ahead: interval.saturating_mul(burst.saturating_sub(1)) }
    }

    /// What becomes of a bucket by one more request now, or for how long there is no room for it.
    fn with_one_more(self, level: u64, now: u64) -> Result<u64, u64> {
        let begins = level.max(now);
        match (begins - now).checked_sub(self.ahead) {
            None | Some(0) => Ok(begins + self.interval),
            Some(wait) => Err(wait),
        }
    }
}

/// Buckets of the same size, one for each `K`.
///
/// They are bounded in number: one that was asked for once goes before one that was asked for again, and whichever goes is full
/// again then. So nobody is refused for lack of room, a flood from ever new addresses pushes out its own kind first, and whoever
/// has addresses enough to push out others' buckets has more requests by that number already.
pub(super) struct Buckets<K> {
    quota: Quota,
    /// When each would be back at its steady rate.
    levels: Cache<K, Arc<AtomicU64>>,
}

impl<K: Clone + Eq + Hash> Buckets<K> {
    pub(super) fn new(quota: Quota, most: usize) -> Self {
        Self { quota, levels: Cache::new(most) }
    }

    /// Takes a request from the bucket, or says how long it must wait.
    pub(super) fn take(&self, key: &K, now: Duration) -> Result<(), Duration> {
        let (level, now) = (self.level(key), nanoseconds(now));
        let taken = level.fetch_update(Relaxed, Relaxed, |level| self.quota.with_one_more(level, now).ok());
        taken.map(drop).or_else(|level| self.room(level, now))
    }

    /// Whether there is room for one, and else in how long; takes nothing.
    pub(super) fn look(&self, key: &K, now: Duration) -> Result<(), Duration> {
        let level = self.levels.get(key).map_or(0, |level| level.load(Relaxed));
        self.room(level, nanoseconds(now))
    }

    /// Takes one in any case: who came in between waits for it later.
    pub(super) fn count(&self, key: &K, now: Duration) {
        let now = nanoseconds(now);
        let counted = |level: u64| Some(level.max(now).saturating_add(self.quota.interval));
        // OK because it always says what comes next
        let _ = self.level(key).fetch_update(Relaxed, Relaxed, counted);
    }

    fn room(&self, level: u64, now: u64) -> Result<(), Duration> {
        self.quota.with_one_more(level, now).map(drop).map_err(Duration::from_nanos)
    }

    fn level(&self, key: &K) -> Arc<AtomicU64> {
        let Ok(level) = self.levels.get_or_insert_with(key, || Ok::<_, Infallible>(Arc::default()));
        level
    }
}

fn nanoseconds(now: Duration) -> u64 {
    // OK because a process does not run for centuries
    u64::try_from(now.as_nanos()).unwrap_or(u64::MAX)
}

/// In nanoseconds.
const MINUTE: u64 = 60_000_000_000;

#[cfg(test)]
mod tests {
    use super::*;
    use std::thread;

    const START: Duration = Duration::from_secs(1000);

    fn buckets(minutely: u64, burst: u64) -> Buckets<&'static str> {
        Buckets::new(Quota::new(minutely, burst), 1000)
    }

    fn taken_at_once(buckets: &Buckets<&'static str>, now: Duration) -> usize {
        (0..1000).take_while(|_| buckets.take(&"a", now).is_ok()).count()
    }

    #[test]
    fn a_burst_fits_and_then_the_steady_rate() {
        let buckets = buckets(60, 5);
        assert_eq!(taken_at_once(&buckets, START), 5);
        assert_eq!(buckets.take(&"a", START), Err(Duration::from_secs(1)));
        assert_eq!(
            buckets.take(&"a", START + Duration::from_millis(400)),
            Err(Duration::from_millis(600)),
            "who is refused is not set back by it"
        );
        for second in 1..100 {
            assert_eq!(taken_at_once(&buckets, START + Duration::from_secs(second)), 1, "{second}");
        }
        assert_eq!(taken_at_once(&buckets, START + Duration::from_secs(99 + 3)), 3);
        assert_eq!(
            taken_at_once(&buckets, START + Duration::from_secs(10_000)),
            5,
            "never more than a burst"
        );
    }

    #[test]
    fn whoever_asks_too_often_is_refused_alone() {
        let buckets = buckets(1, 1);
        assert!(buckets.take(&"flood", START).is_ok());
        assert!((0..5000).all(|_| buckets.take(&"flood", START).is_err()));
        assert!(buckets.take(&"other", START).is_ok());
    }

    #[test]
    fn looking_takes_nothing_and_counting_is_paid_back() {
        let buckets = buckets(60, 2);
        assert!((0..100).all(|_| buckets.look(&"a", START).is_ok()));
        (0..4).for_each(|_| buckets.count(&"a", START));
        assert_eq!(buckets.look(&"a", START), Err(Duration::from_secs(3)), "two came in between");
        assert!(buckets.look(&"a", START + Duration::from_secs(3)).is_ok());
    }

    #[test]
    fn requests_in_parallel_get_no_more_than_a_burst() {
        let buckets = buckets(1, 100);
        let taken = || (0..1000).filter(|_| buckets.take(&"a", START).is_ok()).count();
        let all: usize = thread::scope(|scope| {
            let threads: Vec<_> = (0..8).map(|_| scope.spawn(taken)).collect();
            threads.into_iter().map(|thread| thread.join().expect("a count")).sum()
        });
        assert_eq!(all, 100);
    }

    #[test]
    fn flood_from_many_addresses_is_bounded_in_memory_and_locks_nobody_out() {
        let buckets = Buckets::new(Quota::new(1, 1), 1000);
        for number in 0..100_000 {
            assert!(buckets.take(&number, START).is_ok(), "{number}");
        }
        assert!(buckets.levels.len() <= 1000, "{}", buckets.levels.len());
        assert!(buckets.take(&100_000, START).is_ok());
    }
}
