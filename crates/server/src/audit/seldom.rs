//! What strangers can make happen as often as they like: recorded once a minute for each of them.

use countersign_core::Timestamp;
use std::{
    collections::HashSet,
    hash::Hash,
    sync::{Mutex, MutexGuard, PoisonError},
};

/// Who was recorded within the minute.
pub(super) struct Seldom<T> {
    minute: Mutex<Minute<T>>,
    most: usize,
}

struct Minute<T> {
    number: u64,
    known: HashSet<T>,
    /// How often somebody was not recorded for lack of room.
    left_out: u64,
    /// The same in the minutes before, until it is told.
    untold: u64,
}

impl<T: Clone + Eq + Hash> Seldom<T> {
    /// For those whose number is bounded elsewhere.
    pub(super) fn of_any_number() -> Self {
        Self::of(usize::MAX)
    }

    /// For so many a minute, whoever they are.
    pub(super) fn of(most: usize) -> Self {
        let minute = Minute { number: 0, known: HashSet::new(), left_out: 0, untold: 0 };
        Self { minute: Mutex::new(minute), most }
    }

    /// Whether to record it: the first of somebody's in this minute, if there is room.
    pub(super) fn is_news(&self, who: &T, at: Timestamp) -> bool {
        self.enter(who, at, |_| true)
    }

    /// The same, where those who are alike have room for so many.
    pub(super) fn is_news_among(
        &self,
        who: &T,
        at: Timestamp,
        share: usize,
        alike: impl Fn(&T) -> bool,
    ) -> bool {
        self.enter(who, at, |known| known.iter().filter(|known| alike(known)).count() < share)
    }

    fn enter(&self, who: &T, at: Timestamp, has_room: impl Fn(&HashSet<T>) -> bool) -> bool {
        let mut minute = self.minute(at);
        if minute.known.contains(who) {
            return false;
        }
        if minute.known.len() >= self.most || !has_room(&minute.known) {
            minute.left_out = minute.left_out.saturating_add(1);
            return false;
        }
        minute.known.insert(who.clone())
    }

    /// Whether somebody's was recorded in this minute already, as far as there is room to know.
    pub(super) fn is_repeated(&self, who: &T, at: Timestamp) -> bool {
        let mut minute = self.minute(at);
        if minute.known.len() < self.most {
            return !minute.known.insert(who.clone());
        }
        minute.known.contains(who)
    }

    /// How often somebody was not recorded for lack of room, in minutes that have ended by then. It is told once.
    pub(super) fn left_out(&self, at: Timestamp) -> u64 {
        std::mem::take(&mut self.minute(at).untold)
    }

    fn minute(&self, at: Timestamp) -> MutexGuard<'_, Minute<T>> {
        // OK because it stays whole even if a thread panics while it holds the lock
        let mut minute = self.minute.lock().unwrap_or_else(PoisonError::into_inner);
        let number = at.seconds() / 60;
        if minute.number != number {
            let untold = minute.untold.saturating_add(minute.left_out);
            *minute = Minute { number, known: HashSet::new(), left_out: 0, untold };
        }
        minute
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

    #[test]
    fn strangers_who_were_left_out_are_counted_until_that_is_told() {
        let seldom = Seldom::of(12);
        let guess = |at| (0..20).filter(|stranger| seldom.is_news(stranger, at)).count();
        assert_eq!((guess(AT), seldom.left_out(AT)), (12, 0), "the minute has not ended");
        assert_eq!(
            (guess(AT), seldom.left_out(AT.plus(60))),
            (0, 16),
            "those who are known are not left out"
        );
        assert_eq!(seldom.left_out(AT.plus(60)), 0, "it is told once");
        guess(AT.plus(60));
        guess(AT.plus(120));
        assert_eq!(seldom.left_out(AT.plus(6000)), 16, "of two minutes");
    }

    #[test]
    fn those_who_are_alike_take_no_more_than_their_share() {
        let seldom = Seldom::of(12);
        let news = |who: u32| seldom.is_news_among(&who, AT, 4, |known| known / 100 == who / 100);
        assert_eq!((0..100).filter(|who| news(*who)).count(), 4);
        assert_eq!((100..102).chain(200..300).filter(|who| news(*who)).count(), 6);
        assert_eq!((300..400).filter(|who| news(*who)).count(), 2);
    }

    #[test]
    fn where_there_is_no_room_to_know_nothing_is_taken_for_repeated() {
        let seldom = Seldom::of(2);
        let repeated = |at| [1, 2, 1, 3, 3].map(|who| seldom.is_repeated(&who, at));
        assert_eq!(repeated(AT), [false, false, true, false, false]);
        assert_eq!(repeated(AT.plus(60)), [false, false, true, false, false]);
    }
}
