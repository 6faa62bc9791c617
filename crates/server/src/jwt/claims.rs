//! What a token says of a request ([RFC 7519 §4.1](https://www.rfc-editor.org/rfc/rfc7519#section-4.1)).

use countersign_core::Timestamp;
use countersign_provider::{System, VerifiedRequest, token};
use serde::Serialize;

/// Identifiers and scopes; `client_id` and `scope` as in [RFC 9068 §2.2](https://www.rfc-editor.org/rfc/rfc9068#section-2.2).
#[derive(Serialize)]
pub(super) struct Claims<'a> {
    iss: &'a str,
    /// The resource owner, or the client where it called alone.
    sub: &'a str,
    aud: &'a str,
    iat: u64,
    exp: u64,
    jti: String,
    client_id: &'a str,
    scope: String,
    /// There where, and only where, `sub` is a resource owner.
    #[serde(skip_serializing_if = "Option::is_none")]
    token_id: Option<&'a str>,
    signature_method: &'a str,
}

impl<'a> Claims<'a> {
    pub(super) fn of(
        verified: &'a VerifiedRequest,
        issuer: &'a str,
        audience: &'a str,
        now: Timestamp,
        life: u64,
    ) -> Self {
        let client_id = verified.client().id.as_str();
        Self {
            iss: issuer,
            sub: verified.resource_owner().map_or(client_id, |owner| owner.as_str()),
            aud: audience,
            iat: now.seconds(),
            exp: now.plus(life).seconds(),
            jti: token(&System, JTI),
            client_id,
            scope: verified.scopes().join(" "),
            token_id: verified.token().map(|token| token.id.as_str()),
            signature_method: verified.signature_method(),
        }
    }
}

/// Characters of a token's own identifier: 131 bits.
pub(super) const JTI: usize = 22;
