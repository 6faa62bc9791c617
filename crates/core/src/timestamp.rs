//! Timestamps, nonces and the window in which they count ([RFC 5849 §3.3]).
//!
//! [RFC 5849 §3.3]: https://www.rfc-editor.org/rfc/rfc5849#section-3.3

use crate::{credentials::has_control, error::Reason};

/// Whole seconds since 1970-01-01 00:00 UTC.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Timestamp(u64);

impl Timestamp {
    /// From whole seconds.
    #[must_use]
    pub const fn from_seconds(seconds: u64) -> Self {
        Self(seconds)
    }

    /// Reads `oauth_timestamp`: digits alone, no sign, no space, no leading zero; a number past 64 bits is the
    /// largest one, and so outside every window.
    ///
    /// # Errors
    ///
    /// [`Reason::Digits`] or [`Reason::Empty`].
    pub fn parse(text: &str) -> Result<Self, Reason> {
        match text.as_bytes() {
            [] => Err(Reason::Empty),
            [b'0', _, ..] => Err(Reason::Digits),
            digits if digits.iter().all(u8::is_ascii_digit) => Ok(Self(text.parse().unwrap_or(u64::MAX))),
            _ => Err(Reason::Digits),
        }
    }

    /// Whole seconds.
    #[must_use]
    pub const fn seconds(self) -> u64 {
        self.0
    }

    /// Later by `seconds`, at most the largest timestamp.
    #[must_use]
    pub const fn plus(self, seconds: u64) -> Self {
        Self(self.0.saturating_add(seconds))
    }

    /// Earlier by `seconds`, at least zero.
    #[must_use]
    pub const fn minus(self, seconds: u64) -> Self {
        Self(self.0.saturating_sub(seconds))
    }
}

/// How far a timestamp may be from the server's clock, to both sides, in seconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Window(u32);

impl Window {
    /// A window of `seconds` to both sides.
    #[must_use]
    pub const fn seconds(seconds: u32) -> Self {
        Self(seconds)
    }

    /// The first and the last timestamp that are accepted at `now`.
    #[must_use]
    pub fn bounds(self, now: Timestamp) -> (Timestamp, Timestamp) {
        (now.minus(self.0.into()), now.plus(self.0.into()))
    }

    /// Whether `stamp` is accepted at `now`.
    #[must_use]
    pub fn contains(self, now: Timestamp, stamp: Timestamp) -> bool {
        let (first, last) = self.bounds(now);
        first <= stamp && stamp <= last
    }

    /// Until when a nonce with this timestamp is remembered: 60 seconds after it can no longer be accepted.
    #[must_use]
    pub const fn remembered_until(self, stamp: Timestamp) -> Timestamp {
        stamp.plus(self.0 as u64 + 60)
    }
}

impl Default for Window {
    /// 300 seconds.
    fn default() -> Self {
        Self(300)
    }
}

/// A nonce: 1 to 255 bytes of UTF-8 without control characters, compared byte by byte.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Nonce<'a>(&'a str);

impl<'a> Nonce<'a> {
    /// Takes the decoded value of `oauth_nonce`.
    ///
    /// # Errors
    ///
    /// [`Reason::Empty`], [`Reason::TooLong`] or [`Reason::Control`].
    pub fn new(text: &'a str) -> Result<Self, Reason> {
        if text.is_empty() {
            Err(Reason::Empty)
        } else if text.len() > 255 {
            Err(Reason::TooLong)
        } else if has_control(text) {
            Err(Reason::Control)
        } else {
            Ok(Self(text))
        }
    }

    /// The decoded text.
    #[must_use]
    pub const fn as_str(self) -> &'a str {
        self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_timestamp_is_digits_alone() {
        for bad in ["", "+1", "-1", " 1", "1 ", "01", "1.0", "1e3", "٣", "0x1"] {
            assert!(Timestamp::parse(bad).is_err(), "{bad:?}");
        }
        assert_eq!(Timestamp::parse("0"), Ok(Timestamp(0)));
        assert_eq!(Timestamp::parse("137131201"), Ok(Timestamp(137_131_201)));
        assert_eq!(Timestamp::parse("99999999999999999999999999"), Ok(Timestamp(u64::MAX)));
    }

    #[test]
    fn the_window_is_closed_on_both_sides_and_cannot_overflow() {
        let (window, now) = (Window::default(), Timestamp(1000));
        assert!(window.contains(now, Timestamp(700)) && window.contains(now, Timestamp(1300)));
        assert!(!window.contains(now, Timestamp(699)) && !window.contains(now, Timestamp(1301)));
        assert!(!window.contains(now, Timestamp(u64::MAX)));
        assert_eq!(window.remembered_until(Timestamp(u64::MAX)), Timestamp(u64::MAX));
    }

    #[test]
    fn a_nonce_may_hold_spaces_and_any_letter() {
        assert!(Nonce::new("a b é").is_ok());
        assert_eq!(Nonce::new("a\nb"), Err(Reason::Control));
        assert_eq!(Nonce::new("a\u{85}b"), Err(Reason::Control));
    }
}
