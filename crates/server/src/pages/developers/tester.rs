//! Whether a callback would be accepted, and why: the provider's own rule is asked.

use super::{Refused, address, sent::Own};
use crate::{app::App, pages::PageQuery};
use axum::{extract::State, http::StatusCode, response::Response};
use countersign_provider::callback;
use countersign_store::{Callback, ClientRecord};
use serde::Deserialize;
use serde_json::json;

#[derive(Debug, Deserialize)]
pub(super) struct Typed {
    #[serde(default)]
    url: String,
}

pub(super) async fn show(
    State(app): State<App>,
    Own { session, application }: Own,
    PageQuery(typed): PageQuery<Typed>,
) -> Result<Response, Refused> {
    let client = &application.client;
    let answer = (!typed.url.is_empty()).then(|| verdict(client, &typed.url));
    let values = json!({
        "name": client.name,
        "link": address(&client.id, ""),
        "url": typed.url,
        "accepted": answer.as_ref().and_then(|answer| answer.as_ref().ok()),
        "refused": answer.as_ref().and_then(|answer| answer.as_ref().err()),
        "account": session.account,
        "csrf": session.csrf.expose(),
    });
    Ok(app.pages.show(StatusCode::OK, "developers/callback.html", values, None))
}

/// Why it is accepted, or why it is refused; each registered callback is tried alone to find the one that lets it in.
pub(crate) fn verdict(client: &ClientRecord, url: &str) -> Result<String, &'static str> {
    if callback::check(client, url)? == Callback::OutOfBand {
        return Ok("this application may show a code to type in".into());
    }
    let lets_in = |callbacks: &[String], prefixes: &[String]| {
        let (callbacks, callback_prefixes) = (callbacks.to_vec(), prefixes.to_vec());
        callback::check(&ClientRecord { callbacks, callback_prefixes, ..client.clone() }, url).is_ok()
    };
    let named = client.callbacks.iter().find(|one| lets_in(std::slice::from_ref(*one), &[]));
    let below = client.callback_prefixes.iter().find(|one| lets_in(&[], std::slice::from_ref(*one)));
    Ok(match (named, below) {
        (Some(named), _) => format!("it is the same as the callback {named}, whatever its query"),
        (None, Some(below)) => format!("it lies below {below}"),
        (None, None) => "it is registered".into(),
    })
}
