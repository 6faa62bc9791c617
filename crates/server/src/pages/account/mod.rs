//! The pages of those who are signed in: what they granted, and what keeps their account theirs.

mod browser;
mod connections;
pub(crate) mod identities;
mod overview;
mod password;
pub(super) mod sessions;
mod told;

use super::arrive;
use crate::app::{App, PAGE_FORM};
use axum::{
    Router,
    extract::DefaultBodyLimit,
    middleware,
    routing::{get, post},
};

impl App {
    /// Where resource owners look after their account.
    pub(crate) fn for_owners_account(&self) -> Router<Self> {
        Router::new()
            .route(overview::PATH, get(overview::show))
            .route("/account/password", post(password::change))
            .route("/account/sessions", post(sessions::end))
            .route(identities::PATH, post(identities::change))
            .route(connections::PATH, get(connections::show).post(connections::revoke))
            .route_layer(middleware::from_fn_with_state(self.clone(), arrive))
            .route_layer(DefaultBodyLimit::max(PAGE_FORM))
    }
}
