//! What went wrong, and what to do next, for a person.

use crate::app::App;
use axum::{extract::State, http::StatusCode, response::Response};
use countersign_provider::{Problem, Rejection};
use countersign_store::StoreError;
use serde_json::json;

/// A page for a mistake that has no code.
pub(crate) fn page_error(app: &App, status: StatusCode, message: &str) -> Response {
    let advice = "Go back to the application and start again.";
    let values = json!({ "status": status.as_u16(), "title": "This cannot go on", "message": message, "advice": advice });
    app.pages.show(status, "error.html", values, None)
}

/// A page for a request for access that cannot be answered.
pub(crate) fn rejected(app: &App, rejection: &Rejection) -> Response {
    if let Some(cause) = rejection.cause() {
        tracing::error!(%cause, "store failure behind a page");
    }
    let status = StatusCode::from_u16(rejection.status()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let (title, message) = match rejection.problem() {
        Problem::TokenExpired => {
            ("This link has expired", "The request for access was not answered in time.")
        }
        Problem::TokenRejected => {
            ("This link was already used", "The request for access was answered before, or never existed.")
        }
        Problem::ClientRefused | Problem::ClientUnknown => {
            ("Not available", "The application may not ask for access at the moment.")
        }
        Problem::InsecureTransport => {
            ("Not over http", "This page asks for secrets, and this connection is not encrypted.")
        }
        Problem::StoreUnavailable => {
            ("Busy", "The service does not answer at the moment. Try again in a minute.")
        }
        _ => ("This cannot go on", "The request for access is not complete."),
    };
    let values = json!({
        "status": status.as_u16(),
        "title": title,
        "message": message,
        "advice": "Go back to the application and start again.",
        "code": rejection.code(),
        "help_url": format!("{}/help/{}", app.base, rejection.code()),
    });
    app.pages.show(status, "error.html", values, None)
}

/// A page for a store that does not answer.
pub(crate) fn store(app: &App, error: &StoreError) -> Response {
    tracing::error!(%error, cause = std::error::Error::source(error).map(tracing::field::display), "store failure behind a page");
    page_error(
        app,
        StatusCode::SERVICE_UNAVAILABLE,
        "The service does not answer at the moment. Try again in a minute.",
    )
}

pub(crate) async fn not_found(State(app): State<App>) -> Response {
    let values = json!({
        "status": 404,
        "title": "Nothing here",
        "message": "There is no page at this address.",
        "advice": "Check the address for a missing or extra character.",
    });
    app.pages.show(StatusCode::NOT_FOUND, "error.html", values, None)
}

pub(crate) async fn method_not_allowed(State(app): State<App>) -> Response {
    page_error(&app, StatusCode::METHOD_NOT_ALLOWED, "This address does not take that kind of request.")
}
