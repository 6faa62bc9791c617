//! What strangers can make happen as often as they like: recorded once a minute for each of them.

use countersign_core::Timestamp;
use std::{
    collections::HashSet,
    hash::Hash,
    sync::{Mutex, PoisonError},
};

/// Who was recorded within the minute.
pub(super) struct Seldom<T> {
    known: Mutex<(u64, HashSet<T>)>,
    most: usize,
}

impl<T: Clone + Eq + Hash> Seldom<T> {
    /// For those whose number is bounded elsewhere.
    pub(super) fn of_any_number() -> Self {
        Self::of(usize::MAX)
    }

    /// For so many a minute, whoever they are.
    pub(super) fn of(most: usize) -> Self {
        Self { known: Mutex::default(), most }
    }

    pub(super) fn is_news(&self, who: &T, at: Timestamp) -> bool {
        // OK because the set stays whole even if a thread panics while it holds the lock
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        let minute = at.seconds() / 60;
        if known.0 != minute {
            *known = (minute, HashSet::new());
        }
        known.1.len() < self.most && !known.1.contains(who) && known.1.insert(who.clone())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use countersign_core::ClientId;

    const AT: Timestamp = Timestamp::from_seconds(1_800_000_000);

    #[test]
    fn replays_in_their_thousands_are_recorded_once_a_minute_for_each_client() {
        let replays = Seldom::of_any_number();
        let [printer, other] = ["printer", "other"].map(|id| ClientId::new(id).unwrap());
        assert!(replays.is_news(&printer, AT) && replays.is_news(&other, AT));
        assert!((0..1000).all(|_| !replays.is_news(&printer, AT.plus(59))));
        assert!(replays.is_news(&printer, AT.plus(60)) && !replays.is_news(&printer, AT.plus(60)));
    }

    #[test]
    fn strangers_in_their_thousands_are_recorded_by_the_dozen() {
        let seldom = Seldom::of(12);
        let news = |at| (0..5000).filter(|stranger| seldom.is_news(stranger, at)).count();
        assert_eq!((news(AT), news(AT.plus(59)), news(AT.plus(60))), (12, 0, 12));
    }
}
