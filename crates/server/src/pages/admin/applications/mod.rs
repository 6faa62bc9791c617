//! `/admin/applications`: what accounts and operators registered, and `/admin/approvals`: what of it waits.

mod approvals;
mod change_owner;
mod edit;
mod keys;
mod list;
mod named;
mod register;
mod reject;
mod remove;
mod show;
mod step;

use crate::app::App;
use axum::{
    Router,
    routing::{get, post},
};

pub(super) fn routes() -> Router<App> {
    Router::new()
        .route(PATH, get(list::show))
        .route("/admin/approvals", get(approvals::show))
        .route("/admin/applications/new", get(register::form).post(register::register))
        .route("/admin/applications/{id}", get(show::show))
        .route("/admin/applications/{id}/approve", post(step::approve))
        .route("/admin/applications/{id}/reject", get(reject::form).post(reject::reject))
        .route("/admin/applications/{id}/suspend", post(step::suspend))
        .route("/admin/applications/{id}/resume", post(step::resume))
        .route("/admin/applications/{id}/edit", get(edit::form).post(edit::change))
        .route("/admin/applications/{id}/keys", get(keys::form).post(keys::add))
        .route("/admin/applications/{id}/keys/remove", get(keys::question).post(keys::remove))
        .route("/admin/applications/{id}/owner", get(change_owner::form).post(change_owner::give))
        .route("/admin/applications/{id}/delete", get(remove::question).post(remove::remove))
}

/// The list.
const PATH: &str = "/admin/applications";
