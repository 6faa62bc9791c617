//! Who called, as header fields for an upstream that speaks no OAuth.

use crate::jwt::{CannotSign, Signer};
use axum::http::{HeaderName, HeaderValue};
use countersign_provider::{Clock, System, VerifiedRequest};
use std::{borrow::Cow, sync::Arc};

/// What an upstream is told of a caller, and whether that is signed.
#[derive(Clone)]
pub(crate) struct Identity {
    signer: Option<Arc<Signer>>,
    /// Whose the signed token is.
    audience: Arc<str>,
}

/// The fields that name the caller.
pub(crate) const NAMES: [HeaderName; 5] = [CLIENT, OWNER, TOKEN_ID, SCOPES, IDENTITY];

/// The same with what they say, always in this order; nothing for what a 2-legged request has not.
pub(crate) type Who = [(HeaderName, Option<HeaderValue>); 5];

impl Identity {
    pub(super) fn new(signer: Option<Arc<Signer>>, audience: &str) -> Self {
        Self { signer, audience: audience.into() }
    }

    /// Who called.
    ///
    /// # Errors
    ///
    /// [`CannotSign`], for which a request is refused: an upstream that asks for a signature must not go without.
    pub(crate) fn who(&self, verified: &VerifiedRequest) -> Result<Who, CannotSign> {
        let scopes: Vec<_> = verified.scopes().iter().map(|scope| encoded(scope)).collect();
        let token = verified.token();
        let signed = self.signer.as_ref().map(|signer| signer.sign(verified, &self.audience, System.now()));
        Ok([
            (CLIENT, value(&encoded(verified.client().id.as_str()))),
            (OWNER, token.and_then(|token| value(&encoded(token.owner.as_str())))),
            (TOKEN_ID, token.and_then(|token| value(&encoded(token.id.as_str())))),
            (SCOPES, token.and_then(|_| value(&scopes.join(" ")))),
            (IDENTITY, signed.transpose()?.and_then(|signed| value(&signed))),
        ])
    }
}

/// From where a request came, and under which origin it was signed.
pub(crate) fn whence(verified: &VerifiedRequest) -> impl Iterator<Item = (HeaderName, HeaderValue)> + use<> {
    let origin = verified.origin();
    let address = verified.address().and_then(|address| value(&address.to_canonical().to_string()));
    let fields = [
        (FORWARDED_PROTO, Some(HeaderValue::from_static(origin.scheme().as_str()))),
        (FORWARDED_HOST, value(origin.authority())),
        (FORWARDED_FOR, address),
    ];
    fields.into_iter().filter_map(|(name, value)| Some((name, value?)))
}

/// Whether a field of a client's must not go on: one that only a proxy sets, or one that an upstream could take for another.
pub(crate) fn is_spoofed(name: &str) -> bool {
    // Gateways make `X_OAuth_Client`, `Content_Length` and their likes the same variable as what they resemble.
    let plain = name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-');
    !plain || is_reserved(name)
}

fn is_reserved(name: &str) -> bool {
    RESERVED.iter().any(|known| known.eq_ignore_ascii_case(name)) || is_ours(name)
}

/// Whether a field is one by which this server tells, or a proxy tells it, where a request came from and who called.
pub(crate) fn is_ours(name: &str) -> bool {
    let begins =
        |known: &&str| name.get(..known.len()).is_some_and(|start| start.eq_ignore_ascii_case(known));
    RESERVED_PREFIXES.iter().any(begins)
}

/// Visible ASCII as it is but for `%`; all else escaped, so that any identifier fits and none can be mistaken for another.
fn encoded(text: &str) -> Cow<'_, str> {
    let is_plain = |byte: u8| byte.is_ascii_graphic() && byte != b'%';
    if text.bytes().all(is_plain) {
        return Cow::Borrowed(text);
    }
    let escaped = text.bytes().map(|byte| match byte {
        byte if is_plain(byte) => char::from(byte).to_string(),
        byte => format!("%{byte:02X}"),
    });
    Cow::Owned(escaped.collect())
}

fn value(text: &str) -> Option<HeaderValue> {
    // OK because what is encoded is visible ASCII
    HeaderValue::from_str(text).ok()
}

const CLIENT: HeaderName = HeaderName::from_static("x-oauth-client");
const OWNER: HeaderName = HeaderName::from_static("x-oauth-owner");
const TOKEN_ID: HeaderName = HeaderName::from_static("x-oauth-token-id");
const SCOPES: HeaderName = HeaderName::from_static("x-oauth-scopes");
const IDENTITY: HeaderName = HeaderName::from_static("x-oauth-identity");
const FORWARDED_FOR: HeaderName = HeaderName::from_static("x-forwarded-for");
const FORWARDED_HOST: HeaderName = HeaderName::from_static("x-forwarded-host");
const FORWARDED_PROTO: HeaderName = HeaderName::from_static("x-forwarded-proto");
const RESERVED: [&str; 10] = [
    "cf-connecting-ip",
    "forwarded",
    "front-end-https",
    "proxy",
    "remote-user",
    "true-client-ip",
    "x-client-ip",
    "x-cluster-client-ip",
    "x-real-ip",
    "x-rewrite-url",
];
const RESERVED_PREFIXES: [&str; 3] = ["x-oauth-", "x-forwarded", "x-original-"];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reserved_name_is_known_in_every_spelling() {
        for name in [
            "x-oauth-client",
            "X-OAuth-Owner",
            "x_oauth_token_id",
            "X-OAUTH_SCOPES",
            "x.oauth.anything",
            "x-oauth-identity",
            "X_Forwarded_For",
            "x-forwarded",
            "x-original-uri",
            "Forwarded",
            "X_REAL_IP",
            "Content_Length",
            "transfer.encoding",
            "Proxy",
        ] {
            assert!(is_spoofed(name), "{name}");
        }
        for name in ["authorization", "x-oauth", "x-request-id", "host", "xx-oauth-client", "forwarded-by"] {
            assert!(!is_spoofed(name), "{name}");
        }
    }

    #[test]
    fn an_identifier_cannot_break_out_of_its_field() {
        for (text, expected) in [
            ("jane@example.com", "jane@example.com"),
            ("a b", "a%20b"),
            ("50%", "50%25"),
            ("ü", "%C3%BC"),
            ("a\r\nX-OAuth-Owner: root", "a%0D%0AX-OAuth-Owner:%20root"),
        ] {
            assert_eq!(encoded(text), expected);
        }
    }
}
