//! What the server itself protects, and what tells that it lives.

use crate::app::App;
use axum::{
    Json,
    body::Bytes,
    extract::{OriginalUri, Request, State},
    http::{HeaderMap, Method, header},
    middleware::Next,
    response::Response,
};
use countersign_axum::AuthorizedClient;
use countersign_core::is_form;
use countersign_provider::Problem;
use serde_json::{Value, json};

/// Who called.
pub(crate) async fn whoami(caller: AuthorizedClient) -> Json<Value> {
    Json(caller_as_json(&caller))
}

/// Whatever was sent, as the protector saw it: for those who write clients.
pub(crate) async fn echo(
    caller: AuthorizedClient,
    method: Method,
    OriginalUri(uri): OriginalUri,
    headers: HeaderMap,
    body: Bytes,
) -> Json<Value> {
    let content_type =
        headers.get(header::CONTENT_TYPE).map(|value| String::from_utf8_lossy(value.as_bytes()));
    let form = content_type.as_deref().is_some_and(is_form);
    let uri_shown = match uri.to_string().split_once('?') {
        Some((path, query)) => [path, "?", &unsigned(query)].concat(),
        None => uri.to_string(),
    };
    let query = pairs("query", uri.query().unwrap_or_default().as_bytes());
    let posted = if form { pairs("body", &body) } else { Vec::new() };
    let mut answer = caller_as_json(&caller);
    answer["method"] = method.as_str().into();
    answer["uri"] = uri_shown.into();
    answer["content_type"] = content_type.into();
    answer["parameters"] = query.into_iter().chain(posted).collect();
    let body = String::from_utf8_lossy(&body);
    answer["body"] = if form { unsigned(&body).into() } else { body.into() };
    Json(answer)
}

fn caller_as_json(caller: &AuthorizedClient) -> Value {
    json!({
        "client": caller.client().id.as_str(),
        "client_name": caller.client().name,
        "resource_owner": caller.resource_owner().map(countersign_store::ResourceOwner::as_str),
        "scopes": caller.scopes(),
        "signature_method": caller.signature_method(),
    })
}

/// Decoded pairs without the signature, which under PLAINTEXT is the secrets.
fn pairs(source: &str, text: &[u8]) -> Vec<Value> {
    let pairs = text.split(|byte| *byte == b'&').filter(|pair| !pair.is_empty()).map(decoded);
    let shown = pairs.filter(|(name, _)| name != SIGNATURE);
    shown.map(|(name, value)| json!({ "source": source, "name": name, "value": value })).collect()
}

/// The same text, but for the signature's value.
fn unsigned(text: &str) -> String {
    let shown = |pair| {
        let (name, value) = decoded(str::as_bytes(pair));
        if name == SIGNATURE && !value.is_empty() { "oauth_signature=REMOVED" } else { pair }
    };
    text.split('&').map(shown).collect::<Vec<_>>().join("&")
}

fn decoded(pair: &[u8]) -> (String, String) {
    let decode = |raw: &[u8]| {
        let spaced: Vec<u8> = raw.iter().map(|byte| if *byte == b'+' { b' ' } else { *byte }).collect();
        let bytes = countersign_core::percent::decode(&spaced).map(std::borrow::Cow::into_owned);
        String::from_utf8_lossy(&bytes.unwrap_or_default()).into_owned()
    };
    let at = pair.iter().position(|byte| *byte == b'=').unwrap_or(pair.len());
    (decode(&pair[..at]), decode(pair.get(at + 1..).unwrap_or_default()))
}

/// Refuses a body that is too large by its own word, before its nonce is claimed.
pub(crate) async fn small_enough(
    State((app, most)): State<(App, usize)>,
    request: Request,
    next: Next,
) -> Response {
    if hyper::body::Body::size_hint(request.body()).lower() > most as u64 {
        return countersign_axum::refusal(&app.provider, &Problem::BodyTooLarge(most).into());
    }
    next.run(request).await
}

const SIGNATURE: &str = "oauth_signature";

/// The process answers.
pub(crate) async fn alive() -> &'static str {
    "ok\n"
}
