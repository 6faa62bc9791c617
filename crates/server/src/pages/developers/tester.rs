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
use std::fmt;

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
        "accepted": answer.as_ref().and_then(|answer| answer.as_ref().ok()).map(LetsIn::in_words),
        "refused": answer.as_ref().and_then(|answer| answer.as_ref().err()).copied().map(reason::in_words),
        "account": session.account,
        "csrf": session.csrf.expose(),
        "admin": session.admin,
    });
    Ok(app.pages.show(StatusCode::OK, "developers/callback.html", values, None))
}

/// What lets a callback in.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum LetsIn<'a> {
    /// The application may show a code to type in.
    OutOfBand,
    /// A registered callback, whatever the query.
    Same(&'a str),
    /// A registered prefix.
    Below(&'a str),
    /// What is registered, all together.
    Registered,
}

impl LetsIn<'_> {
    fn in_words(&self) -> Text {
        match self {
            Self::OutOfBand => text("callback-is-oob"),
            Self::Same(url) => text("callback-is-same").word("url", url),
            Self::Below(url) => text("callback-is-below").word("url", url),
            Self::Registered => text("callback-is-registered"),
        }
    }
}

/// As programs are told, in English.
impl fmt::Display for LetsIn<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::OutOfBand => f.write_str("this application may show a code to type in"),
            Self::Same(url) => write!(f, "it is the same as the callback {url}, whatever its query"),
            Self::Below(url) => write!(f, "it lies below {url}"),
            Self::Registered => f.write_str("it is registered"),
        }
    }
}

/// Why it is accepted, or why it is refused; each registered callback is tried alone to find the one that lets it in.
pub(crate) fn verdict<'a>(client: &'a ClientRecord, url: &str) -> Result<LetsIn<'a>, &'static str> {
    if callback::check(client, url)? == Callback::OutOfBand {
        return Ok(LetsIn::OutOfBand);
    }
    let lets_in = |callbacks: &[String], prefixes: &[String]| {
        let (callbacks, callback_prefixes) = (callbacks.to_vec(), prefixes.to_vec());
        callback::check(&ClientRecord { callbacks, callback_prefixes, ..client.clone() }, url).is_ok()
    };
    let named = client.callbacks.iter().find(|one| lets_in(std::slice::from_ref(*one), &[]));
    let below = client.callback_prefixes.iter().find(|one| lets_in(&[], std::slice::from_ref(*one)));
    Ok(match (named, below) {
        (Some(named), _) => LetsIn::Same(named),
        (None, Some(below)) => LetsIn::Below(below),
        (None, None) => LetsIn::Registered,
    })
}
