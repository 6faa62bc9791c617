//! What an administrator is told where an act was not done.

use crate::{
    administration::Refusal,
    app::App,
    pages::{OrPage, Refused, error},
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
        Refusal::Store(failure) if failure.kind() == StoreErrorKind::Conflict => {
            "There is one of that name already. Perhaps this form was sent twice."
        }
        Refusal::Store(failure) => return error::store(app, failure),
        Refusal::Stale => "Somebody changed it since you looked at it, and nothing was done.",
        Refusal::Already => "That was done already.",
        Refusal::LastAdministrator => "It is the last administrator who can sign in. Make another one first.",
        Refusal::Status(ClientStatus::Active) => "The application is active by now.",
        Refusal::Status(ClientStatus::Pending) => "The application waits for approval by now.",
        Refusal::Status(ClientStatus::Rejected) => "The application is rejected by now.",
        Refusal::Status(ClientStatus::Suspended) => "The application is suspended by now.",
        Refusal::NoRecipient => "It cannot be given to that account.",
        Refusal::OwnerOnly => "An application for its owner's own scripts stays theirs.",
    };
    told_page(app, StatusCode::CONFLICT, told)
}

/// A page with a sentence that says why not, and that nothing was done.
pub(super) fn told_page(app: &App, status: StatusCode, told: &str) -> Response {
    let values = json!({
        "status": status.as_u16(),
        "title": "Not done",
        "message": told,
        "advice": "Go back, load the page anew, and see how things are now.",
    });
    app.pages.show(status, "error.html", values, None)
}
