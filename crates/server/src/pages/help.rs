//! One stable page for each problem code: what it means, what causes it, what to do.

use crate::app::App;
use axum::{
    extract::{Path, State, rejection::PathRejection},
    http::StatusCode,
    response::Response,
};
use serde_json::json;

pub(crate) async fn show(State(app): State<App>, code: Result<Path<String>, PathRejection>) -> Response {
    let Ok(Path(code)) = code else {
        return super::error::page_error(&app, StatusCode::BAD_REQUEST, "The address is not complete.");
    };
    let Some(topic) = TOPICS.iter().find(|topic| topic.code == code) else {
        return super::error::not_found(&app);
    };
    let values = json!({
        "code": topic.code,
        "status": topic.status,
        "title": topic.code.replace('_', " "),
        "meaning": topic.meaning,
        "causes": topic.causes,
        "remedy": topic.remedy,
    });
    app.pages.show(StatusCode::OK, "help.html", values, None)
}

struct Topic {
    code: &'static str,
    status: u16,
    meaning: &'static str,
    causes: &'static [&'static str],
    remedy: &'static [&'static str],
}

macro_rules! topics {
    ($($code:literal $status:literal $meaning:literal causes [$($cause:literal),+] remedy [$($remedy:literal),+])+) => {
        &[$(Topic { code: $code, status: $status, meaning: $meaning, causes: &[$($cause),+], remedy: &[$($remedy),+] }),+]
    };
}

const TOPICS: &[Topic] = topics! {
    "parameter_absent" 400 "A protocol parameter is missing; with status 401, all of them are."
        causes ["The client did not sign the request", "A proxy removed the Authorization header", "A form body did not reach the server"]
        remedy ["Add what oauth_parameters_absent names", "Let the proxy pass the Authorization header on"]
    "parameter_rejected" 400 "A parameter is malformed, came twice, or came from two places."
        causes ["The same oauth_ parameter in the header and in the query", "A broken percent-escape", "A timestamp that is not digits alone", "Not exactly one Host header, or forwarded headers that contradict each other"]
        remedy ["Send all protocol parameters in one place, each once", "Percent-encode every value once"]
    "version_rejected" 400 "oauth_version is there and is not 1.0."
        causes ["The client sends 1.0a or 1.0A, which is the protocol's name and no version", "The client speaks another protocol"]
        remedy ["Send 1.0, or leave the parameter out"]
    "signature_method_rejected" 400 "The signature method is not accepted, or does not fit the client's key."
        causes ["PLAINTEXT without TLS or without permission", "RSA for a client that has a secret, HMAC for a client that has a public key", "The client was narrowed to other methods"]
        remedy ["Use one of the methods that the answer names"]
    "insecure_transport" 400 "The request came over http."
        causes ["The URL begins with http://", "A proxy terminates TLS and does not say so, or is not trusted"]
        remedy ["Use https", "Let the operator set trusted_proxies, or tls_terminated_upstream"]
    "callback_rejected" 400 "The callback is not one that the client may name."
        causes ["It is not registered: scheme, host, port and path must be the same", "oob is not allowed for this client"]
        remedy ["Register the callback, letter by letter as it is sent"]
    "body_required" 400 "A body is signed, but it did not reach the server whole."
        causes ["The connection broke off", "A proxy asks for authorization without passing the body on"]
        remedy ["Send it again", "Let the proxy pass the body on, or put the server itself in front of the path"]
    "consumer_key_unknown" 401 "No client has this oauth_consumer_key."
        causes ["A typing error", "The client was removed", "The key belongs to another server"]
        remedy ["Compare the key with the one that was issued"]
    "consumer_key_refused" 401 "The client is suspended or waits for approval."
        causes ["An operator decided so"]
        remedy ["Ask the operator"]
    "token_rejected" 401 "The oauth_token cannot be used by this client."
        causes ["It is unknown", "It belongs to another client", "Temporary credentials were redeemed before", "The resource owner's account is disabled"]
        remedy ["Begin again with temporary credentials"]
    "token_expired" 401 "The oauth_token is too old."
        causes ["Temporary credentials were not redeemed in time", "Tokens of this server end after a while"]
        remedy ["Begin again with temporary credentials"]
    "token_revoked" 401 "The token was revoked."
        causes ["Its resource owner or an operator revoked it"]
        remedy ["Ask the resource owner again"]
    "signature_invalid" 401 "The signature does not hold over what the server received."
        causes ["A wrong client secret or token secret", "A proxy changed scheme, host, port or path", "A parameter was added, dropped or re-encoded on the way", "The form body was not signed, or was sent with another media type", "Encoding: a space must be %20 in the base string, and every byte of UTF-8 is encoded"]
        remedy ["Compare method, URI and parameter names of the answer with what the client signed", "Then compare both secrets", "Percent-encode each secret before joining them with &"]
    "timestamp_refused" 401 "oauth_timestamp is too far from the server's clock."
        causes ["The client's clock is wrong", "The timestamp is in milliseconds or in local time", "The request waited in a queue"]
        remedy ["Set the clock by NTP; send seconds since 1970 UTC"]
    "nonce_used" 401 "This combination of nonce, timestamp, client and token was accepted before."
        causes ["The request was sent twice, by the client or by something between", "The client's nonces repeat"]
        remedy ["Make a new random nonce for every request, retries included"]
    "permission_unknown" 401 "The resource owner has not answered yet."
        causes ["The client redeemed before the owner had granted"]
        remedy ["Wait for the callback, or for the code"]
    "user_refused" 401 "The resource owner refused."
        causes ["They chose Deny"]
        remedy ["Ask again only if they wish so"]
    "verifier_invalid" 401 "oauth_verifier is not the one that was given out."
        causes ["A typing error", "A verifier of another request"]
        remedy ["Send the verifier of this request; after five wrong ones begin again"]
    "permission_denied" 403 "Client and token are genuine, but may not do this."
        causes ["The token lacks the scope", "The client may not call without a token"]
        remedy ["Ask the resource owner for the scope"]
    "method_not_allowed" 405 "The endpoint takes another HTTP method."
        causes ["GET where POST is needed"]
        remedy ["Use what the Allow header names"]
    "body_too_large" 413 "The form body is larger than the limit."
        causes ["A file was sent as a form field"]
        remedy ["Send large content with another media type: it is not signed then"]
    "rate_limited" 429 "Too many requests."
        causes ["The client sends more than the operator allows"]
        remedy ["Wait as long as Retry-After says"]
    "store_unavailable" 503 "The server cannot reach what it remembers."
        causes ["A database or its disk does not answer"]
        remedy ["Try again in a moment, with a new nonce"]
};
