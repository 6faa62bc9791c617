//! `/admin/audit`: what happened, to look through and to take away.

mod export;
mod list;

use crate::app::App;
use axum::{Router, routing::get};

pub(super) fn routes() -> Router<App> {
    Router::new().route(list::PATH, get(list::show)).route("/admin/audit/export", get(export::export))
}
