//! `/developers`: an account's own applications.

pub(super) mod draft;
pub(super) mod edit;
pub(super) mod fault;
pub(super) mod keys;
mod reason;
pub(super) mod register;
mod remove;
pub(super) mod sent;
mod show;
mod suspend;
mod tester;
mod token;
mod transfer;

use super::{Refused, Visitor, arrive, templates::templates};
use crate::{
    app::App,
    audit::Event,
    login::noted,
    session::{Session, hash},
};
use axum::{
    Router,
    extract::DefaultBodyLimit,
    middleware,
    response::{IntoResponse, Redirect, Response},
    routing::{get, post},
};
use countersign_core::{ClientId, percent};
use countersign_store::AuditEntry;
use http::header;
pub(super) use show::{facts, usage};

/// Where developers register and keep their applications.
pub(crate) fn routes(app: &App) -> Router<App> {
    Router::new()
        .route("/developers", get(show::list))
        .route("/developers/new", get(register::form).post(register::register))
        .route("/developers/applications/{id}", get(show::application))
        .route("/developers/applications/{id}/edit", get(edit::form).post(edit::change))
        .route("/developers/applications/{id}/delete", get(remove::form).post(remove::remove))
        .route("/developers/applications/{id}/keys", get(keys::form).post(keys::add))
        .route("/developers/applications/{id}/keys/remove", post(keys::remove))
        .route("/developers/applications/{id}/callback", get(tester::show))
        .route("/developers/applications/{id}/suspend", get(suspend::form).post(suspend::suspend))
        .route("/developers/applications/{id}/resume", post(suspend::resume))
        .route("/developers/applications/{id}/transfer", get(transfer::form).post(transfer::give))
        .route("/developers/applications/{id}/tokens", post(token::issue))
        .route_layer(middleware::from_fn_with_state(app.clone(), arrive))
        .route_layer(DefaultBodyLimit::max(FORM))
}

/// The page of an application, or one below it.
fn address(id: &ClientId, below: &str) -> String {
    format!("/developers/applications/{}{below}", percent::encode(id.as_str()))
}

fn see(app: &App, path: &str) -> Response {
    ([(header::CACHE_CONTROL, "no-store")], Redirect::to(&[&app.base, path].concat())).into_response()
}

/// Records what an account did to an application of its own.
fn record(app: &App, event: Event, id: &ClientId, account: &str, visitor: Visitor) {
    app.audit.append(AuditEntry { client: Some(id.clone()), ..noted(account, visitor, event) });
}

/// An identifier for what a form makes: the same for a form that is sent twice; of the session's secret, so that nobody chooses it.
pub(super) fn once(session: &Session, what: &str, sent: &str) -> String {
    let made = hash(&[what, ":", session.csrf.expose(), ":", sent].concat());
    made.iter().take(16).map(|byte| format!("{byte:02x}")).collect()
}

/// The largest form of these pages: thousands of characters where tens are meant are told so, not cut off.
const FORM: usize = 256 << 10;

/// What these pages are made of.
pub(super) const TEMPLATES: [(&str, &str); 13] = templates![
    "developers/parts.html",
    "developers/list.html",
    "developers/facts.html",
    "developers/fields.html",
    "developers/form.html",
    "developers/application.html",
    "developers/shown_once.html",
    "developers/key_form.html",
    "developers/add_key.html",
    "developers/callback.html",
    "developers/delete.html",
    "developers/suspend.html",
    "developers/transfer.html"
];
