//! `/admin/accounts`: who may sign in.

mod list;

use crate::app::App;
use axum::{Router, routing::get};

pub(super) fn routes() -> Router<App> {
    Router::new().route("/admin/accounts", get(list::show))
}
