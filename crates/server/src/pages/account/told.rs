//! What was done, said on the page that it leads to: to the browser that did it, and by nobody's link.

use crate::{app::App, pages::see, session::Cookie};
use axum::{
    http::{HeaderMap, header},
    response::Response,
};

/// Leads to a page that says what was done.
pub(super) fn to(app: &App, path: &str, what: &str) -> Response {
    noted(app, see(&format!("{}{path}?told={what}", app.base)), what)
}

/// An answer that leads there, with the proof that it was done.
pub(super) fn noted(app: &App, mut answer: Response, what: &str) -> Response {
    let cookie = app.set_cookie(app.cookie_name(COOKIE), what, LIFE);
    answer.headers_mut().append(header::SET_COOKIE, cookie);
    answer
}

/// What a link says was done, if this browser did it a moment ago; else nothing.
pub(super) fn proven<'t>(app: &App, headers: &HeaderMap, told: &'t str) -> &'t str {
    if app.cookie(headers, COOKIE) == Some(told) { told } else { "" }
}

const COOKIE: Cookie = Cookie("__Host-countersign-told", "countersign-told");
/// Seconds within which a browser follows.
const LIFE: u64 = 60;
