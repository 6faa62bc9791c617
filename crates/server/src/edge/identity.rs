//! Who called, as header fields for an upstream that speaks no OAuth.

use axum::http::{HeaderName, HeaderValue};
use countersign_provider::VerifiedRequest;

/// The fields, in the order in which they are always set or cleared.
pub(crate) const NAMES: [HeaderName; 4] = [
    HeaderName::from_static("x-oauth-client"),
    HeaderName::from_static("x-oauth-owner"),
    HeaderName::from_static("x-oauth-token-id"),
    HeaderName::from_static("x-oauth-scopes"),
];

/// What they say; nothing for what a 2-legged request has not.
pub(crate) fn values(verified: &VerifiedRequest) -> [Option<HeaderValue>; 4] {
    let scopes: Vec<_> = verified.scopes().iter().map(|scope| encoded(scope)).collect();
    let token = verified.token();
    [
        value(&encoded(verified.client().id.as_str())),
        token.and_then(|token| value(&encoded(token.owner.as_str()))),
        token.and_then(|token| value(&encoded(token.id.as_str()))),
        token.and_then(|_| value(&scopes.join(" "))),
    ]
}

/// Whether an upstream could take a field for one that only a proxy sets, however its name is spelt: gateways make
/// `X_OAuth_Client` and `X-OAuth-Client` the same variable.
pub(crate) fn is_reserved(name: &str) -> bool {
    let plain = |byte: u8| if byte.is_ascii_alphanumeric() { byte.to_ascii_lowercase() } else { b'-' };
    let same = |known: &&str| known.len() == name.len() && known.bytes().eq(name.bytes().map(plain));
    let begins = |known: &&str| {
        name.get(..known.len()).is_some_and(|start| known.bytes().eq(start.bytes().map(plain)))
    };
    RESERVED.iter().any(same) || RESERVED_PREFIXES.iter().any(begins)
}

/// Visible ASCII as it is but for `%`; all else escaped, so that any identifier fits and none can be mistaken for another.
fn encoded(text: &str) -> String {
    text.bytes().fold(String::with_capacity(text.len()), |mut out, byte| {
        if byte.is_ascii_graphic() && byte != b'%' {
            out.push(byte.into());
        } else {
            out.push_str(&format!("%{byte:02X}"));
        }
        out
    })
}

fn value(text: &str) -> Option<HeaderValue> {
    // OK because what is encoded is visible ASCII
    HeaderValue::from_str(text).ok()
}

const RESERVED: [&str; 5] = ["forwarded", "x-real-ip", "x-client-ip", "true-client-ip", "x-rewrite-url"];
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
        ] {
            assert!(is_reserved(name), "{name}");
        }
        for name in
            ["authorization", "x-oauth", "x-request-id", "host", "xx-oauth-client", "forwarded-by", ""]
        {
            assert!(!is_reserved(name), "{name}");
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
