//! Whether a callback would be accepted, and why: the provider's own rule is asked.

use super::{Refused, address, reason, sent::Own};
use crate::{
    app::App,
    pages::PageQuery,
    words::{Text, text},
};
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
fn verdict(client: &ClientRecord, url: &str) -> Result<Text, Text> {
    if callback::check(client, url).map_err(reason::in_words)? == Callback::OutOfBand {
        return Ok(text("callback-is-oob"));
    }
    let lets_in = |callbacks: &[String], prefixes: &[String]| {
        let (callbacks, callback_prefixes) = (callbacks.to_vec(), prefixes.to_vec());
        callback::check(&ClientRecord { callbacks, callback_prefixes, ..client.clone() }, url).is_ok()
    };
    let named = client.callbacks.iter().find(|one| lets_in(std::slice::from_ref(*one), &[]));
    let below = client.callback_prefixes.iter().find(|one| lets_in(&[], std::slice::from_ref(*one)));
    Ok(match (named, below) {
        (Some(named), _) => text("callback-is-same").word("url", named),
        (None, Some(below)) => text("callback-is-below").word("url", below),
        (None, None) => text("callback-is-registered"),
    })
}
