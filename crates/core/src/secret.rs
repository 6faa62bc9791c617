//! Text that is never shown, and is wiped when it is dropped.

use alloc::{boxed::Box, string::String};
use core::fmt;
use subtle::ConstantTimeEq;
use zeroize::Zeroizing;

/// The secret half of a pair of credentials, or a private key: wiped on drop, never printed.
///
/// There is no `Display`, no `Serialize` and no `==`; the only ways in are [`expose`](Self::expose) and
/// [`matches`](Self::matches), so that a search finds every use.
///
/// # Examples
///
/// ```
/// use countersign_core::Secret;
///
/// let secret = Secret::from("kd94hf93k423kf44");
/// assert_eq!(format!("{secret:?}"), "Secret(***)");
/// assert!(secret.matches("kd94hf93k423kf44"));
/// ```
#[derive(Clone)]
pub struct Secret(Zeroizing<Box<str>>);

impl Secret {
    /// The plain text.
    ///
    /// # Security
    ///
    /// Whoever calls this answers for where the text goes: never into a log, an error or an answer.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.0
    }

    /// Compares in time that depends on the lengths alone.
    #[must_use]
    pub fn matches(&self, other: &str) -> bool {
        self.0.as_bytes().ct_eq(other.as_bytes()).into()
    }

    /// The empty secret: what stands for a missing token secret ([RFC 5849 §3.4.2]).
    ///
    /// [RFC 5849 §3.4.2]: https://www.rfc-editor.org/rfc/rfc5849#section-3.4.2
    #[must_use]
    pub fn empty() -> Self {
        Self::from("")
    }
}

impl From<&str> for Secret {
    fn from(text: &str) -> Self {
        Self(Zeroizing::new(Box::from(text)))
    }
}

impl From<String> for Secret {
    fn from(text: String) -> Self {
        // OK because `into_boxed_str` may reallocate: the copy is made first, the original is wiped.
        let text = Zeroizing::new(text);
        Self::from(text.as_str())
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(***)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::format;

    #[test]
    fn debug_shows_nothing_not_even_the_length() {
        assert_eq!(
            format!("{:?}", Secret::from("short")),
            format!("{:?}", Secret::from(String::from("longer one")))
        );
    }

    #[test]
    fn a_prefix_does_not_match() {
        let secret = Secret::from("abcdef");
        assert!(
            secret.matches("abcdef")
                && !secret.matches("abcde")
                && !secret.matches("")
                && !secret.matches("abcdeg")
        );
    }
}
