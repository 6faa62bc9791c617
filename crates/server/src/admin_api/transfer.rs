//! Giving an application to another account.

use super::{
    applications::{find, tagged},
    caller::May,
    input::{Given, Named},
    problem::Problem,
    scope::ApplicationsWrite,
    text,
};
use crate::{
    administration::{Refusal, applications},
    app::App,
};
use axum::{extract::State, response::Response};
use serde::Deserialize;
use utoipa::ToSchema;

/// To whom an application is given.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Transfer {
    /// An account that may sign in.
    #[schema(min_length = 1, max_length = 255, example = "jane")]
    to: String,
}

/// Gives an application to another account; one for its owner alone stays theirs.
#[utoipa::path(post, path = "/applications/{client_id}/transfer", tag = "applications", params(("client_id" = String, Path)),
    request_body = Transfer, responses((status = 200, body = super::application::Shown)), security(("api_key" = ["applications:write"])))]
pub(super) async fn transfer_application(
    State(app): State<App>,
    May { caller, .. }: May<ApplicationsWrite>,
    Named(id): Named<String>,
    Given(Transfer { to }): Given<Transfer>,
) -> Result<Response, Problem> {
    let to = text::short("to", to)?;
    let (id, application) = find(&app, &id).await?;
    let from = application.profile.owner.as_deref();
    match applications::transfer(&app, &caller.actor(), &id, from, &to).await {
        Err(Refusal::Stale) => {
            let told = "it was given to somebody else meanwhile, or the account was disabled";
            return Err(Problem::conflict(told));
        }
        given => given?,
    }
    Ok(tagged(find(&app, id.as_str()).await?.1))
}
