//! Applications rejected, with a reason that their owner reads.

use super::{named::Named, show::facts, step::Decision};
use crate::{
    administration::approval::Step,
    app::App,
    names,
    pages::{
        Refused, Visitor,
        admin::{
            Section,
            administrator::{Administrator, AdministratorForm},
            show as page,
        },
    },
    words::text,
};
use axum::{Extension, extract::State, http::StatusCode, response::Response};
use countersign_store::Application;
use serde::Deserialize;
use serde_json::json;

/// Why.
#[derive(Deserialize)]
pub(super) struct Rejection {
    #[serde(default)]
    reason: String,
    #[serde(flatten)]
    decision: Decision,
}

/// Asks why.
pub(super) async fn form(
    State(app): State<App>,
    administrator: Administrator,
    Named(application): Named,
) -> Response {
    shown(&app, &administrator, &application, StatusCode::OK, "", None)
}

/// Rejects it.
pub(super) async fn reject(
    State(app): State<App>,
    Extension(visitor): Extension<Visitor>,
    Named(application): Named,
    AdministratorForm { administrator, given }: AdministratorForm<Rejection>,
) -> Result<Response, Refused> {
    let reason = given.reason.replace("\r\n", "\n").trim().to_owned();
    if let Err(wrong) = acceptable(&reason) {
        let status = StatusCode::UNPROCESSABLE_ENTITY;
        return Ok(shown(&app, &administrator, &application, status, &reason, Some(wrong)));
    }
    given.decision.carry_out(&app, &administrator, visitor, &application, Step::Reject(reason)).await
}

fn acceptable(reason: &str) -> Result<(), &'static str> {
    if reason.is_empty() {
        return Err("admin-reject-no-reason");
    }
    if names::obscures_lines(reason) || reason.len() > LONGEST {
        return Err("admin-reject-bad-reason");
    }
    Ok(())
}

fn shown(
    app: &App,
    administrator: &Administrator,
    application: &Application,
    status: StatusCode,
    reason: &str,
    wrong: Option<&'static str>,
) -> Response {
    let mut values = facts(application, &[]);
    values["reason"] = reason.into();
    values["wrong"] = json!(wrong.map(text));
    page(app, administrator, Section::Applications, status, "admin/reject.html", values)
}

const LONGEST: usize = 1000;
