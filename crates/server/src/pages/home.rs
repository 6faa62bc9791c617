//! What this server is, for whoever has just started it.

use crate::{
    app::App,
    words::{Text, text},
};
use axum::{
    extract::State,
    http::{HeaderMap, StatusCode},
    response::Response,
};
use serde_json::json;

pub(crate) async fn show(State(app): State<App>, headers: HeaderMap) -> Response {
    let session = match app.session(&headers).await {
        Ok(session) => session,
        Err(error) => return super::error::store(&app, &error),
    };
    let url = app.provider.public_url();
    let endpoints = &app.config.endpoints;
    let named = |name: Text, method: &str, path: &str| json!({ "name": name, "method": method, "url": format!("{url}{path}") });
    let values = json!({
        "public_url": url,
        "endpoints": [
            named(text("home-initiate"), "POST", &endpoints.initiate),
            named(text("home-authorize"), "GET", &endpoints.authorize),
            named(text("home-token"), "POST", &endpoints.token),
            named(text("home-whoami"), "GET", "/api/whoami"),
        ],
        "account": session.as_ref().map(|session| &session.account),
        "csrf": session.as_ref().map(|session| session.csrf.expose()),
        "admin": session.as_ref().is_some_and(|session| session.admin),
    });
    app.pages.show(StatusCode::OK, "home.html", values, None)
}
