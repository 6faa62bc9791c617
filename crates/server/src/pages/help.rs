//! One stable page for each problem code: what it means, what causes it, what to do.

use crate::app::App;
use axum::{
    extract::{Path, State, rejection::PathRejection},
    http::StatusCode,
    response::Response,
};
use serde_json::json;

pub(crate) async fn show(State(app): State<App>, code: Result<Path<String>, PathRejection>) -> Response {
    let Ok(Path(code)) = code else {
        return super::error::page_error(&app, StatusCode::BAD_REQUEST, "error-address-incomplete");
    };
    let Some((code, status)) = TOPICS.iter().find(|(known, _)| *known == code) else {
        return super::error::not_found(&app);
    };
    let values = json!({ "code": code, "status": status, "title": code.replace('_', " ") });
    app.pages.show(StatusCode::OK, "help.html", values, None)
}

/// Each code with the status of its answers; what it means is in `locales/`, as `help-CODE`.
pub(crate) const TOPICS: [(&str, u16); 23] = [
    ("parameter_absent", 400),
    ("parameter_rejected", 400),
    ("version_rejected", 400),
    ("signature_method_rejected", 400),
    ("insecure_transport", 400),
    ("callback_rejected", 400),
    ("body_required", 400),
    ("consumer_key_unknown", 401),
    ("consumer_key_refused", 401),
    ("token_rejected", 401),
    ("token_expired", 401),
    ("token_revoked", 401),
    ("signature_invalid", 401),
    ("timestamp_refused", 401),
    ("nonce_used", 401),
    ("permission_unknown", 401),
    ("user_refused", 401),
    ("verifier_invalid", 401),
    ("permission_denied", 403),
    ("method_not_allowed", 405),
    ("body_too_large", 413),
    ("rate_limited", 429),
    ("store_unavailable", 503),
];
