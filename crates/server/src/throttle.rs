//! A growing delay after wrong passwords, by account **and** address: a stranger locks nobody out.

use std::{
    collections::HashMap,
    net::IpAddr,
    sync::{Mutex, PoisonError},
};

use countersign_core::Timestamp;

/// Counts wrong passwords in this process.
#[derive(Debug, Default)]
pub(crate) struct Throttle(Mutex<HashMap<(String, Option<IpAddr>), Failures>>);

#[derive(Clone, Copy, Debug)]
struct Failures {
    count: u32,
    until: Timestamp,
    last: Timestamp,
}

impl Throttle {
    /// Takes an attempt in advance, so that guesses in parallel count each; or tells how many seconds to wait.
    pub(crate) fn attempt(&self, account: &str, address: Option<IpAddr>, now: Timestamp) -> Result<(), u64> {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if all.len() >= MOST {
            all.retain(|_, failures| failures.last.plus(FORGET) > now);
        }
        if all.len() >= MOST {
            return Err(FORGET / 60);
        }
        let failures =
            all.entry((account.into(), address)).or_insert(Failures { count: 0, until: now, last: now });
        if failures.last.plus(FORGET) <= now {
            failures.count = 0;
        }
        if failures.until > now {
            return Err(failures.until.seconds() - now.seconds());
        }
        failures.count += 1;
        failures.last = now;
        let doublings = failures.count.saturating_sub(FREE).min(16);
        let delay = if failures.count < FREE { 0 } else { (1_u64 << doublings).min(LONGEST) };
        failures.until = now.plus(delay);
        Ok(())
    }

    /// The password was right: forgets what was counted.
    pub(crate) fn succeeded(&self, account: &str, address: Option<IpAddr>) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).remove(&(account.to_owned(), address));
    }
}

/// Attempts without a delay.
const FREE: u32 = 3;
/// The longest delay in seconds.
const LONGEST: u64 = 900;
/// Seconds after which wrong passwords are forgotten.
const FORGET: u64 = 3600;
/// The most pairs that are kept.
const MOST: usize = 100_000;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_delay_grows_and_locks_out_nobody_else() {
        let (throttle, mut now) = (Throttle::default(), Timestamp::from_seconds(1000));
        let (stranger, owner) = ("192.0.2.1".parse().ok(), "192.0.2.2".parse().ok());
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
}
