//! Which applications may be used: approved, rejected, suspended, resumed.

use super::{
    applications::{client_id, find, tagged},
    caller::{Caller, May},
    input::{Given, Named},
    problem::Problem,
    revision,
    scope::ApplicationsWrite,
    text,
};
use crate::{administration::approval::Step, app::App};
use axum::{extract::State, http::HeaderMap, response::Response};
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

/// Approves an application that waits or was rejected.
#[utoipa::path(post, path = "/applications/{client_id}/approve", tag = "applications",
    params(("client_id" = String, Path), ("If-Match" = Option<String>, Header, description = IF_MATCH)),
    responses((status = 200, body = super::application::Shown, headers(("ETag" = String)))), security(("api_key" = ["applications:write"])))]
pub(super) async fn approve_application(
    State(app): State<App>,
    May { caller, .. }: May<ApplicationsWrite>,
    Named(id): Named<String>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    take(&app, &caller, &id, &headers, Step::Approve).await
}

/// Rejects an application that waits, with a reason.
#[utoipa::path(post, path = "/applications/{client_id}/reject", tag = "applications", request_body = Rejection,
    params(("client_id" = String, Path), ("If-Match" = Option<String>, Header, description = IF_MATCH)),
    responses((status = 200, body = super::application::Shown, headers(("ETag" = String)))), security(("api_key" = ["applications:write"])))]
pub(super) async fn reject_application(
    State(app): State<App>,
    May { caller, .. }: May<ApplicationsWrite>,
    Named(id): Named<String>,
    headers: HeaderMap,
    Given(Rejection { reason }): Given<Rejection>,
) -> Result<Response, Problem> {
    text::prose("reason", &reason, 1000)?;
    if reason.trim().is_empty() {
        return Err(Problem::invalid("reason", "say why: its owner reads it"));
    }
    take(&app, &caller, &id, &headers, Step::Reject(reason)).await
}

/// Suspends an application: its requests are refused, and its owner cannot resume it.
#[utoipa::path(post, path = "/applications/{client_id}/suspend", tag = "applications",
    params(("client_id" = String, Path), ("If-Match" = Option<String>, Header, description = IF_MATCH)),
    responses((status = 200, body = super::application::Shown, headers(("ETag" = String)))), security(("api_key" = ["applications:write"])))]
pub(super) async fn suspend_application(
    State(app): State<App>,
    May { caller, .. }: May<ApplicationsWrite>,
    Named(id): Named<String>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    take(&app, &caller, &id, &headers, Step::Suspend).await
}

/// Lets a suspended application go on.
#[utoipa::path(post, path = "/applications/{client_id}/resume", tag = "applications",
    params(("client_id" = String, Path), ("If-Match" = Option<String>, Header, description = IF_MATCH)),
    responses((status = 200, body = super::application::Shown, headers(("ETag" = String)))), security(("api_key" = ["applications:write"])))]
pub(super) async fn resume_application(
    State(app): State<App>,
    May { caller, .. }: May<ApplicationsWrite>,
    Named(id): Named<String>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    take(&app, &caller, &id, &headers, Step::Resume).await
}

/// On the revision that `If-Match` names, or on the one that is there.
async fn take(
    app: &App,
    caller: &Caller,
    id: &str,
    headers: &HeaderMap,
    step: Step,
) -> Result<Response, Problem> {
    let (id, seen) = (client_id(id)?, revision::seen(headers)?);
    step.take(app, &caller.actor(), &id, seen).await?;
    Ok(tagged(find(app, id.as_str()).await?.1))
}

const IF_MATCH: &str =
    "The ETag that was read: nothing is done once it was changed. Left out, it is done whatever was changed.";
