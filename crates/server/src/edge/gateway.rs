//! What is answered in an upstream's place, and what is left out between one hop and the next.

use crate::jwt::CannotSign;
use axum::{
    body::Body,
    http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use bytes::Bytes;
use hyper::body::{Body as HttpBody, Frame};
use serde_json::json;
use std::{
    convert::Infallible,
    pin::Pin,
    task::{Context, Poll},
};

/// In the extensions of a response that an upstream made: nothing is added to it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Proxied;

/// Why there is no answer of the upstream's.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Failure {
    /// It cannot be reached, or what it sent is no answer.
    BadGateway,
    /// It was not asked to the end: the client's body broke off.
    BrokeOff,
    /// It did not answer in time.
    TimedOut,
    /// Who called cannot be signed.
    Unsigned,
}

impl From<CannotSign> for Failure {
    fn from(error: CannotSign) -> Self {
        tracing::error!(%error, "an identity cannot be signed");
        Self::Unsigned
    }
}

impl IntoResponse for Failure {
    fn into_response(self) -> Response {
        let (status, detail) = match self {
            Self::BadGateway => {
                (StatusCode::BAD_GATEWAY, "the request was verified, but the upstream cannot be reached")
            }
            Self::BrokeOff => (StatusCode::BAD_REQUEST, "the request's body broke off"),
            Self::TimedOut => (
                StatusCode::GATEWAY_TIMEOUT,
                "the request was verified, but the upstream did not answer in time",
            ),
            Self::Unsigned => (
                StatusCode::SERVICE_UNAVAILABLE,
                "the request was verified, but the upstream cannot be told who called",
            ),
        };
        let title = status.canonical_reason();
        let document =
            json!({ "type": "about:blank", "title": title, "status": status.as_u16(), "detail": detail });
        let fields = [(header::CONTENT_TYPE, "application/problem+json")];
        (status, fields, Body::from(document.to_string())).into_response()
    }
}

/// The body of an answer to HEAD whose length the upstream does not tell: of no length, which is not the same as of length 0.
pub(super) struct Unsized;

impl HttpBody for Unsized {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        Poll::Ready(None)
    }
}

/// Removes what concerns one connection alone ([RFC 9110 §7.6.1](https://www.rfc-editor.org/rfc/rfc9110#section-7.6.1)),
/// and how the body is framed: the next hop frames it anew.
pub(super) fn strip_hop_by_hop(fields: &mut HeaderMap) {
    let named: Vec<HeaderName> = fields
        .get_all(header::CONNECTION)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .filter_map(|name| name.trim().parse().ok())
        .collect();
    // gRPC asks for trailers by it, and they do go through.
    let trailers = fields.get_all(header::TE).iter().any(|value| names(value, "trailers"));
    for name in named.iter().chain(&HOP_BY_HOP) {
        fields.remove(name);
    }
    if trailers {
        fields.insert(header::TE, HeaderValue::from_static("trailers"));
    }
}

/// Whether a list of tokens names one.
pub(super) fn names(value: &HeaderValue, token: &str) -> bool {
    let tokens = value.to_str().unwrap_or_default().split([',', ';']);
    tokens.into_iter().any(|one| one.trim().eq_ignore_ascii_case(token))
}

const HOP_BY_HOP: [HeaderName; 9] = [
    header::CONNECTION,
    HeaderName::from_static("keep-alive"),
    HeaderName::from_static("http2-settings"),
    HeaderName::from_static("proxy-connection"),
    header::PROXY_AUTHENTICATE,
    header::PROXY_AUTHORIZATION,
    header::TE,
    header::TRANSFER_ENCODING,
    header::UPGRADE,
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_concerns_one_connection_stays_on_it() {
        let mut fields = HeaderMap::new();
        for (name, value) in [
            ("connection", "close, X-Private"),
            ("x-private", "1"),
            ("keep-alive", "timeout=5"),
            ("te", "trailers, deflate"),
            ("transfer-encoding", "chunked"),
            ("upgrade", "h2c"),
            ("proxy-authorization", "Basic eDp5"),
            ("accept", "*/*"),
        ] {
            fields.append(HeaderName::from_static(name), HeaderValue::from_static(value));
        }
        strip_hop_by_hop(&mut fields);
        let left: Vec<_> = fields.iter().map(|(name, value)| (name.as_str(), value.as_bytes())).collect();
        assert_eq!(left, [("accept", &b"*/*"[..]), ("te", b"trailers")]);
    }
}
