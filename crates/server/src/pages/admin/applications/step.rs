//! Applications approved, suspended and resumed.

use super::named::{Named, to};
use crate::{
    administration::{Refusal, approval::Step},
    app::App,
    pages::{
        OrPage, Refused, Visitor,
        admin::administrator::{Administrator, AdministratorForm},
        error::incomplete,
        see,
    },
};
use axum::{Extension, extract::State, response::Response};
use countersign_store::Application;
use serde::Deserialize;

/// What whoever decides has looked at, and where.
#[derive(Deserialize)]
pub(super) struct Decision {
    #[serde(default)]
    pub(super) revision: String,
    /// `approvals` for the queue.
    #[serde(default)]
    pub(super) back: String,
}

impl Decision {
    /// Takes the step on what was looked at, and goes back to where that was.
    pub(super) async fn carry_out(
        &self,
        app: &App,
        administrator: &Administrator,
        visitor: Visitor,
        application: &Application,
        step: Step,
    ) -> Result<Response, Refused> {
        let Ok(seen) = self.revision.parse::<u64>() else {
            return Err(incomplete(app).into());
        };
        let (id, told) = (&application.client.id, step.to().as_str());
        // Who sends a form twice is told that it is so by now, rather than to look again.
        let taken = if step.suits(application) {
            step.take(app, &administrator.actor(visitor), id, Some(seen)).await
        } else {
            Err(Refusal::Status(application.client.status))
        };
        taken.or_page(app)?;
        if self.back == "approvals" {
            return Ok(see(&format!("{}/admin/approvals?told={told}", app.base)));
        }
        Ok(to(app, id, told))
    }
}

/// Lets it be used.
pub(super) async fn approve(
    State(app): State<App>,
    Extension(visitor): Extension<Visitor>,
    Named(application): Named,
    AdministratorForm { administrator, given }: AdministratorForm<Decision>,
) -> Result<Response, Refused> {
    given.carry_out(&app, &administrator, visitor, &application, Step::Approve).await
}

/// Has its requests refused.
pub(super) async fn suspend(
    State(app): State<App>,
    Extension(visitor): Extension<Visitor>,
    Named(application): Named,
    AdministratorForm { administrator, given }: AdministratorForm<Decision>,
) -> Result<Response, Refused> {
    given.carry_out(&app, &administrator, visitor, &application, Step::Suspend).await
}

/// Lets it go on.
pub(super) async fn resume(
    State(app): State<App>,
    Extension(visitor): Extension<Visitor>,
    Named(application): Named,
    AdministratorForm { administrator, given }: AdministratorForm<Decision>,
) -> Result<Response, Refused> {
    given.carry_out(&app, &administrator, visitor, &application, Step::Resume).await
}
