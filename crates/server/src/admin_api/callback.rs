//! Whether a callback would be accepted: the answer of `/developers`, for programs.

use super::{
    applications::find,
    caller::May,
    input::{Asked, Named},
    problem::Problem,
    scope::ApplicationsRead,
};
use crate::{app::App, callback};
use axum::{Json, extract::State};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

/// Which callback to try.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct Typed {
    /// What the application would send as `oauth_callback`.
    url: String,
}

/// Whether it would be accepted.
#[derive(Serialize, ToSchema)]
pub(super) struct Verdict {
    accepted: bool,
    /// Why, or why not.
    reason: String,
}

/// Tells whether a callback would be accepted from an application, and why.
#[utoipa::path(get, path = "/applications/{client_id}/callback", tag = "applications", params(("client_id" = String, Path), Typed),
    responses((status = 200, body = Verdict)), security(("api_key" = ["applications:read"])))]
pub(super) async fn check_callback(
    State(app): State<App>,
    _: May<ApplicationsRead>,
    Named(id): Named<String>,
    Asked(Typed { url }): Asked<Typed>,
) -> Result<Json<Verdict>, Problem> {
    let application = find(&app, &id).await?.1;
    let verdict = callback::verdict(&application.client, &url);
    let (accepted, reason) = match verdict {
        Ok(lets_in) => (true, lets_in.to_string()),
        Err(reason) => (false, reason.into()),
    };
    Ok(Json(Verdict { accepted, reason }))
}
