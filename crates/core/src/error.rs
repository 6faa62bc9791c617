//! What can be wrong with a request before its signature is looked at; never a value, only a name.

use crate::params::Source;
use alloc::vec::Vec;

/// A request that is not well-formed: answered with 400, or 401 where it carries no credentials at all
/// ([RFC 5849 §3.2]).
///
/// [RFC 5849 §3.2]: https://www.rfc-editor.org/rfc/rfc5849#section-3.2
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ParseError {
    /// An escape in an ordinary or protocol parameter is broken.
    #[error("the {0} holds a `%` that two hexadecimal digits do not follow")]
    BadEscape(Source),
    /// The `Authorization: OAuth` field is not a list of `name="value"`.
    #[error("the `Authorization` header is not a list of name=\"value\" pairs")]
    BadHeader,
    /// The same protocol parameter came twice, from one source or from two.
    #[error("`{0}` is given more than once")]
    Duplicate(&'static str),
    /// Protocol parameters came from more than one of header, form body and query ([RFC 5849 §3.5]).
    ///
    /// [RFC 5849 §3.5]: https://www.rfc-editor.org/rfc/rfc5849#section-3.5
    #[error("protocol parameters come from the {0} and from the {1}: send them in one place")]
    ManySources(Source, Source),
    /// More than one `Authorization` field.
    #[error("more than one `Authorization` header")]
    ManyAuthorizations,
    /// The signature method is not one of those accepted.
    #[error("the signature method is not accepted here")]
    MethodRejected,
    /// Required protocol parameters are missing.
    #[error("required protocol parameters are missing")]
    Missing(Vec<&'static str>),
    /// No credentials anywhere.
    #[error("the request carries no OAuth credentials")]
    NoCredentials,
    /// A protocol parameter's value is not acceptable: not UTF-8, a control character, empty, too long, not digits.
    #[error("the value of `{0}` is not acceptable: {1}")]
    Rejected(&'static str, Reason),
    /// More parameters than the limit.
    #[error("more than {0} parameters")]
    TooManyParameters(usize),
    /// `oauth_version` is there and is not `1.0`.
    #[error("`oauth_version` must be `1.0` or absent")]
    VersionRejected,
}

/// Why a value is not acceptable.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Reason {
    /// It holds a control character.
    #[error("it holds a control character")]
    Control,
    /// It is not a plain decimal number: digits alone, no sign, no space, no leading zero.
    #[error("it must be digits alone, without a leading zero")]
    Digits,
    /// It is empty.
    #[error("it is empty")]
    Empty,
    /// It is longer than 255 bytes.
    #[error("it is longer than 255 bytes")]
    TooLong,
    /// Its bytes are not UTF-8.
    #[error("it is not UTF-8")]
    Utf8,
}

/// An identifier that no store could hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum BadId {
    /// It holds a control character.
    #[error("an identifier holds no control characters")]
    Control,
    /// It is empty.
    #[error("an identifier is not empty")]
    Empty,
    /// It is longer than 255 bytes.
    #[error("an identifier has 255 bytes at most")]
    TooLong,
}

impl From<BadId> for Reason {
    fn from(bad: BadId) -> Self {
        match bad {
            BadId::Control => Self::Control,
            BadId::Empty => Self::Empty,
            BadId::TooLong => Self::TooLong,
        }
    }
}

/// The signature does not hold. It says nothing more, deliberately: a reason would be an oracle.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the signature does not hold")]
pub struct BadSignature;

/// A key that cannot be used with a method.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum BadKey {
    /// It is not a key of the kind that the method needs.
    #[error("not a key that this signature method can use")]
    Kind,
    /// It could not be read.
    #[error("not a PEM or DER public key (SPKI or PKCS#1)")]
    Malformed,
    /// Its modulus is shorter than the minimum.
    #[error("the key has {bits} bits, fewer than the minimum of {minimum}")]
    TooSmall {
        /// What it has.
        bits: usize,
        /// What it should have.
        minimum: usize,
    },
}
