//! What went wrong, and what to do next, for a person.

use crate::{
    app::App,
    words::{Text, text},
};
use axum::{
    extract::{OriginalUri, State},
    http::{HeaderMap, HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use countersign_provider::{Problem, Rejection};
use countersign_store::StoreError;
use serde_json::json;

/// A page for a mistake that has no code: a message of `locales/` says what it is.
pub(crate) fn page_error(app: &App, status: StatusCode, message: impl Into<Text>) -> Response {
    let message = message.into();
    let (advice, to, link) = way_on(message.id());
    advised(app, status, &message, advice, (to, link))
}

/// What to do after a mistake, and the path and the name of a link that leads on.
fn way_on(message: &str) -> (&'static str, &'static str, &'static str) {
    match message {
        "error-signed-out" => ("error-sign-in-first", "/login", "ways-to-sign-in"),
        "ways-no-password" | "sign-in-name-too-long" => ("error-try-again", "/login", "ways-to-sign-in"),
        "error-form-forged" => ("error-allow-cookies", "/", "error-home"),
        "consent-incomplete" | "own-pages-over" => ("error-start-again", "/", "error-home"),
        _ => ("error-try-again", "/", "error-home"),
    }
}

/// A path as `error.html` writes it behind a slash of its own.
pub(crate) fn below(path: &str) -> &str {
    path.trim_start_matches('/')
}

fn advised(
    app: &App,
    status: StatusCode,
    message: &Text,
    advice: &'static str,
    (to, link): (&str, &'static str),
) -> Response {
    let values = json!({
        "status": status.as_u16(),
        "title": text("error-stopped"),
        "message": message,
        "advice": text(advice),
        "to": below(to),
        "link": text(link),
    });
    app.pages.show(status, "error.html", values, None)
}

/// How long to wait, in the unit that people would choose.
pub(crate) fn too_many(seconds: u64) -> Text {
    if seconds > 90 {
        return text("too-many-attempts-minutes").number("minutes", seconds.div_ceil(60));
    }
    text("too-many-attempts-seconds").number("seconds", seconds)
}

/// A page for a form that none of ours sent, or one that has been open for too long.
pub(crate) fn forged(app: &App) -> Response {
    page_error(app, StatusCode::FORBIDDEN, "error-form-forged")
}

/// The same for a form that can be opened again at a path.
pub(crate) fn forged_at(app: &App, to: &str, link: &'static str) -> Response {
    let (advice, ..) = way_on("error-form-forged");
    advised(app, StatusCode::FORBIDDEN, &text("error-form-forged"), advice, (to, link))
}

/// A page for a form that lacks what it is about: no page of ours sends such a one.
pub(crate) fn incomplete(app: &App) -> Response {
    page_error(app, StatusCode::BAD_REQUEST, "error-form-incomplete")
}

/// A page for a form that could not be read.
pub(crate) fn unread(app: &App, status: StatusCode) -> Response {
    let is_large = status == StatusCode::PAYLOAD_TOO_LARGE;
    page_error(app, if is_large { status } else { StatusCode::BAD_REQUEST }, "error-form-incomplete")
}

/// A page for a form that is not text: every browser sends ours as UTF-8.
pub(crate) fn not_utf8(app: &App) -> Response {
    page_error(app, StatusCode::BAD_REQUEST, "error-form-not-utf8")
}

/// A page for a request for access that cannot be answered.
pub(crate) fn rejected(app: &App, rejection: &Rejection) -> Response {
    rejection.log();
    let status = StatusCode::from_u16(rejection.status()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let (title, message) = match rejection.problem() {
        Problem::TokenExpired => (text("error-expired"), text("error-expired-message")),
        Problem::TokenRejected => (text("error-used"), text("error-used-message")),
        Problem::ClientRefused | Problem::ClientUnknown => {
            (text("error-client"), text("error-client-message"))
        }
        Problem::InsecureTransport => (text("error-insecure"), text("error-insecure-message")),
        Problem::StoreUnavailable => (text("error-busy"), text("error-unavailable")),
        _ => (text("error-stopped"), text("error-request-incomplete")),
    };
    let values = json!({
        "status": status.as_u16(),
        "title": title,
        "message": message,
        "advice": text(remedy(rejection.problem())),
        "to": "",
        "link": text("error-home"),
        "code": rejection.code(),
        "help_url": format!("{}/help/{}", app.base, rejection.code()),
    });
    let page = app.pages.show(status, "error.html", values, None);
    if status == StatusCode::SERVICE_UNAVAILABLE { in_a_minute(page) } else { page }
}

/// What to do after a request for access that cannot be answered.
fn remedy(problem: &Problem) -> &'static str {
    match problem {
        Problem::InsecureTransport => "error-use-https",
        Problem::StoreUnavailable => "error-try-again",
        _ => "error-start-again",
    }
}

/// A page for a store that does not answer.
pub(crate) fn store(app: &App, error: &StoreError) -> Response {
    tracing::error!(%error, cause = std::error::Error::source(error).map(tracing::field::display), "store failure behind a page");
    in_a_minute(page_error(app, StatusCode::SERVICE_UNAVAILABLE, "error-unavailable"))
}

/// Says to a program what the page says to a person.
fn in_a_minute(mut page: Response) -> Response {
    page.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(60));
    page
}

/// Nothing here: as a document at a resource or where one is asked for, else as a page.
pub(crate) async fn nothing(
    State(app): State<App>,
    OriginalUri(uri): OriginalUri,
    headers: HeaderMap,
) -> Response {
    if !is_resource(uri.path()) && !asks_for_json(&headers) {
        return not_found(&app);
    }
    let document = json!({ "type": "about:blank", "title": "Not Found", "status": 404 }).to_string();
    (StatusCode::NOT_FOUND, [(header::CONTENT_TYPE, "application/problem+json")], document).into_response()
}

pub(crate) fn not_found(app: &App) -> Response {
    let values = json!({
        "status": 404,
        "title": text("error-nothing"),
        "message": text("error-nothing-message"),
        "advice": text("error-nothing-advice"),
        "to": "",
        "link": text("error-home"),
    });
    app.pages.show(StatusCode::NOT_FOUND, "error.html", values, None)
}

pub(crate) async fn method_not_allowed(State(app): State<App>, OriginalUri(uri): OriginalUri) -> Response {
    if is_resource(uri.path()) {
        return countersign_axum::refusal(
            &app.provider,
            &Problem::MethodNotAllowed("GET, HEAD".into()).into(),
        );
    }
    page_error(&app, StatusCode::METHOD_NOT_ALLOWED, "error-method")
}

/// Whether programs call it, not browsers.
fn is_resource(path: &str) -> bool {
    path.starts_with("/api/") || path == "/echo" || path.starts_with("/echo/")
}

/// Whether a JSON type is named, and not just anything would be taken.
fn asks_for_json(headers: &HeaderMap) -> bool {
    let fields = headers.get_all(header::ACCEPT).into_iter().filter_map(|field| field.to_str().ok());
    let types =
        fields.flat_map(|field| field.split(',')).map(|one| one.split(';').next().unwrap_or_default());
    let types: Vec<_> = types.map(|one| one.trim().to_ascii_lowercase()).collect();
    types.iter().any(|one| one == "application/json" || one.ends_with("+json"))
        && !types.iter().any(|one| one == "*/*")
}
