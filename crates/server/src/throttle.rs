//! A growing delay after wrong passwords, by account **and** network: a stranger locks nobody out.
//!
//! What is kept is bounded: in all and for each network, so that one of them cannot push out what was counted for others.
//! At a bound the least delayed pairs are forgotten, and nobody is refused: whoever fills the table has gained only what
//! the first wrong passwords for an account cost anyway.

use crate::network::Network;
use countersign_core::Timestamp;
use std::{
    collections::HashMap,
    hash::{BuildHasher, RandomState},
    net::IpAddr,
    sync::{Mutex, PoisonError},
};

/// Counts wrong passwords in this process.
#[derive(Debug, Default)]
pub(crate) struct Throttle {
    all: Mutex<Table>,
    /// Accounts are kept as numbers that nobody can choose: names are as long as a stranger likes.
    hasher: RandomState,
}

#[derive(Debug, Default)]
struct Table {
    networks: HashMap<Network, HashMap<u64, Failures>>,
    pairs: usize,
}

#[derive(Clone, Copy, Debug)]
struct Failures {
    count: u32,
    until: Timestamp,
    last: Timestamp,
    /// Whether it was told that there is a delay.
    told: bool,
}

impl Throttle {
    /// Takes an attempt in advance, so that guesses in parallel count each; or tells how many seconds to wait.
    pub(crate) fn attempt(&self, account: &str, address: Option<IpAddr>, now: Timestamp) -> Result<(), u64> {
        let (account, network) = (self.hasher.hash_one(account), Network::of(address));
        let mut table = self.all.lock().unwrap_or_else(PoisonError::into_inner);
        table.pair(network, account, now).attempt(now)
    }

    /// The password was wrong: tells whether that is what begins to delay the account and network, once.
    pub(crate) fn failed(&self, account: &str, address: Option<IpAddr>) -> bool {
        let (account, network) = (self.hasher.hash_one(account), Network::of(address));
        let mut table = self.all.lock().unwrap_or_else(PoisonError::into_inner);
        let pair = table.networks.get_mut(&network).and_then(|pairs| pairs.get_mut(&account));
        pair.is_some_and(|pair| pair.count >= FREE && !std::mem::replace(&mut pair.told, true))
    }

    /// The password was right: forgets what was counted.
    pub(crate) fn succeeded(&self, account: &str, address: Option<IpAddr>) {
        let (account, network) = (self.hasher.hash_one(account), Network::of(address));
        let mut table = self.all.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(pairs) = table.networks.get_mut(&network) else { return };
        let (removed, empty) = (pairs.remove(&account).is_some(), pairs.is_empty());
        table.pairs -= usize::from(removed);
        if empty {
            table.networks.remove(&network);
        }
    }
}

impl Table {
    /// The pair that is known, or a new one; room is made for it where there is none.
    fn pair(&mut self, network: Network, account: u64, now: Timestamp) -> &mut Failures {
        let of_network = self.networks.get(&network);
        if !of_network.is_some_and(|pairs| pairs.contains_key(&account)) {
            if of_network.is_some_and(|pairs| pairs.len() >= MOST_OF_A_NETWORK) {
                self.forget(now, |one| one == network);
            }
            if self.pairs >= MOST {
                self.forget(now, |_| true);
            }
            self.pairs += 1;
        }
        let fresh = Failures { count: 0, until: now, last: now, told: false };
        self.networks.entry(network).or_default().entry(account).or_insert(fresh)
    }

    /// Forgets the least delayed quarter of some networks' pairs, the oldest first: many at once, so that it happens seldom.
    fn forget(&mut self, now: Timestamp, of: impl Fn(Network) -> bool) {
        let networks = self.networks.iter_mut().filter(|(network, _)| of(**network));
        let mut worth: Vec<_> =
            networks.flat_map(|(_, pairs)| pairs.values().map(|pair| pair.worth(now))).collect();
        let quarter = worth.len() / 4;
        let (_, most, _) = worth.select_nth_unstable(quarter);
        let (most, mut left) = (*most, quarter + 1);
        for (_, pairs) in self.networks.iter_mut().filter(|(network, _)| of(**network)) {
            pairs.retain(|_, pair| {
                let goes = left > 0 && pair.worth(now) <= most;
                left -= usize::from(goes);
                !goes
            });
        }
        self.networks.retain(|_, pairs| !pairs.is_empty());
        self.pairs = self.networks.values().map(HashMap::len).sum();
    }
}

impl Failures {
    fn attempt(&mut self, now: Timestamp) -> Result<(), u64> {
        if self.is_past(now) {
            (self.count, self.told) = (0, false);
        }
        if self.until > now {
            return Err(self.until.seconds() - now.seconds());
        }
        self.count += 1;
        self.last = now;
        let doublings = self.count.saturating_sub(FREE).min(16);
        let delay = if self.count < FREE { 0 } else { (1_u64 << doublings).min(LONGEST) };
        self.until = now.plus(delay);
        Ok(())
    }

    fn is_past(&self, now: Timestamp) -> bool {
        self.last.plus(FORGET) <= now
    }

    /// The lower, the less it matters that it is kept.
    fn worth(&self, now: Timestamp) -> (u32, u64) {
        (if self.is_past(now) { 0 } else { self.count }, self.last.seconds())
    }
}

/// Attempts without a delay.
const FREE: u32 = 3;
/// The longest delay in seconds.
const LONGEST: u64 = 900;
/// Seconds after which wrong passwords are forgotten.
const FORGET: u64 = 3600;
/// The most pairs that are kept: some megabytes.
const MOST: usize = 100_000;
/// The most pairs that are kept of one network.
const MOST_OF_A_NETWORK: usize = 4096;

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Timestamp = Timestamp::from_seconds(1000);

    fn address(text: &str) -> Option<IpAddr> {
        Some(text.parse().expect("an address"))
    }

    /// Whether a pair is delayed by now.
    fn is_delayed(throttle: &Throttle, account: &str, from: &str) -> bool {
        throttle.attempt(account, address(from), NOW).is_err()
    }

    fn guess_until_delayed(throttle: &Throttle, account: &str, from: &str) {
        for _ in 0..FREE {
            throttle.attempt(account, address(from), NOW).expect("a free attempt");
        }
        assert!(is_delayed(throttle, account, from));
    }

    #[test]
    fn the_delay_grows_and_locks_out_nobody_else() {
        let (throttle, mut now) = (Throttle::default(), NOW);
        let (stranger, owner) = (address("192.0.2.1"), address("192.0.2.2"));
        let mut delays = Vec::new();
        for _ in 0..8 {
            let waited = throttle.attempt("jane", stranger, now).err().unwrap_or(0);
            now = now.plus(waited);
            if waited > 0 {
                throttle.attempt("jane", stranger, now).unwrap();
            }
            delays.push(waited);
        }
        assert_eq!(delays, [0, 0, 0, 1, 2, 4, 8, 16]);
        assert_eq!(throttle.attempt("jane", owner, now), Ok(()));
        assert!(throttle.attempt("jane", stranger, now).is_err());
        throttle.succeeded("jane", stranger);
        assert_eq!(throttle.attempt("jane", stranger, now), Ok(()));
    }

    #[test]
    fn the_delay_is_a_quarter_of_an_hour_at_most_and_forgotten_an_hour_after_the_last_guess() {
        let (throttle, mut now) = (Throttle::default(), NOW);
        let stranger = address("192.0.2.1");
        let mut longest = 0;
        for _ in 0..40 {
            let waited = throttle.attempt("jane", stranger, now).err().unwrap_or(0);
            longest = longest.max(waited);
            now = now.plus(waited);
        }
        assert_eq!(longest, LONGEST);
        let ended = (0..=FORGET).find(|later| throttle.attempt("jane", stranger, now.plus(*later)).is_ok());
        assert!(ended.is_some_and(|later| later <= LONGEST), "a guess after each delay, and no more");
        let later = now.plus(LONGEST + FORGET);
        (0..FREE).for_each(|_| throttle.attempt("jane", stranger, later).expect("forgotten"));
        assert!(throttle.attempt("jane", stranger, later).is_err());
    }

    #[test]
    fn guesser_who_fills_the_table_from_one_address_locks_nobody_out_and_stays_delayed() {
        let throttle = Throttle::default();
        guess_until_delayed(&throttle, "jane", "192.0.2.1");
        guess_until_delayed(&throttle, "joe", "198.51.100.7");
        for number in 0..2 * MOST {
            assert!(!is_delayed(&throttle, &format!("nobody-{number}"), "192.0.2.1"), "{number}");
        }
        assert!(throttle.all.lock().unwrap().pairs <= MOST_OF_A_NETWORK);
        assert!(is_delayed(&throttle, "jane", "192.0.2.1"), "he has not bought new attempts");
        assert!(is_delayed(&throttle, "joe", "198.51.100.7"), "what was counted elsewhere is kept");
        assert!(!is_delayed(&throttle, "jane", "192.0.2.2"), "the owner comes in");
    }

    #[test]
    fn guessers_who_fill_the_table_from_many_addresses_lock_nobody_out() {
        let throttle = Throttle::default();
        guess_until_delayed(&throttle, "jane", "192.0.2.1");
        for number in 0..MOST as u128 + 1000 {
            let stranger = IpAddr::from(((0x2001_0db8_u128 << 96) + (number << 64)).to_be_bytes());
            assert_eq!(throttle.attempt("jane", Some(stranger), NOW), Ok(()));
        }
        let table = throttle.all.lock().unwrap();
        let counted: usize = table.networks.values().map(HashMap::len).sum();
        assert!(table.pairs == counted && counted <= MOST && table.networks.len() <= MOST);
        drop(table);
        assert!(is_delayed(&throttle, "jane", "192.0.2.1"));
        assert!(!is_delayed(&throttle, "jane", "192.0.2.2"));
    }

    #[test]
    fn guesser_with_a_whole_network_of_version_6_is_one_guesser() {
        let throttle = Throttle::default();
        for last in 1..=FREE {
            assert!(!is_delayed(&throttle, "jane", &format!("2001:db8::{last}")));
        }
        assert!(is_delayed(&throttle, "jane", "2001:db8::ffff:ffff:ffff:ffff"));
        assert!(!is_delayed(&throttle, "jane", "2001:db8:0:1::1"), "another network");
    }

    #[test]
    fn address_of_version_4_is_the_same_when_written_as_version_6() {
        let throttle = Throttle::default();
        guess_until_delayed(&throttle, "jane", "192.0.2.1");
        assert!(is_delayed(&throttle, "jane", "::ffff:192.0.2.1"));
        assert!(!is_delayed(&throttle, "jane", "::ffff:192.0.2.2"));
    }

    #[test]
    fn the_first_delay_is_told_once_however_many_guess_at_once() {
        let throttle = Throttle::default();
        let told = |number| (0..number).filter(|_| throttle.failed("jane", address("192.0.2.1"))).count();
        assert_eq!(told(5), 0, "nobody has guessed");
        (1..FREE).for_each(|_| throttle.attempt("jane", address("192.0.2.1"), NOW).unwrap());
        assert_eq!(told(5), 0);
        assert_eq!(throttle.attempt("jane", address("192.0.2.1"), NOW), Ok(()));
        assert_eq!(told(5), 1, "those in parallel fail after it");
        assert!(is_delayed(&throttle, "jane", "192.0.2.1"));
        assert!(!throttle.failed("jane", address("192.0.2.2")));
        let later = NOW.plus(LONGEST + FORGET);
        (0..FREE).for_each(|_| throttle.attempt("jane", address("192.0.2.1"), later).unwrap());
        assert_eq!(told(5), 1, "what was forgotten begins anew");
    }

    #[test]
    fn success_leaves_nothing_behind() {
        let throttle = Throttle::default();
        guess_until_delayed(&throttle, "jane", "192.0.2.1");
        throttle.succeeded("jane", address("192.0.2.1"));
        throttle.succeeded("jane", address("192.0.2.1"));
        let table = throttle.all.lock().unwrap();
        assert!(table.pairs == 0 && table.networks.is_empty());
    }
}
