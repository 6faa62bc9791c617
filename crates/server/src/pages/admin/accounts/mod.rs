//! `/admin/accounts`: who may sign in.

mod add;
mod choice;
mod grants;
mod identities;
mod list;
mod named;
mod password;
mod role;
mod sessions;
mod show;
mod status;

use crate::app::App;
use axum::{
    Router,
    routing::{get, post},
};

pub(super) fn routes() -> Router<App> {
    Router::new()
        .route("/admin/accounts", get(list::show))
        .route("/admin/accounts/new", get(add::form).post(add::add))
        .route("/admin/accounts/{name}", get(show::show))
        .route("/admin/accounts/{name}/disable", get(status::question).post(status::disable))
        .route("/admin/accounts/{name}/enable", post(status::enable))
        .route("/admin/accounts/{name}/role", get(role::question).post(role::set))
        .route("/admin/accounts/{name}/password", get(password::form).post(password::set))
        .route("/admin/accounts/{name}/session", post(sessions::end))
        .route("/admin/accounts/{name}/sessions", get(sessions::question).post(sessions::end_all))
        .route("/admin/accounts/{name}/grants", post(grants::revoke))
        .route("/admin/accounts/{name}/identity", get(identities::question).post(identities::disconnect))
}
