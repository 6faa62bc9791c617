//! Which applications may be used: approved, rejected, suspended, resumed.

use super::{
    applications::{about, find, save, tagged},
    caller::{Caller, May},
    input::{Given, Named},
    problem::Problem,
    scope::ApplicationsWrite,
    text,
};
use crate::{app::App, audit::Event};
use axum::{extract::State, response::Response};
use countersign_store::ClientStatus::{self, Active, Pending, Rejected, Suspended};
use serde::Deserialize;
use utoipa::ToSchema;

/// Why an application is rejected.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Rejection {
    /// Its owner reads it.
    #[schema(
        min_length = 1,
        max_length = 1000,
        example = "Say in the description what you do with the photos."
    )]
    reason: String,
}

/// A change of status: from which to which, and what the audit log calls it.
struct Step {
    from: &'static [ClientStatus],
    to: ClientStatus,
    event: Event,
}

/// Approves an application that waits or was rejected.
#[utoipa::path(post, path = "/applications/{client_id}/approve", tag = "applications", params(("client_id" = String, Path)),
    responses((status = 200, body = super::application::Shown)), security(("api_key" = ["applications:write"])))]
pub(super) async fn approve_application(
    State(app): State<App>,
    May { caller, .. }: May<ApplicationsWrite>,
    Named(id): Named<String>,
) -> Result<Response, Problem> {
    let step = Step { from: &[Pending, Rejected], to: Active, event: Event::ApplicationApproved };
    step.take(&app, &caller, &id, None).await
}

/// Rejects an application that waits, with a reason.
#[utoipa::path(post, path = "/applications/{client_id}/reject", tag = "applications", params(("client_id" = String, Path)),
    request_body = Rejection, responses((status = 200, body = super::application::Shown)), security(("api_key" = ["applications:write"])))]
pub(super) async fn reject_application(
    State(app): State<App>,
    May { caller, .. }: May<ApplicationsWrite>,
    Named(id): Named<String>,
    Given(Rejection { reason }): Given<Rejection>,
) -> Result<Response, Problem> {
    text::prose("reason", &reason, 1000)?;
    if reason.trim().is_empty() {
        return Err(Problem::invalid("reason", "say why: its owner reads it"));
    }
    let step = Step { from: &[Pending], to: Rejected, event: Event::ApplicationRejected };
    step.take(&app, &caller, &id, Some(reason)).await
}

/// Suspends an application: its requests are refused, and its owner cannot resume it.
#[utoipa::path(post, path = "/applications/{client_id}/suspend", tag = "applications", params(("client_id" = String, Path)),
    responses((status = 200, body = super::application::Shown)), security(("api_key" = ["applications:write"])))]
pub(super) async fn suspend_application(
    State(app): State<App>,
    May { caller, .. }: May<ApplicationsWrite>,
    Named(id): Named<String>,
) -> Result<Response, Problem> {
    let step = Step { from: &[Active], to: Suspended, event: Event::ApplicationSuspended };
    step.take(&app, &caller, &id, None).await
}

/// Lets a suspended application go on.
#[utoipa::path(post, path = "/applications/{client_id}/resume", tag = "applications", params(("client_id" = String, Path)),
    responses((status = 200, body = super::application::Shown)), security(("api_key" = ["applications:write"])))]
pub(super) async fn resume_application(
    State(app): State<App>,
    May { caller, .. }: May<ApplicationsWrite>,
    Named(id): Named<String>,
) -> Result<Response, Problem> {
    let step = Step { from: &[Suspended], to: Active, event: Event::ApplicationResumed };
    step.take(&app, &caller, &id, None).await
}

impl Step {
    /// Guarded by the revision that was read here: whoever was faster is not overruled.
    async fn take(
        self,
        app: &App,
        caller: &Caller,
        id: &str,
        rejection: Option<String>,
    ) -> Result<Response, Problem> {
        let (id, mut application) = find(app, id).await?;
        let status = application.client.status;
        let takes_over =
            self.to == Suspended && status == Suspended && application.profile.suspended_by_owner;
        if !self.from.contains(&status) && !takes_over {
            return Err(Problem::conflict(format!("the application is {}", status.as_str())));
        }
        application.client.status = self.to;
        application.profile.suspended_by_owner = false;
        application.profile.rejection = rejection;
        save(app, &application).await?;
        app.audit.append(about(caller, self.event, &id));
        Ok(tagged(find(app, id.as_str()).await?.1))
    }
}
