//! What is shown where no callback can be told: the code, or that access was refused.

use crate::{app::App, session::Session};
use axum::{extract::State, http::StatusCode, response::Response};
use serde_json::json;

/// The code, once.
pub(crate) fn show(app: &App, session: Option<&Session>, client: &str, code: &str, seconds: u64) -> Response {
    let values = json!({
        "verifier": code,
        "client_name": client,
        "expires_seconds": seconds.max(1),
        "account": session.map(|session| &session.account),
        "csrf": session.map(|session| session.csrf.expose()),
        "admin": session.is_some_and(|session| session.admin),
    });
    app.pages.show_with_script("verifier.html", values)
}

/// That access was refused.
pub(crate) async fn denied(State(app): State<App>) -> Response {
    app.pages.show(StatusCode::OK, "denied.html", json!({}), None)
}
