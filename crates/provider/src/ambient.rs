//! Time and chance, passed in: the only place that fetches them from the system.

use countersign_core::Timestamp;
use std::time::{SystemTime, UNIX_EPOCH};

/// Tells the time.
pub trait Clock: Send + Sync {
    /// Now.
    fn now(&self) -> Timestamp;
}

/// Makes unpredictable bytes.
pub trait Random: Send + Sync {
    /// Fills `bytes`.
    fn fill(&self, bytes: &mut [u8]);
}

/// The system's clock and the system's generator: the default.
#[derive(Clone, Copy, Debug, Default)]
pub struct System;

impl Clock for System {
    #[expect(clippy::disallowed_methods, reason = "the one place that reads the system's clock")]
    fn now(&self) -> Timestamp {
        let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        Timestamp::from_seconds(since.as_secs())
    }
}

impl Random for System {
    /// # Panics
    ///
    /// If the system gives no randomness: nothing that follows would be safe.
    #[expect(clippy::disallowed_methods, reason = "the one place that asks the system for randomness")]
    fn fill(&self, bytes: &mut [u8]) {
        // OK because a provider that cannot make secrets must stop
        getrandom::fill(bytes).expect("system randomness");
    }
}

/// What a new identifier, secret or verifier is made of.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Alphabet {
    /// `[A-Za-z0-9]`: clients that forget to percent-encode still work.
    Any,
    /// 32 capitals and digits that nobody confuses, for a code that a person types.
    Typed,
}

/// `length` characters, each as likely as any other.
pub fn token(random: &dyn Random, length: usize) -> String {
    text(random, length, Alphabet::Any)
}

pub(crate) fn text(random: &dyn Random, length: usize, alphabet: Alphabet) -> String {
    let letters: &[u8] = match alphabet {
        Alphabet::Any => b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789",
        Alphabet::Typed => b"ABCDEFGHJKLMNPQRSTUVWXYZ23456789",
    };
    // The largest multiple of the alphabet's size: a byte past it would favour the first letters.
    let even = 256 - 256 % letters.len();
    let mut out = String::with_capacity(length);
    let mut bytes = [0; 64];
    while out.len() < length {
        random.fill(&mut bytes);
        let fair = bytes.iter().map(|byte| usize::from(*byte)).filter(|byte| *byte < even);
        out.extend(fair.map(|byte| char::from(letters[byte % letters.len()])).take(length - out.len()));
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn identifiers_are_letters_and_digits_of_the_length_asked_for() {
        let one = token(&System, 24);
        assert!(one.len() == 24 && one.bytes().all(|byte| byte.is_ascii_alphanumeric()));
        assert_ne!(one, token(&System, 24));
        let code = text(&System, 10, Alphabet::Typed);
        assert!(!code.contains(['0', 'O', '1', 'I']), "{code}");
    }
}
