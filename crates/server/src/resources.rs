//! What the server itself protects, and what tells whether it is well.

use crate::app::App;
use axum::{
    Json,
    body::Bytes,
    extract::{OriginalUri, State},
    http::{HeaderMap, Method, StatusCode, header},
    response::{IntoResponse, Response},
};
use countersign_axum::AuthorizedClient;
use countersign_core::is_form;
use countersign_provider::{Clock, System};
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
    let content_type = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok());
    let form = content_type.is_some_and(is_form);
    let query = pairs("query", uri.query().unwrap_or_default().as_bytes());
    let posted = if form { pairs("body", &body) } else { Vec::new() };
    let mut answer = caller_as_json(&caller);
    answer["method"] = method.as_str().into();
    answer["uri"] = uri.to_string().into();
    answer["content_type"] = content_type.into();
    answer["parameters"] = query.into_iter().chain(posted).collect();
    answer["body"] = String::from_utf8_lossy(&body).into();
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

/// Decoded pairs; the signature among them proves nothing any more, but is nobody else's business.
fn pairs(source: &str, text: &[u8]) -> Vec<Value> {
    let decode = |raw: &[u8]| {
        let spaced: Vec<u8> = raw.iter().map(|byte| if *byte == b'+' { b' ' } else { *byte }).collect();
        let bytes = countersign_core::percent::decode(&spaced).map(std::borrow::Cow::into_owned);
        String::from_utf8_lossy(&bytes.unwrap_or_default()).into_owned()
    };
    text.split(|byte| *byte == b'&')
        .filter(|pair| !pair.is_empty() && !pair.starts_with(b"oauth_signature="))
        .map(|pair| {
            let at = pair.iter().position(|byte| *byte == b'=').unwrap_or(pair.len());
            let value = pair.get(at + 1..).unwrap_or_default();
            json!({ "source": source, "name": decode(&pair[..at]), "value": decode(value) })
        })
        .collect()
}

/// The process answers.
pub(crate) async fn alive() -> &'static str {
    "ok\n"
}

/// The store can be read and written.
pub(crate) async fn ready(State(app): State<App>) -> Response {
    let rows = &app.stores.rows;
    let checked = match rows.check().await {
        Ok(()) => rows.check_writable(System.now()).await,
        failed => failed,
    };
    match checked {
        Ok(()) => "ready\n".into_response(),
        Err(error) => {
            tracing::error!(%error, cause = std::error::Error::source(&error).map(tracing::field::display), "not ready");
            (StatusCode::SERVICE_UNAVAILABLE, "store unavailable\n").into_response()
        }
    }
}
