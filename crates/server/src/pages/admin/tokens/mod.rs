//! `/admin/tokens`: token credentials, whoever's they are, and their end.
//!
//! They are named by the number of their record, as in the audit log: the identifier is half of a credential.

mod grants;
mod list;
mod revoke;

use crate::app::App;
use axum::{Router, routing::get};

pub(super) fn routes() -> Router<App> {
    Router::new()
        .route(list::PATH, get(list::show))
        .route(revoke::PATH, get(revoke::form).post(revoke::revoke))
}
