//! What the server itself protects, and what tells whether it is well.

use crate::app::App;
use axum::{
    Json,
    body::Bytes,
    extract::{OriginalUri, Request, State},
    http::{HeaderMap, Method, StatusCode, header},
    middleware::Next,
    response::{IntoResponse, Response},
};
use countersign_axum::AuthorizedClient;
use countersign_core::{Timestamp, is_form};
use countersign_provider::{Clock, Problem, System};
use countersign_store::StoreError;
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

/// Whether the clocks of this machine and the database may be called the same: nonces are forgotten by both.
fn near(here: Timestamp, there: Timestamp) -> Result<(), StoreError> {
    let apart = here.seconds().abs_diff(there.seconds());
    if apart <= CLOCKS_APART {
        return Ok(());
    }
    Err(StoreError::unavailable(format!(
        "the clocks of this machine and of the database differ by {apart} seconds: set them right"
    )))
}

/// Seconds that two clocks may differ by.
const CLOCKS_APART: u64 = 5;

/// The stores can be read and written, and their clocks are near this machine's.
pub(crate) async fn ready(State(app): State<App>) -> Response {
    let rows = &app.stores.rows;
    let checked = async {
        rows.check().await?;
        rows.check_writable(System.now()).await?;
        if let Some(clock) = rows.clock().await? {
            near(System.now(), clock)?;
        }
        app.stores.cache.check(System.now()).await
    };
    match checked.await {
        Ok(()) => "ready\n".into_response(),
        Err(error) => {
            tracing::error!(%error, cause = std::error::Error::source(&error).map(tracing::field::display), "not ready");
            (StatusCode::SERVICE_UNAVAILABLE, "store unavailable\n").into_response()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn clocks_may_differ_by_five_seconds_to_both_sides() {
        let apart = |here, there| near(Timestamp::from_seconds(here), Timestamp::from_seconds(there));
        assert!(apart(100, 105).is_ok() && apart(105, 100).is_ok());
        for (here, there) in [(100, 106), (106, 100), (0, u64::MAX)] {
            assert!(apart(here, there).unwrap_err().is_retryable());
        }
    }
}
