//! `/admin`: what administrators see and do.
//!
//! ```text
//!   arrive (http, address) ─▶ admit (signed in, role) ─▶ Administrator · AdministratorForm ─▶ handler ─▶ act ─▶ audit
//! ```
//!
//! One file for each page, or for each of a few pages about one thing.

mod accounts;
mod address;
mod administrator;
mod applications;
mod asked;
mod audit;
mod days;
mod file;
mod filter;
mod invitations;
mod listed;
mod overview;
mod question;
mod refused;
mod tokens;
mod usage;

use super::{arrive, developers::once, error, signed_in, templates::templates};
use crate::{app::App, words::text};
use administrator::Administrator;
use axum::{
    Router, extract::DefaultBodyLimit, http::StatusCode, middleware, response::Response, routing::get,
};
use countersign_store::ClientStatus;
use serde_json::{Value, json};

/// The pages for administrators.
pub(crate) fn routes(app: &App) -> Router<App> {
    Router::new()
        .route("/admin", get(overview::show))
        .merge(accounts::routes())
        .merge(invitations::routes())
        .merge(applications::routes())
        .merge(tokens::routes())
        .merge(audit::routes())
        .merge(usage::routes())
        // Before the layers, so that whoever may not see a page does not learn which requests it takes.
        .method_not_allowed_fallback(error::method_not_allowed)
        .route_layer(middleware::from_fn_with_state(app.clone(), administrator::admit))
        .route_layer(middleware::from_fn_with_state(app.clone(), arrive))
        .route_layer(DefaultBodyLimit::max(FORM))
}

/// The parts of these pages, as their navigation names them.
#[derive(Clone, Copy)]
enum Section {
    Overview,
    Accounts,
    Applications,
    Tokens,
    Audit,
    Usage,
}

impl Section {
    /// What `admin/frame.html` marks as the page that is looked at.
    const fn name(self) -> &'static str {
        match self {
            Self::Overview => "overview",
            Self::Accounts => "accounts",
            Self::Applications => "applications",
            Self::Tokens => "tokens",
            Self::Audit => "audit",
            Self::Usage => "usage",
        }
    }
}

/// A page of a section, with what its frame needs besides `values`.
fn show(
    app: &App,
    administrator: &Administrator,
    section: Section,
    status: StatusCode,
    name: &'static str,
    values: Value,
) -> Response {
    signed_in::page(app, &administrator.0, status, name, of(section, values))
}

/// A page with a value that nobody can be shown again, and where to go on.
fn shown_once(
    app: &App,
    administrator: &Administrator,
    section: Section,
    title: &'static str,
    name: &str,
    value: &str,
    link: &str,
) -> Response {
    let values = json!({ "title": text(title), "name": name, "text": value, "link": link });
    let values = signed_in::framed(&administrator.0, of(section, values));
    app.pages.show_with_script("admin/shown_once.html", values)
}

fn of(section: Section, mut values: Value) -> Value {
    values["section"] = section.name().into();
    values
}

/// What these pages call a status: a message.
const fn status_in_words(status: ClientStatus) -> &'static str {
    match status {
        ClientStatus::Active => "admin-applications-active",
        ClientStatus::Pending => "admin-applications-pending",
        ClientStatus::Rejected => "admin-applications-rejected",
        ClientStatus::Suspended => "admin-applications-suspended",
    }
}

/// The largest form of these pages: an application's with all its callbacks.
const FORM: usize = 256 << 10;

/// What these pages are made of.
pub(super) const TEMPLATES: [(&str, &str); 21] = templates![
    "admin/frame.html",
    "admin/parts.html",
    "admin/overview.html",
    "admin/question.html",
    "admin/shown_once.html",
    "admin/accounts.html",
    "admin/account.html",
    "admin/new_account.html",
    "admin/password.html",
    "admin/invitations.html",
    "admin/applications.html",
    "admin/application.html",
    "admin/application_form.html",
    "admin/add_key.html",
    "admin/approvals.html",
    "admin/reject.html",
    "admin/owner.html",
    "admin/tokens.html",
    "admin/revoke.html",
    "admin/audit.html",
    "admin/usage.html"
];
