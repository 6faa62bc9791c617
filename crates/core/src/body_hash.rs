//! The hash of a body that is no form: the OAuth Request Body Hash extension, draft 4.
//!
//! RFC 5849 signs no body but a form. A client of the extension sends the hash of its body as `oauth_body_hash`, an
//! ordinary parameter that is signed like any other; so the signature covers the body after all.

use crate::{error::ParseError, params::Parameter};
use alloc::{borrow::Cow, string::String};
use base64::{Engine, engine::general_purpose::STANDARD};
use sha1::Digest;
use subtle::ConstantTimeEq;

/// The base64 text of a body's hash.
pub(crate) fn encoded<D: Digest>(body: &[u8]) -> String {
    STANDARD.encode(D::digest(body))
}

/// The value that a request states, if it states one.
pub(crate) fn stated<'p>(
    mut parameters: impl Iterator<Item = Parameter<'p>>,
) -> Result<Option<Cow<'p, [u8]>>, ParseError> {
    let mut named = parameters.by_ref().filter(|parameter| parameter.name == NAME);
    match (named.next(), named.next()) {
        (Some(_), Some(_)) => Err(ParseError::Duplicate(NAME)),
        (found, _) => Ok(found.map(|parameter| parameter.decoded_value())),
    }
}

/// Whether what is stated is what the body hashes to, in time that depends on the lengths alone.
pub(crate) fn matches(stated: &[u8], expected: &str) -> bool {
    stated.ct_eq(expected.as_bytes()).into()
}

/// As it stands on the wire.
pub const NAME: &str = "oauth_body_hash";
