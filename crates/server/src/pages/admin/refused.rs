//! What an administrator is told where an act was not done.

use crate::{
    administration::Refusal,
    app::App,
    pages::{OrPage, Refused, error},
    words::text,
};
use axum::{http::StatusCode, response::Response};
use countersign_store::{ClientStatus, StoreErrorKind};
use serde_json::json;

impl<T> OrPage<T> for Result<T, Refusal> {
    fn or_page(self, app: &App) -> Result<T, Refused> {
        self.map_err(|refusal| page(app, &refusal).into())
    }
}

fn page(app: &App, refusal: &Refusal) -> Response {
    let told = match refusal {
        Refusal::Absent => return error::not_found(app),
        Refusal::Store(failure) if failure.kind() == StoreErrorKind::Conflict => "admin-refused-twice",
        Refusal::Store(failure) => return error::store(app, failure),
        Refusal::Stale => "admin-refused-stale",
        Refusal::Already(..) => "admin-refused-already",
        Refusal::LastAdministrator(_) => "admin-refused-last",
        Refusal::Status(ClientStatus::Active) => "admin-refused-active",
        Refusal::Status(ClientStatus::Pending) => "admin-refused-pending",
        Refusal::Status(ClientStatus::Rejected) => "admin-refused-rejected",
        Refusal::Status(ClientStatus::Suspended) => "admin-refused-suspended",
        Refusal::NoRecipient => "admin-owner-refused",
        Refusal::OwnerOnly => "admin-owner-scripts",
        Refusal::OtherKind => "key-other-kind",
        Refusal::TwoKeys => "key-most",
        Refusal::LastKey => "key-last",
    };
    told_page(app, StatusCode::CONFLICT, told)
}

/// A page with a message that says why not, and that nothing was done.
pub(super) fn told_page(app: &App, status: StatusCode, told: &'static str) -> Response {
    let values = json!({
        "status": status.as_u16(),
        "title": text("admin-not-done"),
        "message": text(told),
        "advice": text("admin-not-done-advice"),
    });
    app.pages.show(status, "error.html", values, None)
}
