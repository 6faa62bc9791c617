//! The identifiers of [RFC 5849 §1.1], each a type of its own, never a bare string.
//!
//! [RFC 5849 §1.1]: https://www.rfc-editor.org/rfc/rfc5849#section-1.1

use crate::error::BadId;
use alloc::boxed::Box;
use core::fmt;

macro_rules! identifier {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub struct $name(Box<str>);

        impl $name {
            /// Takes 1 to 255 bytes of UTF-8 without control characters, compared byte by byte.
            ///
            /// # Errors
            ///
            /// [`BadId`] for an empty, over-long or unprintable text.
            pub fn new(text: &str) -> Result<Self, BadId> {
                check(text).map(|()| Self(Box::from(text)))
            }

            /// The text as it is sent.
            #[must_use]
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl AsRef<str> for $name {
            fn as_ref(&self) -> &str {
                &self.0
            }
        }

        impl core::borrow::Borrow<str> for $name {
            fn borrow(&self) -> &str {
                &self.0
            }
        }

        impl core::str::FromStr for $name {
            type Err = BadId;

            fn from_str(text: &str) -> Result<Self, BadId> {
                Self::new(text)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                shortened(f, stringify!($name), &self.0)
            }
        }
    };
}

identifier! {
    /// Names a client: the identifier of its client credentials.
    #[doc(alias = "consumer key")]
    #[doc(alias = "oauth_consumer_key")]
    ClientId
}

identifier! {
    /// Names a request for access that its resource owner has yet to answer: the identifier of temporary credentials.
    #[doc(alias = "request token")]
    TemporaryId
}

identifier! {
    /// Names what a resource owner granted: the identifier of token credentials. `Debug` shows six characters.
    #[doc(alias = "access token")]
    #[doc(alias = "oauth_token")]
    TokenId
}

impl fmt::Display for ClientId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

fn check(text: &str) -> Result<(), BadId> {
    if text.is_empty() {
        Err(BadId::Empty)
    } else if text.len() > MAX_LENGTH {
        Err(BadId::TooLong)
    } else if has_control(text) {
        Err(BadId::Control)
    } else {
        Ok(())
    }
}

/// Whether `text` holds a control character; printable ASCII, as most text is, is known by its bytes alone.
pub(crate) fn has_control(text: &str) -> bool {
    let printable = text.bytes().fold(true, |all, byte| all & (b' '..=b'~').contains(&byte));
    !printable && text.contains(char::is_control)
}

fn shortened(f: &mut fmt::Formatter<'_>, name: &str, text: &str) -> fmt::Result {
    let end = text.char_indices().nth(6).map_or(text.len(), |(at, _)| at);
    write!(f, "{name}({}…)", &text[..end])
}

/// The longest identifier, in bytes: a store refuses a longer one and never cuts it.
const MAX_LENGTH: usize = 255;

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::format;

    #[test]
    fn debug_shows_six_characters() {
        assert_eq!(format!("{:?}", TokenId::new("äbcdefghij").unwrap()), "TokenId(äbcdef…)");
        assert_eq!(format!("{:?}", ClientId::new("abc").unwrap()), "ClientId(abc…)");
    }

    #[test]
    fn empty_long_and_control_are_refused() {
        assert_eq!(ClientId::new(""), Err(BadId::Empty));
        assert_eq!(ClientId::new("a\u{7f}"), Err(BadId::Control));
        assert_eq!(ClientId::new(&"a".repeat(256)), Err(BadId::TooLong));
        assert!(ClientId::new(&"a".repeat(255)).is_ok());
    }
}
