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
mod asked;
mod filter;
mod listed;
mod overview;

use super::{arrive, error};
use crate::app::App;
use administrator::Administrator;
use axum::{
    Router, extract::DefaultBodyLimit, http::StatusCode, middleware, response::Response, routing::get,
};
use serde_json::Value;

/// The pages for administrators.
pub(crate) fn routes(app: &App) -> Router<App> {
    Router::new()
        .route("/admin", get(overview::show))
        .merge(accounts::routes())
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
}

impl Section {
    /// What `admin/frame.html` marks as the page that is looked at.
    const fn name(self) -> &'static str {
        match self {
            Self::Overview => "overview",
            Self::Accounts => "accounts",
        }
    }
}

/// A page of a section, with what its frame needs besides `values`.
fn show(
    app: &App,
    Administrator(session): &Administrator,
    section: Section,
    status: StatusCode,
    name: &str,
    mut values: Value,
) -> Response {
    values["section"] = section.name().into();
    values["account"] = session.account.as_str().into();
    values["csrf"] = session.csrf.expose().into();
    values["admin"] = session.admin.into();
    app.pages.show(status, name, values, None)
}

/// The largest form of these pages: an application's with all its callbacks.
const FORM: usize = 256 << 10;

macro_rules! templates {
    ($($name:literal),+) => {
        [$(($name, include_str!(concat!("../../../templates/", $name)))),+]
    };
}

/// What these pages are made of.
pub(super) const TEMPLATES: [(&str, &str); 4] =
    templates!["admin/frame.html", "admin/parts.html", "admin/overview.html", "admin/accounts.html"];
