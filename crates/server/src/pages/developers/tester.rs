//! Whether a callback would be accepted, and why.

use super::{Refused, address, reason, sent::Own};
use crate::{
    app::App,
    callback::{LetsIn, verdict},
    pages::{
        PageQuery,
        signed_in::{self, SignedIn},
    },
    words::{Text, text},
};
use axum::{extract::State, http::StatusCode, response::Response};
use serde::Deserialize;
use serde_json::json;

#[derive(Debug, Deserialize)]
pub(super) struct Typed {
    #[serde(default)]
    url: String,
}

pub(super) async fn show(
    State(app): State<App>,
    // First: whoever has to sign in comes back with the query.
    _: SignedIn,
    Own { session, application }: Own,
    PageQuery(typed): PageQuery<Typed>,
) -> Result<Response, Refused> {
    let client = &application.client;
    let answer = (!typed.url.is_empty()).then(|| verdict(client, &typed.url));
    let values = json!({
        "name": client.name,
        "link": address(&client.id, ""),
        "url": typed.url,
        "accepted": answer.as_ref().and_then(|answer| answer.as_ref().ok()).map(accepted),
        "refused": answer.as_ref().and_then(|answer| answer.as_ref().err()).copied().map(reason::in_words),
    });
    Ok(signed_in::page(&app, &session, StatusCode::OK, "developers/callback.html", values))
}

fn accepted(lets_in: &LetsIn<'_>) -> Text {
    match lets_in {
        LetsIn::OutOfBand => text("callback-is-oob"),
        LetsIn::Same(url) => text("callback-is-same").word("url", url),
        LetsIn::Below(url) => text("callback-is-below").word("url", url),
        LetsIn::Registered => text("callback-is-registered"),
    }
}
