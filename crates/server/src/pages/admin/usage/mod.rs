//! `/admin/usage`: who signs how, what of that should end, and what to do about it.

mod export;
mod list;
mod ranked;

use crate::app::App;
use axum::{Router, routing::get};

pub(super) fn routes() -> Router<App> {
    Router::new().route(list::PATH, get(list::show)).route("/admin/usage/export", get(export::export))
}
